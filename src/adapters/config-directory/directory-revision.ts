import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ConfigFile } from '../../definitions/config-file.ts';

const commitId = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** The commit in the name of a directory on the way to the files, as git-sync makes one per commit. */
export function commitInPath(path: string): string | undefined {
  return path.split('/').findLast((part) => commitId.test(part));
}

/** What the `.git` of a work tree says. */
export interface WorkTreeState {
  readonly head: string;
  /** git is writing the files at the moment. */
  readonly changing: boolean;
}

/** The state of the work tree that the directory lies in; undefined when it lies in none. */
export async function readWorkTree(directory: string): Promise<WorkTreeState | undefined> {
  for (let current = directory; ; current = dirname(current)) {
    const gitDirectory = await findGitDirectory(join(current, '.git'));
    if (gitDirectory !== undefined) return readHead(gitDirectory);
    if (dirname(current) === current) return undefined;
  }
}

async function findGitDirectory(path: string): Promise<string | undefined> {
  if (await exists(join(path, 'HEAD'))) return path;
  const link = /^gitdir: (.+)$/m.exec(await readText(path))?.[1];
  return link === undefined ? undefined : resolve(dirname(path), link);
}

async function readHead(gitDirectory: string): Promise<WorkTreeState | undefined> {
  const changing = await exists(join(gitDirectory, 'index.lock'));
  const text = (await readText(join(gitDirectory, 'HEAD'))).trim();
  const name = /^ref: (refs\/.+)$/.exec(text)?.[1];
  const head = name === undefined ? text : await resolveRef(gitDirectory, name);
  return commitId.test(head) ? { head, changing } : undefined;
}

async function resolveRef(gitDirectory: string, name: string): Promise<string> {
  const common = (await readText(join(gitDirectory, 'commondir'))).trim();
  const shared = common === '' ? gitDirectory : resolve(gitDirectory, common);
  const loose = (await readText(join(shared, name))).trim();
  if (loose !== '') return loose;
  const packed = await readText(join(shared, 'packed-refs'));
  const line = packed.split('\n').find((entry) => entry.endsWith(` ${name}`));
  return line?.split(' ')[0] ?? '';
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** The same for the same files, whatever order they were read in and when they were written. */
export function contentHash(files: readonly ConfigFile[]): string {
  const hash = createHash('sha256');
  for (const file of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(JSON.stringify([file.path, file.kind === 'content' ? file.bytes.byteLength : file.detail]));
    if (file.kind === 'content') hash.update(file.bytes);
  }
  return `content-${hash.digest('hex').slice(0, 40)}`;
}
