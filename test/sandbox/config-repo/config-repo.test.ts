import { execFile, execFileSync } from 'node:child_process';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startConfigRepo } from '../../../src/sandbox/config-repo/config-repo.ts';

it('serves real git over HTTP: a person clones, edits, commits and pushes', async () => {
  const repo = await startConfigRepo({ files: { 'linux.yaml': 'a: 1\n' }, token: 'secret' });
  const scratch = await mkdtemp(join(tmpdir(), 'poolkeeper-clone-'));
  try {
    const url = repo.url.replace('http://', 'http://me:secret@');
    const git = (cwd: string, ...args: string[]) =>
      promisify(execFile)('git', ['-c', 'user.name=Me', '-c', 'user.email=me@localhost', ...args], { cwd });
    await git(scratch, 'clone', '--quiet', url, 'clone');
    const clone = join(scratch, 'clone');
    await writeFile(join(clone, 'linux.yaml'), 'a: 2\n');
    await git(clone, 'commit', '--quiet', '--all', '--message', 'Change');
    await git(clone, 'push', '--quiet');

    await repo.git('pull', '--quiet', 'origin', 'main');
    expect((await repo.git('show', 'HEAD:linux.yaml')).trim()).toBe('a: 2');
  } finally {
    await repo.close();
    await rm(scratch, { recursive: true, force: true });
  }
  await expect(access(repo.directory)).rejects.toThrow();
});

it('the first commit is on main, and the work tree says nothing is left to commit', async () => {
  const repo = await startConfigRepo({ files: { 'pools/linux.yaml': 'a: 1\n' } });
  try {
    expect(
      execFileSync('git', ['status', '--porcelain', '--branch'], { cwd: repo.directory, encoding: 'utf8' }),
    ).toMatch(/^## main\.\.\.origin\/main\n$/);
  } finally {
    await repo.close();
  }
});
