import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SandboxWorld, startSandboxWorld } from '../../src/sandbox/sandbox-world.ts';
import { ControllerProcess, eventually } from './controller-process.ts';

let world: SandboxWorld;

beforeAll(async () => {
  world = await startSandboxWorld();
});

afterAll(() => world.close());

const leads = async (controller: ControllerProcess): Promise<boolean> =>
  /^poolkeeper_leader 1$/m.test((await controller.text('/metrics')).body);

describe('two replicas', { timeout: 90_000 }, () => {
  it('S58: one leads; when it is paused the other takes over, and what it does on waking harms nobody', async () => {
    const environment = { ...world.environment, LEADER_ELECTION: 'true' };
    const first = await ControllerProcess.start(environment);
    await eventually('the first leads', () => leads(first));
    const second = await ControllerProcess.start(environment);
    await eventually('the second is ready to take over', async () => (await second.text('/readyz')).status === 200);
    expect(await leads(second)).toBe(false);
    expect(await second.pools()).toEqual([]);
    await eventually('placeholders', () => world.azureDevOps.agents('linux-agents').length > 0);
    const jobs = Array.from({ length: 6 }, () =>
      world.azureDevOps.queueJob({ pool: 'linux-agents', durationMs: 3000 }),
    );
    await eventually('pods', () => world.kubernetes.pods().length > 2);

    process.kill(first.pid, 'SIGSTOP');
    await eventually('the second leads', () => leads(second));
    process.kill(first.pid, 'SIGCONT');
    let most = 0;
    await eventually('every job ran', () => {
      const alive = world.kubernetes
        .pods()
        .filter(({ metadata }) => metadata?.labels?.['poolkeeper.dev/pool'] === 'linux');
      most = Math.max(most, alive.length);
      return world.azureDevOps.jobs('linux-agents').every(({ state }) => state === 'finished');
    });
    await eventually('the first stands by', async () => !(await leads(first)));

    expect(world.azureDevOps.jobs('linux-agents').map(({ requestId, result }) => [requestId, result])).toEqual(
      jobs.map((requestId) => [requestId, 'succeeded']),
    );
    expect(most).toBeLessThanOrEqual(5);

    const stopped = performance.now();
    expect(await second.stop()).toBe(0);
    await eventually('the first leads again', () => leads(first));
    expect(performance.now() - stopped).toBeLessThan(8000);
    expect(await first.stop()).toBe(0);
  });
});
