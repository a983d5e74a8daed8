import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** Stand-ins for the agent package: they write down how they were called, and nothing else. */
const configScript = `#!/usr/bin/env bash
{ echo "config $*"; env; echo END; } >> calls.log
if [[ -f name-taken ]]; then echo "Pool 1 already contains an agent with name x."; exit 1; fi
if [[ "$1" == remove && -f busy ]]; then exit 1; fi
`;
const runScript = `#!/usr/bin/env bash
{ echo "run $*"; env; echo END; } >> calls.log
touch running
trap 'exit 0' INT
if [[ -f endless ]]; then while :; do sleep 0.05; done; fi
exit "$(cat exit-code 2>/dev/null || echo 0)"
`;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'poolkeeper-agent-'));
  await copyFile('agent/start.sh', join(directory, 'start.sh'));
  for (const [name, text] of [
    ['config.sh', configScript],
    ['run-docker.sh', runScript],
  ] as const) {
    await writeFile(join(directory, name), text);
    await chmod(join(directory, name), 0o755);
  }
});

afterEach(() => rm(directory, { recursive: true, force: true }));

function start(environment: Record<string, string> = {}, ...args: string[]): ChildProcess {
  const env = {
    PATH: process.env.PATH,
    AZP_URL: 'https://dev.azure.com/contoso',
    AZP_POOL: 'linux-agents',
    AZP_AGENT_NAME: 'linux-agent-0',
    AZP_TOKEN: 'very-secret',
    VSO_AGENT_IGNORE: 'AZP_TOKEN,AZP_TOKEN_FILE',
    ...environment,
  };
  return spawn('bash', [join(directory, 'start.sh'), ...args], { env, stdio: 'ignore' });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', resolve));
}

async function calls(): Promise<{ line: string; environment: string }[]> {
  const text = await readFile(join(directory, 'calls.log'), 'utf8').catch(() => '');
  return text
    .split('END\n')
    .filter((part) => part !== '')
    .map((part) => ({ line: part.slice(0, part.indexOf('\n')), environment: part.slice(part.indexOf('\n')) }));
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('start.sh', () => {
  it('registers without replacing, runs with its own arguments, and unregisters', async () => {
    expect(await ended(start({}, '--once'))).toBe(0);

    const lines = (await calls()).map(({ line }) => line);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('--agent linux-agent-0');
    expect(lines[0]).not.toContain('--replace');
    expect(lines[1]).toBe('run --once');
    expect(lines[2]).toContain('config remove');
  });

  it.each`
    given                                        | why
    ${{}}                                        | ${'from AZP_TOKEN'}
    ${{ AZP_TOKEN: '', AZP_TOKEN_FILE: 'FILE' }} | ${'from a file'}
  `('S43: the token $why is in no argument and not in the environment of the agent', async ({ given }) => {
    await writeFile(join(directory, 'token'), 'very-secret\n');
    const environment = 'AZP_TOKEN_FILE' in given ? { ...given, AZP_TOKEN_FILE: join(directory, 'token') } : given;
    expect(await ended(start(environment, '--once'))).toBe(0);

    const made = await calls();
    for (const { line } of made) expect(line).not.toContain('very-secret');
    expect(made[1]?.environment).not.toContain('very-secret');
    expect(made[0]?.environment).toContain('VSTS_AGENT_INPUT_TOKEN=very-secret');
    expect(made[0]?.environment).toMatch(/VSO_AGENT_IGNORE=.*VSTS_AGENT_INPUT_TOKEN/);
  });

  it('ends with 17 when the name is taken, and unregisters nobody', async () => {
    await writeFile(join(directory, 'name-taken'), '');
    expect(await ended(start())).toBe(17);
    expect((await calls()).map(({ line }) => line.split(' ')[1])).toEqual(['--url']);
  });

  it('replaces only when told to', async () => {
    await ended(start({ AZP_REPLACE: 'true' }));
    expect((await calls())[0]?.line).toContain('--replace');
  });

  it('passes the exit code of the agent on', async () => {
    await writeFile(join(directory, 'exit-code'), '3');
    expect(await ended(start())).toBe(3);
  });

  it('ends the agent on TERM, unregisters and ends with 0', async () => {
    await writeFile(join(directory, 'endless'), '');
    const child = start();
    await until(async () => (await calls()).length === 2);
    child.kill('SIGTERM');

    expect(await ended(child)).toBe(0);
    expect((await calls()).at(-1)?.line).toContain('config remove');
  });

  it.each`
    given                | why
    ${{ AZP_TOKEN: '' }} | ${'no token'}
    ${{ AZP_URL: '' }}   | ${'no URL'}
  `('registers nothing with $why', async ({ given }) => {
    expect(await ended(start(given))).not.toBe(0);
    expect(await calls()).toEqual([]);
  });
});
