import { describe, expect, it } from 'vitest';
import { PoolWorld } from '../support/pool-world.ts';

function count(world: PoolWorld, event: string): number {
  return world.metrics.events.filter((told) => told === event).length;
}

describe('what is counted from pass to pass', () => {
  it('an agent comes online once, also if it is away for a moment later', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1, ttlIdleSeconds: 3600 } });
    await world.advance(2);
    world.bringOnline();
    await world.advance(2);
    const agent = world.agent('linux-agent-0');
    world.clock.advance(3_600_000);
    world.world.closeSession(agent);
    await world.advance(2);
    world.world.openSession(agent, { ownerName: agent.name, pinned: true });
    await world.advance(2);

    expect(count(world, 'online linux')).toBe(1);
  });

  it('a job is assigned once, a hung agent is counted once', async () => {
    const world = new PoolWorld();
    await world.pass();
    const [job] = world.queueJobs(1);
    await world.pass();
    world.bringOnline();
    world.takeJobs();
    await world.advance(5);
    if (job) world.world.finishJob(job, 'succeeded', false);
    await world.advance(40);

    expect(count(world, 'assigned linux')).toBe(1);
    expect(count(world, 'hung linux')).toBe(1);
  });

  it('a start that fails is counted once, by its cause', async () => {
    const world = new PoolWorld();
    await world.pass();
    world.queueJobs(1);
    await world.pass();
    world.startContainer(world.pod(0));
    await world.advance(3, 400_000);

    expect(count(world, 'start-failed linux not-online')).toBe(1);
  });
});
