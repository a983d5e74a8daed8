import { describe, expect, it } from 'vitest';
import { PoolWorld } from '../support/pool-world.ts';

describe('S04: ended pods kept for a look', () => {
  async function runJobs(world: PoolWorld, results: readonly ('succeeded' | 'failed')[]): Promise<void> {
    for (const result of results) {
      const [job] = world.queueJobs(1);
      await world.advance(1);
      world.bringOnline();
      world.takeJobs();
      await world.advance(1);
      if (job) world.finishJob(job, result);
      await world.advance(3);
    }
  }

  it('the newest is kept, its agent deregistered; the older one goes', async () => {
    const world = new PoolWorld({ spec: { keepFinishedPods: 1 } });
    await world.pass();
    await runJobs(world, ['succeeded']);
    expect(world.podNames()).toEqual(['linux-agent-0']);
    expect(world.agentNames()).toEqual(['linux-placeholder-default']);

    await runJobs(world, ['succeeded']);
    expect(world.podNames()).toEqual(['linux-agent-1']);
    await world.advance(3);
    expect(world.podNames()).toEqual(['linux-agent-1']);
  });

  it('a failed job is preferred to a newer one that succeeded, also after its agent is gone', async () => {
    const world = new PoolWorld({ spec: { keepFinishedPods: 1 } });
    await world.pass();
    await runJobs(world, ['failed', 'succeeded', 'succeeded']);

    expect(world.podNames()).toEqual(['linux-agent-0']);
    expect(world.pod(0).pod.metadata?.annotations?.['poolkeeper.dev/job-result']).toBe('failed');
  });

  it('they hold their index, but not a place under the cap', async () => {
    const world = new PoolWorld({ spec: { keepFinishedPods: 2, maxAgents: 1 } });
    await world.pass();
    await runJobs(world, ['succeeded', 'succeeded']);
    world.queueJobs(1);
    await world.pass();

    expect(world.podNames()).toEqual(['linux-agent-0', 'linux-agent-1', 'linux-agent-2']);
  });

  it('a removed pool keeps none', async () => {
    const world = new PoolWorld({ spec: { keepFinishedPods: 2 } });
    await world.pass();
    await runJobs(world, ['failed']);
    world.remove();
    await world.advance(3);

    expect(world.podNames()).toEqual([]);
    expect(world.agentNames()).toEqual([]);
  });
});
