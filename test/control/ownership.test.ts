import { describe, expect, it } from 'vitest';
import { MemoryCluster } from '../support/memory-cluster.ts';
import { PoolWorld } from '../support/pool-world.ts';

describe('ownership', () => {
  it('S67: a foreign pod of our name costs the index, nothing else', async () => {
    const world = new PoolWorld();
    await world.pass();
    world.cluster.addPod({ metadata: { name: 'linux-agent-0' } });
    world.queueJobs(1);

    await world.advance(2);

    expect(world.podNames()).toEqual(['linux-agent-0', 'linux-agent-1']);
    expect(world.pod(0).pod.metadata?.labels).toBeUndefined();
  });

  it('S68: a second cluster creates nothing while the first lives, and takes over when it is gone for 30 minutes', async () => {
    const first = new PoolWorld();
    await first.pass();
    const second = first.startController({}, { ownerOf: (pool) => `87654321/default/${pool}` });
    first.queueJobs(1);
    const signal = new AbortController().signal;

    const contested = await second.pass(true, signal);
    expect(contested.applied).toEqual([]);
    expect(contested.report.plan?.waiting.map(({ message }) => message).join()).toContain(
      'another Poolkeeper (owner 12345678/default/linux)',
    );

    first.clock.advance(29 * 60_000);
    await second.pass(true, signal);
    expect(first.podNames()).toEqual([]);
    first.clock.advance(2 * 60_000);
    await second.pass(true, signal);
    await second.pass(true, signal);

    expect(first.podNames()).toEqual(['linux-agent-0']);
    expect(first.agentNames()).toEqual(['linux-placeholder-default']);
  });

  it('S68: with another instance name both serve jobs', async () => {
    const first = new PoolWorld({ spec: { minAgents: 1 } });
    await first.pass();
    const other = first.startController(
      {},
      {
        cluster: new MemoryCluster(() => first.clock.now(), 'blue', first.cluster),
        instance: 'blue',
        ownerOf: (pool) => `87654321/blue/${pool}`,
      },
    );
    await other.pass(true, new AbortController().signal);

    expect(first.podNames()).toEqual(['blue-linux-agent-0', 'linux-agent-0']);
  });

  it('S77: an agent that a person disabled is left alone, counted and reported', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1, maxAgents: 2, ttlIdleSeconds: 60 } });
    await world.pass();
    world.bringOnline();
    await world.pass();
    world.agent('linux-agent-0').enabled = false;

    await world.advance(30, 60_000);

    expect(world.podNames()).toContain('linux-agent-0');
    expect(world.podNames()).toHaveLength(2);
    expect(world.passes.at(-1)?.report.plan?.slots.find(({ index }) => index === 0)?.disabledByPerson).toBe(true);
    world.agent('linux-agent-0').enabled = true;
    await world.advance(4);
    expect(world.passes.at(-1)?.report.plan?.slots.find(({ index }) => index === 0)?.disabledByPerson ?? false).toBe(
      false,
    );
  });
});
