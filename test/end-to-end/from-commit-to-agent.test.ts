import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SandboxWorld, startSandboxWorld } from '../../src/sandbox/sandbox-world.ts';
import { ControllerProcess, eventually } from './controller-process.ts';

let world: SandboxWorld;
let controller: ControllerProcess;

beforeAll(async () => {
  world = await startSandboxWorld();
  controller = await ControllerProcess.start(world.environment);
});

afterAll(async () => {
  await controller.stop();
  await world.close();
});

const podsOf = (pool: string) =>
  world.kubernetes.pods().filter(({ metadata }) => metadata?.labels?.['poolkeeper.dev/pool'] === pool);

async function statusOf(commit: string): Promise<{ state: string; description: string }> {
  await eventually(`commit ${commit} has a status`, () => world.azureDevOps.statuses(commit).length > 0);
  const [status] = world.azureDevOps.statuses(commit);
  return { state: String(status?.state), description: String(status?.description) };
}

describe('from a commit to a running agent', { timeout: 90_000 }, () => {
  it('puts the first commit in force, tells it so, and is ready', async () => {
    const head = (await world.configRepo.git('rev-parse', 'HEAD')).trim();
    expect(await statusOf(head)).toEqual({ state: 'succeeded', description: '3 pools valid' });
    await eventually('ready', async () => (await controller.text('/readyz')).status === 200);
    expect((await controller.text('/healthz')).status).toBe(200);
    expect((await controller.pools()).map(({ name }) => name).toSorted()).toEqual(['builders', 'linux', 'toolchains']);
  });

  it('S01: an idle pool costs one look-up of its id, one placeholder, then agents and jobs, in that order', async () => {
    const ofPool = () =>
      world.azureDevOps
        .requests()
        .filter(({ path }) => /poolName=linux-agents|\/pools\/1\//.test(path))
        .map(({ method, path }) => `${method} ${path.replace(/^.*distributedtask/, '').replace(/\?.*/, '')}`);
    await eventually('three rounds', () => ofPool().filter((line) => line.endsWith('/jobrequests')).length >= 2);

    expect(ofPool().slice(0, 4)).toEqual([
      'GET /pools',
      'POST /pools/1/agents',
      'GET /pools/1/agents',
      'GET /pools/1/jobrequests',
    ]);
    expect(ofPool().filter((line) => line === 'GET /pools').length).toBe(1);
    expect(ofPool().filter((line) => line.startsWith('POST')).length).toBe(1);
    expect(podsOf('linux')).toEqual([]);
  });

  it('a pushed change is carried by the new pods', async () => {
    const text = await world.configRepo.git('show', 'HEAD:pools/linux.yaml');
    const commit = await world.configRepo.commit(
      { 'pools/linux.yaml': text.replace('agent:1', 'agent:2') },
      'Newer agent',
    );
    await eventually('the revision is in force', async () => (await controller.config()).revision === commit);
    const job = world.azureDevOps.queueJob({ pool: 'linux-agents', durationMs: 4000 });
    await eventually('a pod', () => podsOf('linux').length > 0);

    const [pod] = podsOf('linux');
    expect(pod?.metadata?.annotations?.['poolkeeper.dev/revision']).toBe(commit);
    expect(pod?.spec?.containers[0]?.image).toBe('example.com/agent:2');
    await eventually('the job ran', () =>
      world.azureDevOps.jobs().some(({ requestId, result }) => requestId === job && result === 'succeeded'),
    );
    const { body } = await controller.text('/metrics');
    expect(body).toContain(`poolkeeper_config_info{revision="${commit}"} 1`);
    expect(body).toMatch(
      /poolkeeper_actions_total\{pool="linux",kind="create-pod",reason="queued-jobs",result="done"\} 1/,
    );
  });

  it('S45: a broken commit is told file and line, and the pools keep running; the fix clears it', async () => {
    const good = await world.configRepo.git('show', 'HEAD:pools/linux.yaml');
    const broken = await world.configRepo.commit(
      { 'pools/linux.yaml': good.replace('maxAgents: 5', 'maxAgents: none') },
      'Break it',
    );
    const told = await statusOf(broken);
    expect(told.state).toBe('failed');
    expect(told.description).toMatch(/pools\/linux\.yaml:10/);
    expect(told.description.length).toBeLessThanOrEqual(140);
    expect((await controller.pool('linux')).frozen).toBe(true);

    const job = world.azureDevOps.queueJob({ pool: 'linux-agents', durationMs: 500 });
    await eventually('the frozen pool serves jobs', () =>
      world.azureDevOps.jobs().some(({ requestId, result }) => requestId === job && result === 'succeeded'),
    );

    const fixed = await world.configRepo.commit({ 'pools/linux.yaml': good }, 'Mend it');
    expect((await statusOf(fixed)).state).toBe('succeeded');
    expect((await controller.pool('linux')).frozen).toBe(false);
  });

  it('S46: a deleted file drains its pool and leaves nothing but retained claims', async () => {
    await eventually('the minimum of builders is online', () =>
      world.azureDevOps.agents('build-agents').some(({ online }) => online),
    );
    await world.configRepo.commit({ 'pools/builders.yaml': null }, 'No more builders');

    await eventually(
      'nothing is left',
      () => podsOf('builders').length === 0 && world.azureDevOps.agents('build-agents').length === 0,
      60_000,
    );
    await eventually('the pool is forgotten', async () =>
      (await controller.pools()).every(({ name }) => name !== 'builders'),
    );
    expect(world.kubernetes.claims().map(({ metadata }) => metadata?.name)).toEqual(['builders-agent-0-cache']);
    expect((await controller.text('/metrics')).body).not.toContain('pool="builders"');
  });

  it('writes no secret anywhere', async () => {
    expect(controller.output).not.toContain('sandbox-token');
    expect((await controller.text('/metrics')).body).not.toContain('sandbox-token');
    expect(JSON.stringify(world.kubernetes.pods())).not.toContain('sandbox-token');
    const capabilities = ['linux-agents', 'tool-agents'].flatMap((pool) => world.azureDevOps.agents(pool));
    expect(JSON.stringify(capabilities)).not.toContain('sandbox-token');
  });
});
