import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SandboxWorld, startSandboxWorld } from '../../src/sandbox/sandbox-world.ts';
import { ControllerProcess, eventually } from './controller-process.ts';

let world: SandboxWorld;

beforeAll(async () => {
  world = await startSandboxWorld();
});

afterAll(() => world.close());

describe('kill -9 at any time', { timeout: 100_000 }, () => {
  it('S41, S57: loses no job and doubles no pod', async () => {
    const seen = new Map<string, Set<string>>();
    const watch = setInterval(() => {
      for (const { metadata } of world.kubernetes.pods()) {
        const uids = seen.get(metadata?.name ?? '') ?? new Set<string>();
        seen.set(metadata?.name ?? '', uids.add(metadata?.uid ?? ''));
      }
      const alive = world.kubernetes
        .pods()
        .filter(({ metadata }) => metadata?.labels?.['poolkeeper.dev/pool'] === 'linux');
      most = Math.max(most, alive.length);
    }, 50);
    let most = 0;
    let controller = await ControllerProcess.start(world.environment);
    await eventually('placeholders', () => world.azureDevOps.agents('linux-agents').length > 0);
    const jobs = Array.from({ length: 8 }, () =>
      world.azureDevOps.queueJob({ pool: 'linux-agents', durationMs: 1500 }),
    );
    for (const lifeMs of [700, 1500, 2300, 3100]) {
      await new Promise((resolve) => setTimeout(resolve, lifeMs));
      await controller.kill();
      controller = await ControllerProcess.start(world.environment);
    }

    await eventually(
      'every job ran',
      () => world.azureDevOps.jobs('linux-agents').every(({ state }) => state === 'finished'),
      70_000,
    );
    clearInterval(watch);

    const ran = world.azureDevOps.jobs('linux-agents');
    expect(ran.map(({ requestId }) => requestId)).toEqual(jobs);
    expect(ran.map(({ result }) => result)).toEqual(jobs.map(() => 'succeeded'));
    expect(most).toBeLessThanOrEqual(5);
    // Run-once agents: one pod per job, never more.
    const linux = [...seen].filter(([name]) => name.startsWith('linux-agent-')).flatMap(([, uids]) => [...uids]);
    expect(linux.length).toBe(jobs.length);
    expect(await controller.stop()).toBe(0);
  });
});
