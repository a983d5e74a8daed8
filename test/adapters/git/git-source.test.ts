import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../../src/ports/errors.ts';
import { failure, never, startGitFixture, texts } from './git-fixture.ts';

describe('reading revisions', () => {
  it('reads a commit whole, answers undefined while it is still that one, and sees the next', async () => {
    await using fixture = await startGitFixture();
    const { repo, source } = fixture;
    const git = source();
    const first = await git.fetch(undefined, never);

    expect(first?.revision).toBe((await repo.git('rev-parse', 'HEAD')).trim());
    expect(texts(first)).toEqual({ 'linux.yaml': 'a: 1\n' });
    expect(await git.fetch(first?.revision, never)).toBeUndefined();

    const commit = await repo.commit({ 'linux.yaml': null, 'pools/windows.yml': 'b: 2\n' }, 'Move on');
    const second = await git.fetch(first?.revision, never);

    expect(second?.revision).toBe(commit);
    expect(texts(second)).toEqual({ 'pools/windows.yml': 'b: 2\n' });
  });

  it('S60: follows a force-push and rewritten history', async () => {
    await using fixture = await startGitFixture();
    const { repo, source } = fixture;
    const git = source();
    const first = await git.fetch(undefined, never);
    await repo.git('checkout', '--quiet', '--orphan', 'fresh');
    await repo.git('branch', '--quiet', '--delete', '--force', 'main');
    await repo.git('branch', '--quiet', '--move', 'main');
    const commit = await repo.commit({ 'linux.yaml': 'rewritten: true\n' }, 'Another history');

    expect(await git.fetch(first?.revision, never)).toMatchObject({ revision: commit });
  });

  it('S60: a deleted branch is an error, never an empty revision, and its return is noticed', async () => {
    await using fixture = await startGitFixture();
    const { repo, source } = fixture;
    const git = source();
    const first = await git.fetch(undefined, never);
    await repo.git('push', '--quiet', 'origin', 'HEAD:refs/heads/other');
    await repo.git('--git-dir', repo.fileUrl.slice('file://'.length), 'update-ref', '-d', 'refs/heads/main');

    const error = await failure(git.fetch(first?.revision, never));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain('no branch or tag "main"');

    const commit = await repo.commit({ 'linux.yaml': 'back: true\n' }, 'Restore');
    expect(await git.fetch(first?.revision, never)).toMatchObject({ revision: commit });
  });

  it('S60: a repository that is gone is an error, and its return is noticed', async () => {
    await using fixture = await startGitFixture();
    const { repo, source } = fixture;
    const git = source();
    const first = await git.fetch(undefined, never);
    await repo.setAway(true);

    const error = await failure(git.fetch(first?.revision, never));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain('no such repository');

    await repo.setAway(false);
    expect(await git.fetch(first?.revision, never)).toBeUndefined();
  });

  it.each`
    ref                  | why
    ${'main'}            | ${'a branch'}
    ${'v1'}              | ${'an annotated tag'}
    ${'refs/tags/light'} | ${'a full name'}
    ${'feature/a-b'}     | ${'a branch with a slash'}
    ${'commit'}          | ${'a commit'}
  `('reads $why', async ({ ref }) => {
    await using fixture = await startGitFixture();
    const { repo, source } = fixture;
    const commit = (await repo.git('rev-parse', 'HEAD')).trim();
    await repo.git('tag', '--annotate', 'v1', '--message', 'one');
    await repo.git('tag', 'light');
    await repo.git('branch', 'feature/a-b');
    await repo.git('push', '--quiet', '--tags', 'origin', 'feature/a-b');
    const git = source({ ref: ref === 'commit' ? commit : ref });

    expect(await git.fetch(undefined, never)).toMatchObject({ revision: commit });
    expect(await git.fetch(commit, never)).toBeUndefined();
  });

  it('reads a file repository, and only below the path', async () => {
    await using fixture = await startGitFixture({
      files: { 'outside.yaml': '1', 'pools/in.yaml': '2', 'pools/.hidden/x.yaml': '3', 'pools-2/x.yaml': '4' },
    });
    const { repo, source } = fixture;

    const revision = await source({ url: repo.fileUrl, path: './pools/' }).fetch(undefined, never);

    expect(texts(revision)).toEqual({ 'pools/in.yaml': '2' });
    expect(revision?.pathExists).toBe(true);
  });

  it('says that the path is missing instead of answering with nothing', async () => {
    await using fixture = await startGitFixture();
    const { source } = fixture;

    expect(await source({ path: 'nowhere' }).fetch(undefined, never)).toMatchObject({ pathExists: false, files: [] });
  });

  it('S62: keeps bytes as they are, refuses links, submodules and large files, and reads unusual names', async () => {
    const bytes = new Uint8Array([0x61, 0xff, 0x00, 0x0a, 0x62]);
    await using fixture = await startGitFixture({
      files: {
        'bytes.yaml': bytes,
        'mit leer zeichen ü.yaml': 'ok',
        'quote".yml': 'ok',
        'new\nline.yaml': 'x',
        'large.yaml': 'x'.repeat(300_000),
        'empty.yaml': '',
        'readme.md': 'no',
      },
    });
    const { repo, source } = fixture;
    await symlink('/etc/passwd', join(repo.directory, 'link.yaml'));
    const head = (await repo.git('rev-parse', 'HEAD')).trim();
    await repo.git('update-index', '--add', '--cacheinfo', `160000,${head},module`);
    await repo.git('add', 'link.yaml');
    await repo.git('commit', '--quiet', '--message', 'Links');
    await repo.git('push', '--quiet', 'origin', 'HEAD');

    const revision = await source().fetch(undefined, never);

    expect(texts(revision)).toMatchObject({
      'mit leer zeichen ü.yaml': 'ok',
      'quote".yml': 'ok',
      'empty.yaml': '',
      'new?line.yaml': 'refused: bad-path',
      'large.yaml': 'refused: too-large',
      'link.yaml': 'refused: symlink',
      module: 'refused: submodule',
    });
    expect(texts(revision)).not.toHaveProperty('readme.md');
    const raw = revision?.files.find(({ path }) => path === 'bytes.yaml');
    expect(raw?.kind === 'content' && [...raw.bytes]).toEqual([...bytes]);
  });

  it('reads 1,000 files at once and refuses what is beyond', async () => {
    await using fixture = await startGitFixture({
      files: Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`p/${i}.yaml`, `n: ${i}\n`])),
    });
    const { source } = fixture;

    const revision = await source().fetch(undefined, never);

    expect(revision?.files.filter(({ kind }) => kind === 'content')).toHaveLength(1000);
    expect(revision?.files.filter(({ kind }) => kind === 'refused')).toHaveLength(1);
  });
});
