import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGitSource, type GitSourceOptions } from '../../../src/adapters/git/git-source.ts';
import type { ConfigFile } from '../../../src/definitions/config-file.ts';
import type { ConfigRevision, ConfigSource } from '../../../src/ports/config-source.ts';
import {
  type ConfigRepo,
  type ConfigRepoOptions,
  startConfigRepo,
} from '../../../src/sandbox/config-repo/config-repo.ts';

/** A repository, a directory for the store, and sources that read the one into the other. */
export interface GitFixture extends AsyncDisposable {
  readonly repo: ConfigRepo;
  readonly scratch: string;
  readonly warnings: string[];
  readonly source: (options?: Partial<GitSourceOptions>) => ConfigSource;
}

export const never = new AbortController().signal;

export async function startGitFixture(options: Partial<ConfigRepoOptions> = {}): Promise<GitFixture> {
  const scratch = await mkdtemp(join(tmpdir(), 'poolkeeper-git-'));
  const repo = await startConfigRepo({ files: { 'linux.yaml': 'a: 1\n' }, ...options });
  const warnings: string[] = [];
  const warn = (_: unknown, message: string) => void warnings.push(message);
  const logger = { debug: noop, info: noop, warn, error: noop };
  return {
    repo,
    scratch,
    warnings,
    source: (own = {}) =>
      createGitSource({
        url: repo.url,
        ref: 'main',
        path: '.',
        storeDirectory: join(scratch, 'store'),
        timeoutMs: 15_000,
        credentials: {},
        environment: { PATH: process.env.PATH },
        logger,
        ...own,
      }),
    async [Symbol.asyncDispose]() {
      await repo.close();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

function noop(): void {}

/** Contents by path, and the reason where a file was refused. */
export function texts(revision: ConfigRevision | undefined): Record<string, string> {
  const files = revision?.files ?? [];
  return Object.fromEntries(files.map((file) => [file.path, describeFile(file)]));
}

function describeFile(file: ConfigFile): string {
  return file.kind === 'content' ? Buffer.from(file.bytes).toString() : `refused: ${file.reason}`;
}

export async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
}
