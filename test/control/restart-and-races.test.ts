import { describe, expect, it } from 'vitest';
import { ConflictError } from '../../src/ports/errors.ts';
import { aPoolSpec } from '../support/pool-specs.ts';
import { PoolWorld } from '../support/pool-world.ts';

describe('restart and races', () => {
  it('S41: a controller that restarts in the middle doubles and loses nothing', async () => {
    const world = new PoolWorld({ spec: { ttlIdleSeconds: 60 } });
    await world.pass();
    const jobs = world.queueJobs(3);
    await world.pass();
    world.restart();
    await world.pass();
    expect(world.podNames()).toHaveLength(3);
    world.bringOnline();
    world.takeJobs();
    world.restart();
    await world.advance(2);
    expect(world.podNames()).toHaveLength(3);
    for (const job of jobs) world.finishJob(job);
    await world.advance(13);
    for (let n = 0; n < 4; n += 1) {
      world.restart();
      world.kubelet();
      await world.advance(1);
    }

    expect(jobs.map(({ result }) => result)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect(world.podNames()).toEqual([]);
  });

  it('a pod that is no longer the observed one is skipped', async () => {
    const world = new PoolWorld();
    await world.pass();
    const [job] = world.queueJobs(1);
    await world.pass();
    if (job) world.world.cancelJob(job);
    world.cluster.failNext('deletePod', new ConflictError('changed'));

    const pass = await world.pass();

    expect(pass.applied.map(({ result }) => result)).toEqual(['conflict']);
    expect(world.podNames()).toHaveLength(1);
  });

  it('S71: a changed pool drains the old identity while the new one starts, under one cap and without sharing an index', async () => {
    const world = new PoolWorld({ spec: { maxAgents: 4 } });
    await world.pass();
    const jobs = world.queueJobs(3);
    await world.pass();
    world.bringOnline();
    world.takeJobs();
    await world.pass();
    const old = world.startController({ removed: true });
    world.addPool('other');
    world.spec = aPoolSpec({ maxAgents: 4, minAgents: 4, connection: { ...world.spec.connection, pool: 'other' } });
    world.restart();
    const signal = new AbortController().signal;
    await old.pass(true, signal);
    await world.pass();
    await world.pass();

    expect(world.podNames()).toEqual(['linux-agent-0', 'linux-agent-1', 'linux-agent-2', 'linux-agent-3']);
    expect(world.pod(3).pod.spec?.containers[0]?.env).toContainEqual({ name: 'AZP_POOL', value: 'other' });
    for (const job of jobs) world.finishJob(job);
    for (let n = 0; n < 4; n += 1) {
      await old.pass(true, signal);
      world.kubelet();
      await world.advance(1);
    }
    expect(jobs.every(({ result }) => result === 'succeeded')).toBe(true);
    expect(world.world.agentsOf(world.poolId)).toEqual([]);
  });
});
