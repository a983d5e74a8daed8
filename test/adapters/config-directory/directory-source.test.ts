import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createDirectorySource,
  type DirectorySource,
  type DirectorySourceOptions,
} from '../../../src/adapters/config-directory/directory-source.ts';
import type { ConfigRevision } from '../../../src/ports/config-source.ts';
import { PermanentError, TransientError } from '../../../src/ports/errors.ts';

let root: string;
let opened: DirectorySource[] = [];
const never = new AbortController().signal;
const logger = { debug: noop, info: noop, warn: noop, error: noop };

function noop(): void {}

function source(options: Partial<DirectorySourceOptions> = {}): DirectorySource {
  const created = createDirectorySource({ directory: root, path: '.', logger, ...options });
  opened.push(created);
  return created;
}

function texts(revision: ConfigRevision | undefined): Record<string, string> {
  const files = revision?.files ?? [];
  return Object.fromEntries(
    files.map((file) => [file.path, file.kind === 'content' ? Buffer.from(file.bytes).toString() : file.reason]),
  );
}

async function fill(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(directory, path, '..'), { recursive: true });
    await writeFile(join(directory, path), text);
  }
}

/** Replaces a link at once, as git-sync and the kubelet do. */
async function flip(link: string, target: string): Promise<void> {
  await symlink(target, `${link}.new`);
  await rename(`${link}.new`, link);
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'poolkeeper-directory-'));
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((each) => each.close()));
  await rm(root, { recursive: true, force: true });
});

describe('a plain directory', () => {
  it('is a revision by its content, whenever it was written', async () => {
    await fill(root, { 'a.yaml': 'a', 'deep/b.yml': 'b', '.hidden.yaml': 'x', '.d/c.yaml': 'x', 'readme.md': 'x' });
    const directory = source();
    const first = await directory.fetch(undefined, never);

    expect(texts(first)).toEqual({ 'a.yaml': 'a', 'deep/b.yml': 'b' });
    expect(first?.revision).toMatch(/^content-[0-9a-f]{40}$/);
    await fill(root, { 'a.yaml': 'a' });
    expect(await directory.fetch(first?.revision, never)).toBeUndefined();
    await fill(root, { 'a.yaml': 'A' });
    expect(texts(await directory.fetch(first?.revision, never))).toEqual({ 'a.yaml': 'A', 'deep/b.yml': 'b' });
  });

  it('reads only below the path, and says when the path is missing', async () => {
    await fill(root, { 'a.yaml': 'a', 'pools/b.yaml': 'b' });

    expect(texts(await source({ path: 'pools' }).fetch(undefined, never))).toEqual({ 'pools/b.yaml': 'b' });
    expect(await source({ path: 'none' }).fetch(undefined, never)).toMatchObject({ pathExists: false, files: [] });
    expect(() => source({ path: '../x' })).toThrow(PermanentError);
  });

  it('a directory that is not there yet is an error, never "no definitions"', async () => {
    await expect(source({ directory: join(root, 'later') }).fetch(undefined, never)).rejects.toThrow(TransientError);
  });

  it('S62: does not follow links and refuses large files', async () => {
    await fill(root, { 'large.yaml': 'x'.repeat(300_000) });
    await symlink('/etc/passwd', join(root, 'link.yaml'));
    await symlink('/etc', join(root, 'etc'));
    execFileSync('mkfifo', [join(root, 'pipe.yaml')]);

    expect(texts(await source().fetch(undefined, never))).toEqual({
      'large.yaml': 'too-large',
      'link.yaml': 'symlink',
    });
  });
});

describe('what fills it', () => {
  it('git-sync: the revision is the commit in the name of the link target', async () => {
    const [one, two] = ['1'.repeat(40), '2'.repeat(40)];
    await fill(root, { [`.worktrees/${one}/pools/a.yaml`]: 'one', [`.worktrees/${two}/pools/a.yaml`]: 'two' });
    await symlink(`.worktrees/${one}`, join(root, 'current'));
    const directory = source({ directory: join(root, 'current'), path: 'pools' });

    expect(await directory.fetch(undefined, never)).toMatchObject({ revision: one });
    await flip(join(root, 'current'), `.worktrees/${two}`);
    const second = await directory.fetch(one, never);
    expect(second?.revision).toBe(two);
    expect(texts(second)).toEqual({ 'pools/a.yaml': 'two' });
  });

  it('a mounted ConfigMap: the files behind ..data', async () => {
    await fill(root, { '..1/a.yaml': 'one', '..2/a.yaml': 'two' });
    await symlink('..1', join(root, '..data'));
    await symlink('..data/a.yaml', join(root, 'a.yaml'));
    const directory = source();

    const first = await directory.fetch(undefined, never);
    expect(texts(first)).toEqual({ 'a.yaml': 'one' });
    await flip(join(root, '..data'), '..2');
    expect(texts(await directory.fetch(first?.revision, never))).toEqual({ 'a.yaml': 'two' });
  });

  it('never gives a mixture while the link flips without end', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `${i}.yaml`);
    for (const version of ['1', '2']) {
      await fill(root, Object.fromEntries(names.map((name) => [`..${version}/${name}`, version])));
    }
    await symlink('..1', join(root, '..data'));
    const flipping = new AbortController();
    const flips = (async () => {
      for (let i = 0; !flipping.signal.aborted; i += 1) await flip(join(root, '..data'), `..${(i % 2) + 1}`);
    })();
    try {
      for (let i = 0; i < 8; i += 1) {
        const revision = await source()
          .fetch(undefined, never)
          .catch((error: unknown) => error);
        if (revision instanceof TransientError) continue;
        expect(new Set(Object.values(texts(revision as ConfigRevision))).size).toBe(1);
      }
    } finally {
      flipping.abort();
      await flips;
    }
  });

  it('a work tree: the commit, but not for other content, and nothing while git writes', async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
        cwd: root,
        encoding: 'utf8',
      });
    git('init', '--quiet', '--initial-branch=main');
    await fill(root, { 'pools/a.yaml': 'a' });
    git('add', '.');
    git('commit', '--quiet', '--message', 'one');
    const commit = git('rev-parse', 'HEAD').trim();
    const directory = source({ directory: join(root, 'pools') });

    expect(await directory.fetch(undefined, never)).toMatchObject({ revision: commit });
    await fill(root, { 'pools/a.yaml': 'changed' });
    expect((await directory.fetch(commit, never))?.revision).toMatch(/^content-/);
    git('commit', '--quiet', '--all', '--message', 'two');
    git('pack-refs', '--all');
    expect(await directory.fetch(commit, never)).toMatchObject({ revision: git('rev-parse', 'HEAD').trim() });

    await writeFile(join(root, '.git', 'index.lock'), '');
    await expect(directory.fetch(commit, never)).rejects.toThrow(TransientError);
  });
});

describe('hints', () => {
  /** Changes again and again until a hint comes: the watcher needs a moment before it sees anything. */
  async function hintAfter(directory: DirectorySource, change: (n: number) => Promise<void>): Promise<void> {
    const hinted = new AbortController();
    const end = directory.onHint(() => {
      hinted.abort();
    });
    for (let n = 0; !hinted.signal.aborted; n += 1) {
      await change(n);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    end();
  }

  it('come when a file changes', async () => {
    await fill(root, { 'a.yaml': 'a' });
    await hintAfter(source(), (n) => fill(root, { 'a.yaml': `a${n}` }));
  });

  it('come when git-sync flips its link', async () => {
    await fill(root, { '.worktrees/1/a.yaml': 'one', '.worktrees/2/a.yaml': 'two' });
    await symlink('.worktrees/1', join(root, 'current'));
    const link = join(root, 'current');
    await hintAfter(source({ directory: link }), (n) => flip(link, `.worktrees/${(n % 2) + 1}`));
  });

  it('come when a link above the directory flips', async () => {
    await fill(root, { '.worktrees/1/pools/a.yaml': 'one', '.worktrees/2/pools/a.yaml': 'two' });
    const link = join(root, 'current');
    await symlink('.worktrees/1', link);
    await hintAfter(source({ directory: join(link, 'pools') }), (n) => flip(link, `.worktrees/${(n % 2) + 1}`));
  });

  it('come when a mounted ConfigMap changes', async () => {
    await fill(root, { '..1/a.yaml': 'one', '..2/a.yaml': 'two' });
    await symlink('..1', join(root, '..data'));
    await symlink('..data/a.yaml', join(root, 'a.yaml'));
    await hintAfter(source(), (n) => flip(join(root, '..data'), `..${(n % 2) + 1}`));
  });
});
