import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../../src/ports/errors.ts';
import { failure, type GitFixture, never, startGitFixture } from './git-fixture.ts';

/** Puts a program before all others in PATH. */
async function standIn({ scratch }: GitFixture, name: string, script: string): Promise<{ PATH: string }> {
  const directory = join(scratch, 'bin');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(directory, name), 0o755);
  return { PATH: `${directory}:${process.env.PATH}` };
}

describe('what reaches git', () => {
  it('no token in any command line, and nothing of our own environment', async () => {
    await using fixture = await startGitFixture({ token: 's3cret-token' });
    const tokenFile = join(fixture.scratch, 'token');
    await writeFile(tokenFile, 's3cret-token');
    const log = join(fixture.scratch, 'log');
    const git = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    const path = await standIn(
      fixture,
      'git',
      `echo "argv: $*" >> ${log}; env | cut -d= -f1 >> ${log}; exec ${git} "$@"`,
    );
    const environment = { ...path, AZURE_TOKEN: 'x', NO_PROXY: '127.0.0.1' };

    expect(await fixture.source({ credentials: { tokenFile }, environment }).fetch(undefined, never)).toBeDefined();

    const said = await readFile(log, 'utf8');
    expect(said).toContain('fetch');
    expect(said).toContain('--config-env=http.http://127.0.0.1');
    expect(said).not.toContain('s3cret');
    expect(said).not.toContain(Buffer.from(':s3cret-token').toString('base64'));
    expect(said).not.toContain('AZURE_TOKEN');
    expect(said).toContain('NO_PROXY');
  });

  it('ssh asks nobody, trusts only the given keys, and an unknown host needs a person', async () => {
    await using fixture = await startGitFixture();
    const log = join(fixture.scratch, 'log');
    const environment = await standIn(
      fixture,
      'ssh',
      `echo "$*" > ${log}; echo 'Host key verification failed.' >&2; exit 255`,
    );
    const credentials = { sshKeyFile: "/keys/it's mine", knownHostsFile: '/keys/known hosts' };
    const git = fixture.source({ url: 'git@host.example:contoso/pools.git', credentials, environment });

    const error = await failure(git.fetch(undefined, never));

    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain('CONFIG_REPO_KNOWN_HOSTS_FILE');
    const said = await readFile(log, 'utf8');
    for (const option of [
      'StrictHostKeyChecking=yes',
      'BatchMode=yes',
      'UserKnownHostsFile="/keys/known hosts"',
      "-i /keys/it's mine",
    ]) {
      expect(said).toContain(option);
    }
  });

  it('ssh without known hosts is refused', async () => {
    await using fixture = await startGitFixture();

    const error = await failure(fixture.source({ url: 'ssh://git@host.example/r' }).fetch(undefined, never));

    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain('CONFIG_REPO_KNOWN_HOSTS_FILE');
  });

  it('S62: a crafted tree is refused', async () => {
    await using fixture = await startGitFixture();
    const { repo } = fixture;
    const blob = Buffer.from((await repo.git('rev-parse', 'HEAD:linux.yaml')).trim(), 'hex');
    const input = Buffer.concat([Buffer.from('100644 .git\0'), blob]);
    const options = { cwd: repo.directory, input, encoding: 'utf8' } as const;
    const tree = execFileSync('git', ['hash-object', '-t', 'tree', '-w', '--stdin', '--literally'], options).trim();
    const commit = (await repo.git('commit-tree', '-m', 'Crafted', tree)).trim();
    await repo.git('push', '--quiet', '--force', 'origin', `${commit}:refs/heads/main`);

    const error = await failure(fixture.source().fetch(undefined, never));

    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain('unsafe');
  });
});
