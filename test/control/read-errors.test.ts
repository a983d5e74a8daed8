import { describe, expect, it } from 'vitest';
import { PermanentError, ThrottledError, TransientError } from '../../src/ports/errors.ts';
import { PoolWorld } from '../support/pool-world.ts';

describe('errors are never an empty answer', () => {
  it.each`
    error                                          | why
    ${new ThrottledError(30_000)}                  | ${'429 with Retry-After'}
    ${new TransientError('500')}                   | ${'a server error'}
    ${new PermanentError('the token was refused')} | ${'203 with a sign-in page'}
    ${new TransientError('no answer within 30 s')} | ${'a time-out'}
  `('S20: $why on the job list removes, marks and creates nothing', async ({ error }) => {
    const world = new PoolWorld({ spec: { ttlIdleSeconds: 60 } });
    await world.pass();
    world.queueJobs(2);
    await world.pass();
    world.bringOnline();
    world.takeJobs();
    await world.pass();
    const before = JSON.stringify([...world.cluster.pods.values()].map(({ pod }) => pod));
    world.azureDevOps.failWhile('listJobRequests', error);

    await world.advance(20, 60_000);

    expect(JSON.stringify([...world.cluster.pods.values()].map(({ pod }) => pod))).toBe(before);
    expect([...world.world.agents.values()].every(({ enabled }) => enabled)).toBe(true);
    expect(world.passes.at(-1)?.outcome).toMatchObject({ kind: 'failed' });
    expect(world.passes.at(-1)?.report.lastError).toBe(error.message);
  });

  it('S21: without the agents the pool still grows up to its maximum, and removes nothing', async () => {
    const world = new PoolWorld({ spec: { maxAgents: 4 } });
    await world.pass();
    world.queueJobs(2);
    await world.pass();
    world.bringOnline();
    world.takeJobs();
    await world.pass();
    world.azureDevOps.failWhile('listAgents', new TransientError('500'));
    world.queueJobs(3);

    await world.advance(10);

    expect(world.podNames()).toHaveLength(4);
    expect([...world.world.agents.values()].every(({ enabled }) => enabled)).toBe(true);
  });

  it('without the pods nothing at all is done', async () => {
    const world = new PoolWorld({ spec: { minAgents: 2 } });
    world.cluster.ageMs = 151_000;
    world.queueJobs(1);

    const pass = await world.pass();

    expect(pass.applied).toEqual([]);
    expect(world.podNames()).toEqual([]);
  });

  it('an agent whose capabilities could not be read is never taken for ours, nor its pod for empty', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1, ttlIdleSeconds: 60 } });
    await world.pass();
    world.bringOnline();
    await world.pass();
    const pod = world.pod(0);
    pod.pod.metadata = {
      ...pod.pod.metadata,
      annotations: { ...pod.pod.metadata?.annotations, 'poolkeeper.dev/retiring': 'idle-timeout' },
    };
    world.queueJobs(1);
    world.takeJobs();
    world.azureDevOps.failWhile('readCapabilities', new TransientError('500'));
    world.restart();

    await world.advance(5);

    expect(pod.deletionDeadline).toBeUndefined();
    expect(world.agent('linux-agent-0').enabled).toBe(true);
  });

  it('S65: a clock that jumps costs at most one pass, and removes nothing', async () => {
    const world = new PoolWorld({ spec: { minAgents: 2, ttlIdleSeconds: 600 } });
    await world.pass();
    world.bringOnline();
    await world.advance(2);
    world.redefine({ minAgents: 0 });
    world.azureDevOps.clockShiftMs = 3_600_000;

    const pass = await world.pass();

    expect(pass.applied).toEqual([]);
    expect(world.podNames()).toHaveLength(2);
  });

  it.each(['azureDevOps', 'cluster'] as const)(
    'S65: the %s clock forward an hour and back removes nothing',
    async (of) => {
      const world = new PoolWorld({ spec: { minAgents: 2, ttlIdleSeconds: 600, provisioningTimeoutSeconds: 900 } });
      await world.pass();
      world.bringOnline(0);
      await world.advance(2);
      const uids = [world.pod(0).uid, world.pod(1).uid];
      for (const shiftMs of [3_600_000, 0]) {
        world[of].clockShiftMs = shiftMs;
        await world.advance(1);
        const kinds = world.passes.at(-1)?.applied.map(({ action }) => action.kind) ?? [];
        expect(kinds.filter((kind) => kind !== 'create-pod')).toEqual([]);
      }

      await world.advance(3);

      expect([world.pod(0).uid, world.pod(1).uid]).toEqual(uids);
      expect(world.agent('linux-agent-0').enabled).toBe(true);
    },
  );
});
