import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SandboxWorld, startSandboxWorld } from '../../src/sandbox/sandbox-world.ts';
import { ControllerProcess, eventually } from './controller-process.ts';

let world: SandboxWorld;

beforeAll(async () => {
  world = await startSandboxWorld();
});

afterAll(() => world.close());

const definition = (name: string, spec: Record<string, string>) =>
  `apiVersion: poolkeeper.dev/v1
kind: AgentPool
metadata: { name: ${name} }
spec: ${JSON.stringify({ azDoUrl: world.azureDevOps.url, patSecretName: 'azdo-pat', image: 'agent:1', ...spec })}
`;

/** Runs the program to its end. */
function run(environment: Record<string, string>, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
  const child = spawn(process.execPath, ['src/main.ts', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, output })));
}

describe('bad input gets a clear error and loses nothing', { timeout: 60_000 }, () => {
  it('wrong settings stop the start, all named at once', async () => {
    const { code, output } = await run(
      { CONFIG_POLL_SECONDS: 'often', INSTANCE_NAME: 'Blue!', RUN_ONCE: 'true' },
      'run',
    );
    expect(code).toBe(2);
    expect(output).toContain('CONFIG_REPO_URL: set it to the URL of the config repository');
    expect(output).toContain('CONFIG_POLL_SECONDS: must be a whole number of at least 1 (is "often")');
    expect(output).toContain('INSTANCE_NAME: must be');
    expect(output).toContain('RUN_ONCE: not supported in this version');
  });

  it.each`
    args                         | code | says
    ${['--help']}                | ${0} | ${'Examples:'}
    ${['run', '--help']}         | ${0} | ${'--config-repo-url <text>'}
    ${['sandbox', '--help']}     | ${0} | ${'--for <duration>'}
    ${['--version']}             | ${0} | ${'0.1.0'}
    ${['sandbox', '--for', 'x']} | ${2} | ${'give a time such as 30s or 2m'}
    ${['fly']}                   | ${2} | ${'unknown command'}
  `('poolkeeper $args ends with $code and says $says', async ({ args, code, says }) => {
    const result = await run({}, ...args);
    expect(result.output).toContain(says);
    expect(result.code).toBe(code);
  });

  it('S70: every pool in trouble says what to do, and the others go on', async () => {
    world.kubernetes.addSecret('wrong-pat', { token: 'not-the-token' });
    world.kubernetes.addSecret('empty-pat', { other: 'x' });
    world.azureDevOps.addPool('Azure Pipelines', { isHosted: true });
    for (const pool of ['secretless-pool', 'keyless-pool', 'refused-pool']) world.azureDevOps.addPool(pool);
    await world.configRepo.commit(
      {
        'pools/unknown.yaml': definition('unknown', { pool: 'nowhere' }),
        'pools/hosted.yaml': definition('hosted', { pool: 'Azure Pipelines' }),
        'pools/secretless.yaml': definition('secretless', { pool: 'secretless-pool', patSecretName: 'absent' }),
        'pools/keyless.yaml': definition('keyless', { pool: 'keyless-pool', patSecretName: 'empty-pat' }),
        'pools/refused.yaml': definition('refused', { pool: 'refused-pool', patSecretName: 'wrong-pat' }),
        'pools/elsewhere.yaml': definition('elsewhere', { pool: 'p', azDoUrl: 'https://devops.example.com/tfs/Coll' }),
      },
      'Trouble',
    );
    const controller = await ControllerProcess.start(world.environment);
    try {
      const errors: Record<string, string | null> = {};
      await eventually('every pool has been looked at', async () => {
        for (const { name, lastError, lastPolled } of await controller.pools())
          if (lastPolled) errors[name] = lastError;
        return Object.keys(errors).length === 8;
      });
      expect(errors.linux).toBeNull();
      expect(errors.unknown).toMatch(/nowhere/);
      expect(errors.hosted).toMatch(/hosted/);
      expect(errors.secretless).toMatch(/Secret absent does not exist .* create it, or correct patSecretName/);
      expect(errors.keyless).toMatch(/Secret empty-pat has no key "token" or "pat"/);
      expect(errors.refused).toMatch(/refused|token/i);
      const { findings } = await controller.config();
      expect(findings.find(({ file }) => file === 'pools/elsewhere.yaml')?.message).toContain('AZDO_ALLOWED_URLS');

      const job = world.azureDevOps.queueJob({ pool: 'linux-agents', durationMs: 500 });
      await eventually('the good pool serves', () =>
        world.azureDevOps.jobs().some(({ requestId, result }) => requestId === job && result === 'succeeded'),
      );
      expect(controller.output).not.toContain('not-the-token');
    } finally {
      await controller.stop();
    }
  });

  it('an unreachable Git fails readiness, not liveness, and says why', async () => {
    const controller = await ControllerProcess.start({
      ...world.environment,
      CONFIG_REPO_URL: 'http://127.0.0.1:9/none/_git/none',
      INSTANCE_NAME: 'other',
    });
    try {
      await eventually('readiness says why', async () =>
        /no revision is in force yet: .+/.test((await controller.text('/readyz')).body),
      );
      expect((await controller.text('/readyz')).status).toBe(503);
      expect((await controller.text('/healthz')).status).toBe(200);
    } finally {
      expect(await controller.stop()).toBe(0);
    }
  });

  it('S72: with Git away after a restart, the stored set stays in force and serves jobs', async () => {
    await world.configRepo.setAway(true);
    const controller = await ControllerProcess.start(world.environment);
    try {
      await eventually('the stored pools run', async () =>
        (await controller.pools()).some(({ name, lastPolled }) => name === 'linux' && lastPolled !== null),
      );
      const job = world.azureDevOps.queueJob({ pool: 'linux-agents', durationMs: 500 });
      await eventually('the job runs', () =>
        world.azureDevOps.jobs().some(({ requestId, result }) => requestId === job && result === 'succeeded'),
      );
      expect((await controller.config()).lastError).not.toBeNull();
    } finally {
      await world.configRepo.setAway(false);
      await controller.stop();
    }
  });
});
