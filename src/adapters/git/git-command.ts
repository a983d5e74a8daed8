import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type SimpleGit, simpleGit } from 'simple-git';
import type { GitAccess } from './git-credentials.ts';
import { GitFailure, GitStopped } from './git-errors.ts';
import type { RepositoryUrl } from './repository-url.ts';

export interface GitCommandOptions {
  /** Holds the bare store and an empty home; anything in it may be wiped. */
  readonly storeDirectory: string;
  readonly repository: RepositoryUrl;
  readonly access: GitAccess;
  /** Where PATH and the proxy variables are taken from; nothing else of it reaches git. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

const inherited = ['PATH', 'HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'];

const allowEnvironment = [
  'GIT_TERMINAL_PROMPT',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_ALLOW_PROTOCOL',
  'GIT_SSH_COMMAND',
  'GIT_DIR',
];

/** Where the bare repository is, inside the store directory. */
export function gitDirectory(storeDirectory: string): string {
  return join(storeDirectory, 'repository.git');
}

/** Git with an environment of its own, for the commands of one fetch. */
export class GitCommand {
  readonly #options: GitCommandOptions;

  constructor(options: GitCommandOptions) {
    this.#options = options;
  }

  /** Makes the directories that the commands run in. */
  async prepare(): Promise<void> {
    await mkdir(this.#home(), { recursive: true });
    await mkdir(gitDirectory(this.#options.storeDirectory), { recursive: true });
  }

  /** A command on the store. */
  async local(args: readonly string[]): Promise<string> {
    return this.#run((git) => git.raw([...args]));
  }

  /** A command that talks to the server, with the credential. */
  async remote(args: readonly string[]): Promise<string> {
    return this.#run((git) => git.raw([...this.#options.access.options, ...args]));
  }

  /** `cat-file --batch` for these object names. */
  async readObjects(names: readonly string[]): Promise<Buffer> {
    const answer: unknown = await this.#run((git) => git.binaryCatFile(['--batch']), `${names.join('\n')}\n`);
    if (!Buffer.isBuffer(answer)) throw new GitFailure('cat-file gave no bytes');
    return answer;
  }

  async #run<T>(command: (git: SimpleGit) => PromiseLike<T>, input?: string): Promise<T> {
    const { signal } = this.#options;
    if (signal.aborted) throw new GitStopped();
    try {
      return await command(this.#git(input));
    } catch (error) {
      if (signal.aborted) throw new GitStopped();
      // The original carries the command line, so only its message goes on.
      throw new GitFailure(error instanceof Error ? error.message : String(error));
    }
  }

  #git(input?: string): SimpleGit {
    const { access, signal, storeDirectory } = this.#options;
    return simpleGit({
      baseDir: gitDirectory(storeDirectory),
      maxConcurrentProcesses: 1,
      trimmed: false,
      abort: signal,
      allowEnvironment,
      unsafe: { allowUnsafeSshCommand: 'GIT_SSH_COMMAND' in access.environment },
      config: [
        'fetch.fsckObjects=true',
        'fetch.unpackLimit=1',
        'gc.auto=0',
        'core.quotePath=false',
        // A redirect would take the credential along; the address has to be put right instead.
        'http.followRedirects=false',
        'http.lowSpeedLimit=100',
        'http.lowSpeedTime=30',
        ...access.config,
      ],
      ...(input !== undefined && { input: () => input }),
    }).env(this.#environment());
  }

  #environment(): Record<string, string> {
    const { environment, access, repository, storeDirectory } = this.#options;
    const own = inherited.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return {
      ...Object.fromEntries(own),
      HOME: this.#home(),
      LANG: 'C.UTF-8',
      LC_ALL: 'C.UTF-8',
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_ALLOW_PROTOCOL: repository.protocol,
      GIT_DIR: gitDirectory(storeDirectory),
      ...access.environment,
    };
  }

  #home(): string {
    return join(this.#options.storeDirectory, 'home');
  }
}
