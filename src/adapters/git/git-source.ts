import { readdir, rm } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import type { ConfigFile } from '../../definitions/config-file.ts';
import { selectFiles } from '../../definitions/select-files.ts';
import type { ConfigRevision, ConfigSource } from '../../ports/config-source.ts';
import { PermanentError, TransientError } from '../../ports/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import { GitCommand, gitDirectory } from './git-command.ts';
import { type GitCredentials, readAccess } from './git-credentials.ts';
import { GitStopped, isDamagedStore, namedLock, translate } from './git-errors.ts';
import { parseObjects, parseTree } from './git-tree.ts';
import { type RefName, type RepositoryUrl, readRef, readRepositoryPath, readRepositoryUrl } from './repository-url.ts';

export interface GitSourceOptions {
  readonly url: string;
  readonly ref: string;
  readonly path: string;
  /** A directory of its own, made when it is missing. Whatever is in it may be wiped. */
  readonly storeDirectory: string;
  /** Hard deadline of one fetch. */
  readonly timeoutMs: number;
  readonly credentials: GitCredentials;
  /** PATH and the proxy variables are taken from here. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}

/** Reads revisions of a Git repository whole from its objects, without a checkout. Throws on settings that cannot work. */
export function createGitSource(options: GitSourceOptions): ConfigSource {
  return new GitSource(options);
}

const privateRef = 'refs/poolkeeper/head';
/** Packs that are kept before the store is made anew: a fetch of depth 1 adds a small one each time. */
const packLimit = 100;

class GitSource implements ConfigSource {
  readonly #options: GitSourceOptions;
  readonly #repository: RepositoryUrl;
  readonly #ref: RefName;
  readonly #path: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: GitSourceOptions) {
    this.#options = options;
    this.#repository = readRepositoryUrl(options.url);
    this.#ref = readRef(options.ref);
    this.#path = readRepositoryPath(options.path);
  }

  /** One at a time: two commands in one store would see each other's locks. */
  fetch(known: string | undefined, signal: AbortSignal): Promise<ConfigRevision | undefined> {
    const next = this.#last.then(() => this.#fetch(known, signal));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #fetch(known: string | undefined, signal: AbortSignal): Promise<ConfigRevision | undefined> {
    const deadline = AbortSignal.timeout(this.#options.timeoutMs);
    let secrets: readonly string[] = [];
    try {
      const access = await readAccess(this.#repository, this.#options.credentials);
      secrets = access.secrets;
      const { storeDirectory, environment } = this.#options;
      const either = AbortSignal.any([signal, deadline]);
      const git = new GitCommand({ storeDirectory, environment, repository: this.#repository, access, signal: either });
      return await this.#withRepair(git, () => this.#read(git, known));
    } catch (error) {
      if (!(error instanceof GitStopped)) throw translate(error, secrets);
      if (signal.aborted) throw new TransientError('reading the configuration repository was stopped');
      const seconds = Math.ceil(this.#options.timeoutMs / 1000);
      throw new TransientError(`the configuration repository gave no whole answer within ${seconds} s`);
    }
  }

  /** Removes a lock that a killed git left behind, or makes a damaged store anew, once each. */
  async #withRepair<T>(git: GitCommand, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      const lock = namedLock(error);
      if (lock !== undefined && this.#isInStore(lock)) {
        this.#options.logger.warn({ lock }, 'removed a lock that an earlier git left behind');
        await rm(lock, { force: true });
      } else if (isDamagedStore(error)) {
        this.#options.logger.warn({}, 'the store of the configuration repository is damaged and is made anew');
        await this.#wipe();
        await git.prepare();
      } else throw error;
    }
    return read();
  }

  #isInStore(file: string): boolean {
    const below = relative(gitDirectory(this.#options.storeDirectory), file);
    return below !== '' && !below.startsWith('..') && !isAbsolute(below);
  }

  async #wipe(): Promise<void> {
    await rm(gitDirectory(this.#options.storeDirectory), { recursive: true, force: true });
  }

  async #read(git: GitCommand, known: string | undefined): Promise<ConfigRevision | undefined> {
    await this.#openStore(git);
    const target = await this.#resolve(git);
    if (target.commit !== undefined && target.commit === known) return undefined;
    await git.remote([
      'fetch',
      '--quiet',
      '--no-tags',
      '--depth=1',
      '--no-write-fetch-head',
      '--force',
      '--end-of-options',
      this.#repository.url,
      `+${target.name}:${privateRef}`,
    ]);
    const revision = (await git.local(['rev-parse', '--verify', `${privateRef}^{commit}`])).trim();
    if (revision === known) return undefined;
    return { revision, ...(await this.#readFiles(git, revision)) };
  }

  async #openStore(git: GitCommand): Promise<void> {
    const packs = join(gitDirectory(this.#options.storeDirectory), 'objects', 'pack');
    const count = await readdir(packs).then(
      ({ length }) => length,
      () => 0,
    );
    if (count > packLimit * 2) await this.#wipe();
    await git.prepare();
    // Does nothing to a store that is whole, and completes one that is not.
    await git.local(['init', '--quiet', '--bare']);
  }

  /** The ref on the server, with the commit where the server names it. A missing ref is an error, never "no files". */
  async #resolve(git: GitCommand): Promise<{ name: string; commit?: string }> {
    if (this.#ref.kind === 'commit') return { name: this.#ref.id, commit: this.#ref.id };
    const { candidates } = this.#ref;
    const answer = await git.remote(['ls-remote', '--quiet', '--end-of-options', this.#repository.url, ...candidates]);
    const found = new Map(answer.split('\n').map((line) => [line.split('\t')[1], line.split('\t')[0]]));
    const name = candidates.find((candidate) => found.has(candidate));
    if (name === undefined) throw missingRef(this.#options.ref);
    const commit = found.get(name);
    return commit === undefined ? { name } : { name, commit };
  }

  async #readFiles(git: GitCommand, revision: string): Promise<Omit<ConfigRevision, 'revision'>> {
    const folder = this.#path === '.' ? [] : ['--', this.#path];
    const tree = parseTree(await git.local(['ls-tree', '-r', '-z', '-l', '--full-tree', revision, ...folder]));
    const { read, refused } = selectFiles(tree, this.#path);
    const names = read.map(({ object }) => object);
    const contents = names.length === 0 ? [] : parseObjects(await git.readObjects(names), names);
    const files: ConfigFile[] = read.flatMap(({ path }, index) => {
      const bytes = contents[index];
      return bytes === undefined ? [] : [{ kind: 'content', path, bytes }];
    });
    return { files: [...files, ...refused], pathExists: this.#path === '.' || tree.length > 0 };
  }
}

function missingRef(ref: string): PermanentError {
  return new PermanentError(
    `the configuration repository has no branch or tag "${ref}"; check CONFIG_REPO_REF, or push it`,
  );
}
