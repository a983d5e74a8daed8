import { lstatSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FSWatcher, watch } from 'chokidar';
import type { ConfigFile } from '../../definitions/config-file.ts';
import type { ConfigRevision, ConfigSource } from '../../ports/config-source.ts';
import { PermanentError, TransientError } from '../../ports/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import { readRepositoryPath } from '../git/repository-url.ts';
import { commitInPath, contentHash, readWorkTree } from './directory-revision.ts';
import { listDirectory, readListing } from './read-directory.ts';

export interface DirectorySourceOptions {
  /** Filled by something else: git-sync, a mounted ConfigMap, a person. */
  readonly directory: string;
  /** The folder of definitions inside it, "." for all. */
  readonly path: string;
  readonly logger: Logger;
}

export interface DirectorySource extends ConfigSource {
  /** Calls back when something in the directory may have changed. A hint only: changes can go unseen. Answers how to end it. */
  onHint(listener: () => void): () => void;
  close(): Promise<void>;
}

/** Reads revisions from a directory that something else fills; never a mixture of two. */
export function createDirectorySource(options: DirectorySourceOptions): DirectorySource {
  return new WatchedDirectory(options);
}

interface ReadFolder {
  readonly root: string;
  readonly files: readonly ConfigFile[];
  readonly pathExists: boolean;
}

/** Reads that a writer may spoil before the pass gives up and is tried again later. */
const attempts = 4;
const pauseMs = 100;

class WatchedDirectory implements DirectorySource {
  readonly #options: DirectorySourceOptions;
  readonly #path: string;
  readonly #listeners = new Set<() => void>();
  #watchers: readonly FSWatcher[] = [];
  /** The content that was seen first at a commit: a work tree with other content is not that commit. */
  #atCommit: { readonly commit: string; readonly content: string } | undefined;

  constructor(options: DirectorySourceOptions) {
    this.#options = options;
    this.#path = readRepositoryPath(options.path);
  }

  async fetch(known: string | undefined, signal: AbortSignal): Promise<ConfigRevision | undefined> {
    for (let attempt = 1; attempt <= attempts && !signal.aborted; attempt += 1) {
      const read = await this.#readOnce();
      if (read) {
        const revision = await this.#revisionOf(read);
        return revision === known ? undefined : { revision, files: read.files, pathExists: read.pathExists };
      }
      await sleep(pauseMs * attempt, undefined, { signal }).catch(() => undefined);
    }
    throw new TransientError(`${this.#options.directory} is being changed; it is read again later`);
  }

  /** undefined when something changed on the way. */
  async #readOnce(): Promise<ReadFolder | undefined> {
    const root = await this.#resolveRoot();
    const workTree = await readWorkTree(root);
    if (workTree?.changing === true) return undefined;
    try {
      return await this.#readUnchanged(root);
    } catch (error) {
      if (error instanceof PermanentError) throw error;
      if (isMissing(error)) return undefined;
      throw new TransientError(`${this.#options.directory} cannot be read (${codeOf(error)})`);
    }
  }

  async #readUnchanged(root: string): Promise<ReadFolder | undefined> {
    const before = await this.#list(root);
    const files = before ? await readListing(root, this.#path, before) : [];
    const after = await this.#list(root);
    const isSame = after?.stamp === before?.stamp && (await this.#resolveRoot()) === root;
    return isSame ? { root, files, pathExists: before !== undefined } : undefined;
  }

  /** Links are resolved once, so that a switch from one revision to the next cannot mix them. */
  async #resolveRoot(): Promise<string> {
    try {
      const real = await realpath(this.#options.directory);
      // Mounted ConfigMaps and Secrets switch this link; the names beside it lead through it.
      return await realpath(join(real, '..data')).catch(() => real);
    } catch (error) {
      throw new TransientError(
        `CONFIG_DIR ${this.#options.directory} cannot be read (${codeOf(error)}); is it filled yet?`,
      );
    }
  }

  async #list(root: string) {
    return listDirectory(root, this.#path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
  }

  async #revisionOf({ root, files }: ReadFolder): Promise<string> {
    const synced = commitInPath(root);
    if (synced !== undefined) return synced;
    const content = contentHash(files);
    const commit = (await readWorkTree(root))?.head;
    if (commit === undefined) return content;
    if (this.#atCommit?.commit !== commit) this.#atCommit = { commit, content };
    return this.#atCommit.content === content ? commit : content;
  }

  onHint(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (this.#watchers.length === 0) this.#watchers = this.#watch();
    return () => this.#listeners.delete(listener);
  }

  /** The files, and every link on the way to them: git-sync replaces one, which the watcher behind it does not see. */
  #watch(): FSWatcher[] {
    const directory = resolve(this.#options.directory);
    const files = watch(directory, {
      ignoreInitial: true,
      ignored: (path) => /\/\.git\/(objects|logs)(\/|$)/.test(path),
    });
    files.on('all', () => this.#hint());
    const links = linksOnTheWay(directory).map((link) => {
      const parent = watch(dirname(link), { ignoreInitial: true, followSymlinks: false, depth: 0 });
      return parent.on('all', (_event, path) => {
        if (resolve(path) === link) this.#hint();
      });
    });
    return [files, ...links].map((watcher) => watcher.on('error', (error) => this.#watchFailed(error)));
  }

  #hint(): void {
    for (const listener of this.#listeners) listener();
  }

  #watchFailed(error: unknown): void {
    const { directory, logger } = this.#options;
    logger.warn({ directory, reason: codeOf(error) }, 'the config directory cannot be watched and is only polled');
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await Promise.all(this.#watchers.map((watcher) => watcher.close()));
  }
}

function linksOnTheWay(directory: string): string[] {
  const isLink = lstatSync(directory, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  const parent = dirname(directory);
  return [...(isLink ? [directory] : []), ...(parent === directory ? [] : linksOnTheWay(parent))];
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error));
}
