import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type GitHttpServer, startGitHttpServer } from './git-http-server.ts';

/** Contents by path; null removes the file. */
export type FileChanges = Readonly<Record<string, string | Uint8Array | null>>;

export interface ConfigRepoOptions {
  readonly files: FileChanges;
  /** A free one by default. */
  readonly port?: number;
  /** Password that the server asks for; none by default. */
  readonly token?: string;
  /** Where everything is made; a temporary directory by default. Removed at the end. */
  readonly directory?: string;
}

/** A Git repository on loopback, with a work tree that a person may edit and push from. */
export interface ConfigRepo {
  readonly url: string;
  /** The same repository without HTTP. */
  readonly fileUrl: string;
  /** The work tree, on branch main; `git commit` and `git push` work in it. */
  readonly directory: string;
  readonly server: GitHttpServer;
  /** Writes the files, commits everything in the work tree and pushes it. Answers the commit id. */
  commit(files: FileChanges, message: string): Promise<string>;
  /** Any git command in the work tree. */
  git(...args: string[]): Promise<string>;
  /** Takes the repository away, or puts it back. */
  setAway(away: boolean): Promise<void>;
  close(): Promise<void>;
}

const run = promisify(execFile);
/** The form of an Azure Repos URL, so that commit statuses find project and repository in it. */
const bareName = 'platform/_git/pools';

/** Starts a repository with a first commit that holds the files. */
export async function startConfigRepo(options: ConfigRepoOptions): Promise<ConfigRepo> {
  const root = options.directory ?? (await mkdtemp(join(tmpdir(), 'poolkeeper-config-')));
  const served = join(root, 'served');
  const bare = join(served, bareName);
  const directory = join(root, 'config');
  await mkdir(served, { recursive: true });
  const token = options.token === undefined ? {} : { token: options.token };
  const server = await startGitHttpServer({ root: served, port: options.port ?? 0, ...token });
  const git = (...args: string[]) => runGit(directory, args);

  const repo: ConfigRepo = {
    url: `http://127.0.0.1:${server.port}/${bareName}`,
    fileUrl: `file://${bare}`,
    directory,
    server,
    git,
    async commit(files, message) {
      await writeFiles(directory, files);
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
      await git('push', '--quiet', '--force', '--set-upstream', 'origin', 'HEAD');
      return (await git('rev-parse', 'HEAD')).trim();
    },
    setAway: (away) => (away ? rename(bare, `${bare}.away`) : rename(`${bare}.away`, bare)),
    async close() {
      await server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  try {
    await createRepository({ served, bare, directory });
    await repo.commit(options.files, 'Describe the pools');
  } catch (error) {
    await repo.close();
    throw error;
  }
  return repo;
}

/** Settings are appended as text: a git process for each would be most of the start. */
async function createRepository(at: { served: string; bare: string; directory: string }): Promise<void> {
  await runGit(at.served, ['init', '--quiet', '--bare', '--initial-branch=main', at.bare]);
  await appendFile(
    join(at.bare, 'config'),
    '[http]\n\treceivepack = true\n[uploadpack]\n\tallowReachableSHA1InWant = true\n',
  );
  await runGit(at.served, ['init', '--quiet', '--initial-branch=main', at.directory]);
  const settings = [
    `[remote "origin"]\n\turl = ${JSON.stringify(at.bare)}\n\tfetch = +refs/heads/*:refs/remotes/origin/*`,
    '[user]\n\tname = Sandbox\n\temail = sandbox@localhost',
    '[commit]\n\tgpgSign = false',
    '[push]\n\tautoSetupRemote = true',
  ];
  await appendFile(join(at.directory, '.git', 'config'), `${settings.join('\n')}\n`);
}

async function runGit(cwd: string, args: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: cwd, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C.UTF-8' };
  const { stdout } = await run('git', [...args], { cwd, env, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

async function writeFiles(directory: string, files: FileChanges): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    if (content === null) await rm(file, { recursive: true, force: true });
    else {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  }
}
