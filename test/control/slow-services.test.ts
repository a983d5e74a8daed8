import { describe, expect, it } from 'vitest';
import type { AzureDevOps } from '../../src/ports/azure-devops.ts';
import { TransientError } from '../../src/ports/errors.ts';
import { PoolWorld } from '../support/pool-world.ts';
import { turn } from '../support/turn.ts';

/** Every call of that method is answered by nothing until its time-out. */
function timingOut(world: PoolWorld, slow: keyof AzureDevOps): AzureDevOps {
  return new Proxy<AzureDevOps>(world.azureDevOps, {
    get: (target, method: keyof AzureDevOps) => {
      return async (...args: never[]) => {
        if (method !== slow) return Reflect.apply(target[method], target, args) as unknown;
        await world.clock.sleep(30_000, new AbortController().signal);
        throw new TransientError('no answer within 30 s');
      };
    },
  });
}

async function secondsOfOnePass(world: PoolWorld, slow: keyof AzureDevOps): Promise<number> {
  const start = world.clock.now();
  const ends: number[] = [];
  const pass = async (): Promise<void> => {
    const reconciler = world.startController({}, { azureDevOps: timingOut(world, slow) });
    await reconciler.pass(true, new AbortController().signal);
    ends.push(world.clock.now());
  };
  void pass();
  for (let minute = 0; minute < 60 && ends.length === 0; minute += 1) await turn(world.clock, 60_000, 5000);
  return ((ends[0] ?? Number.POSITIVE_INFINITY) - start) / 1000;
}

async function manyAgents(): Promise<PoolWorld> {
  const world = new PoolWorld({ spec: { minAgents: 60, maxAgents: 100 } });
  await world.pass();
  world.bringOnline();
  await world.pass();
  return world;
}

describe('a pass against a service that answers nothing', () => {
  it('ends long before the loop counts as hung, whatever is still unread', async () => {
    expect(await secondsOfOnePass(await manyAgents(), 'readCapabilities')).toBeLessThan(150);
  });

  it('ends long before the loop counts as hung, whatever is still unwritten', async () => {
    const world = await manyAgents();
    for (const job of world.queueJobs(60)) world.finishJob(job);
    expect(await secondsOfOnePass(world, 'deregisterAgent')).toBeLessThan(150);
  });
});
