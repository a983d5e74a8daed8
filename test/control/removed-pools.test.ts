import { describe, expect, it } from 'vitest';
import { TransientError } from '../../src/ports/errors.ts';
import { aPoolSpec } from '../support/pool-specs.ts';
import { PoolWorld } from '../support/pool-world.ts';

describe('a removed pool', () => {
  it('is not gone while it cannot be told whose its records are', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1 } });
    await world.pass();
    world.bringOnline();
    await world.pass();
    world.world.closeSession(world.agent('linux-agent-0'));
    world.cluster.pods.clear();
    world.azureDevOps.failWhile('readCapabilities', new TransientError('500'));
    world.restart({ removed: true });

    await world.advance(5);
    expect(world.passes.some(({ gone }) => gone)).toBe(false);

    world.azureDevOps.failWhile('readCapabilities', undefined);
    await world.advance(4);
    expect(world.agentNames()).toEqual([]);
    expect(world.passes.at(-1)?.gone).toBe(true);
  });

  it('S71: a record it left behind goes although a pod of that name serves the new Azure DevOps pool', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1 } });
    await world.pass();
    world.bringOnline();
    await world.pass();
    world.world.closeSession(world.agent('linux-agent-0'));
    world.cluster.pods.clear();
    const old = world.startController({ removed: true, continuedUnderSameName: true });
    world.addPool('other');
    world.spec = aPoolSpec({ ...world.spec, connection: { ...world.spec.connection, pool: 'other' } });
    world.restart();
    await world.pass();
    await world.pass();
    expect(world.podNames()).toEqual(['linux-agent-0']);
    world.bringOnline();

    for (let n = 0; n < 4; n += 1) await old.pass(true, new AbortController().signal);

    expect(world.world.agentsOf(world.poolId)).toEqual([]);
    expect(world.podNames()).toEqual(['linux-agent-0']);
  });
});
