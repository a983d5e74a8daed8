import { mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PermanentError, TransientError } from '../../../src/ports/errors.ts';
import { startConfigRepo } from '../../../src/sandbox/config-repo/config-repo.ts';
import { failure, never, startGitFixture, texts } from './git-fixture.ts';

describe('credentials', () => {
  it('reads the token again for each fetch, and names it in no error', async () => {
    await using fixture = await startGitFixture({ token: 'first-secret' });
    const { repo, scratch, source } = fixture;
    const tokenFile = join(scratch, 'token');
    await writeFile(tokenFile, 'first-secret\n');
    const git = source({ credentials: { tokenFile } });
    expect(await git.fetch(undefined, never)).toBeDefined();

    repo.server.token = 'second-secret';
    const error = await failure(git.fetch(undefined, never));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain('credential was refused');
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toMatch(
      new RegExp(`first-secret|${Buffer.from(':first-secret').toString('base64')}`),
    );

    await writeFile(tokenFile, 'second-secret\n');
    expect(await git.fetch(undefined, never)).toBeDefined();
  });

  it.each`
    token                  | username     | header                                                      | why
    ${'plain'}             | ${undefined} | ${`Basic ${Buffer.from(':plain').toString('base64')}`}      | ${'a token is a password without user name'}
    ${'plain'}             | ${'robot'}   | ${`Basic ${Buffer.from('robot:plain').toString('base64')}`} | ${'a user name is given'}
    ${'eyJhbGc.eyJzdWI.s'} | ${undefined} | ${'Bearer eyJhbGc.eyJzdWI.s'}                               | ${'a JWT is sent as Bearer'}
  `('$why', async ({ token, username, header }) => {
    await using fixture = await startGitFixture({ token });
    const { repo, scratch, source } = fixture;
    const tokenFile = join(scratch, 'token');
    await writeFile(tokenFile, token);

    await source({ credentials: { tokenFile, ...(username && { username }) } }).fetch(undefined, never);

    expect(repo.server.authorizations.at(-1)).toBe(header);
  });

  it('S70: does not follow a redirect with the credential', async () => {
    await using fixture = await startGitFixture({ token: 'secret' });
    const { repo, scratch, source } = fixture;
    const other = await startConfigRepo({ files: {} });
    const tokenFile = join(scratch, 'token');
    await writeFile(tokenFile, 'secret');
    const headers = { Location: `${other.url}/info/refs?service=git-upload-pack` };
    repo.server.mood = { kind: 'answers', status: 302, headers };
    const before = other.server.authorizations.length;

    const error = await failure(source({ credentials: { tokenFile } }).fetch(undefined, never));

    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain('CONFIG_REPO_URL');
    expect(other.server.authorizations).toHaveLength(before);
    await other.close();
  });

  it('says which file is missing', async () => {
    await using fixture = await startGitFixture();
    const { scratch, source } = fixture;
    const error = await failure(source({ credentials: { tokenFile: join(scratch, 'none') } }).fetch(undefined, never));

    expect(error.message).toBe('the token file of CONFIG_REPO_TOKEN_FILE cannot be read (ENOENT)');
  });
});

describe('faults', () => {
  it.each`
    mood                                | expected          | text                    | why
    ${{ kind: 'answers', status: 500 }} | ${TransientError} | ${'problem of its own'} | ${'a fault of the host passes'}
    ${{ kind: 'answers', status: 429 }} | ${TransientError} | ${'fewer requests'}     | ${'too many requests pass'}
    ${{ kind: 'answers', status: 401 }} | ${PermanentError} | ${'refused'}            | ${'401 needs a person'}
    ${{ kind: 'answers', status: 403 }} | ${PermanentError} | ${'refused'}            | ${'403 needs a person'}
    ${{ kind: 'answers', status: 404 }} | ${PermanentError} | ${'no such repository'} | ${'404 needs a person'}
  `('$why', async ({ mood, expected, text }) => {
    await using fixture = await startGitFixture();
    const { repo, source } = fixture;
    repo.server.mood = mood;

    const error = await failure(source().fetch(undefined, never));

    expect(error).toBeInstanceOf(expected);
    expect(error.message).toContain(text);
  });

  it('gives up on a server that hangs, and reads again afterwards', async () => {
    await using fixture = await startGitFixture();
    const { repo, source } = fixture;
    repo.server.mood = { kind: 'hangs' };
    const git = source({ timeoutMs: 300 });

    const error = await failure(git.fetch(undefined, never));
    expect(error).toBeInstanceOf(TransientError);
    expect(error.message).toContain('within 1 s');

    repo.server.mood = { kind: 'well' };
    expect(await source().fetch(undefined, never)).toBeDefined();
  });

  it('stops when the caller stops', async () => {
    await using fixture = await startGitFixture();
    const { repo, source } = fixture;
    repo.server.mood = { kind: 'hangs' };
    const controller = new AbortController();
    const fetching = failure(source().fetch(undefined, controller.signal));
    while (repo.server.authorizations.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();

    expect((await fetching).message).toContain('was stopped');
  });

  it('cannot reach a closed port: passes', async () => {
    await using fixture = await startGitFixture();
    const { source } = fixture;
    const error = await failure(source({ url: 'http://127.0.0.1:1/x.git' }).fetch(undefined, never));

    expect(error).toBeInstanceOf(TransientError);
  });

  it.each([['shallow.lock'], ['config.lock'], ['refs/poolkeeper/head.lock']])(
    'removes %s, which a killed git left behind',
    async (lock) => {
      await using fixture = await startGitFixture();
      const { repo, scratch, warnings, source } = fixture;
      const git = source();
      const first = await git.fetch(undefined, never);
      await writeFile(join(scratch, 'store', 'repository.git', lock), '');
      const commit = await repo.commit({ 'linux.yaml': 'b: 1\n' }, 'Next');

      expect(await git.fetch(first?.revision, never)).toMatchObject({ revision: commit });
      expect(warnings).toHaveLength(1);
    },
  );

  it('makes a damaged store anew', async () => {
    await using fixture = await startGitFixture();
    const { scratch, source } = fixture;
    const git = source();
    await git.fetch(undefined, never);
    const packs = join(scratch, 'store', 'repository.git', 'objects', 'pack');
    const pack = (await readdir(packs)).find((name) => name.endsWith('.pack'));
    await rm(join(packs, pack ?? ''), { force: true });
    await writeFile(join(packs, pack ?? ''), 'damaged');
    expect(texts(await git.fetch(undefined, never))).toEqual({ 'linux.yaml': 'a: 1\n' });

    await truncate(join(scratch, 'store', 'repository.git', 'HEAD'), 0);
    expect(texts(await git.fetch(undefined, never))).toEqual({ 'linux.yaml': 'a: 1\n' });
  });

  it('starts in a directory that holds something else', async () => {
    await using fixture = await startGitFixture();
    const { scratch, source } = fixture;
    await mkdir(join(scratch, 'store', 'repository.git'), { recursive: true });
    await writeFile(join(scratch, 'store', 'repository.git', 'config'), 'this is no git config [');

    expect(texts(await source().fetch(undefined, never))).toEqual({ 'linux.yaml': 'a: 1\n' });
  });

  it('two fetches at once do not meet', async () => {
    await using fixture = await startGitFixture();
    const { source } = fixture;
    const git = source();

    const [a, b] = await Promise.all([git.fetch(undefined, never), git.fetch(undefined, never)]);

    expect(a?.revision).toBe(b?.revision);
  });
});
