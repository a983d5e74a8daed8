import { describe, expect, it } from 'vitest';
import { PoolWorld } from '../support/pool-world.ts';

describe('from job to agent', () => {
  it('S01: an idle pool without agents is only looked at', async () => {
    const world = new PoolWorld({ spec: { maxAgents: 2 } });

    await world.advance(3);

    expect(world.podNames()).toEqual([]);
    expect(world.azureDevOps.calls.slice(0, 3)).toEqual(['registerPlaceholder', 'listAgents', 'listJobRequests']);
    expect(world.azureDevOps.calls.filter((call) => call === 'registerPlaceholder')).toHaveLength(1);
    expect(world.agentNames()).toEqual(['linux-placeholder-default']);
  });

  it('S02: one queued job gets exactly one pod, also while it starts', async () => {
    const world = new PoolWorld();
    await world.pass();
    world.queueJobs(1);

    await world.pass();
    expect(world.podNames()).toEqual(['linux-agent-0']);

    await world.advance(5);
    expect(world.podNames()).toEqual(['linux-agent-0']);
  });

  it('S03: after its job a run-once agent is deregistered and its pod deleted within two passes', async () => {
    const world = new PoolWorld();
    await world.pass();
    const [job] = world.queueJobs(1);
    await world.pass();
    world.bringOnline();
    world.takeJobs();
    await world.advance(1);
    if (job) world.finishJob(job);

    await world.advance(2);

    expect(world.podNames()).toEqual([]);
    expect(world.agentNames()).toEqual(['linux-placeholder-default']);
    await world.advance(3);
    expect(world.podNames()).toEqual([]);
  });

  it('S06: never more pods than maxAgents at any instant; the lowest index is used again by another pod', async () => {
    const world = new PoolWorld({ spec: { maxAgents: 2 } });
    await world.pass();
    const jobs = world.queueJobs(3);
    await world.pass();
    expect(world.podNames()).toEqual(['linux-agent-0', 'linux-agent-1']);
    const first = world.pod(0).uid;
    world.bringOnline();
    world.takeJobs();
    await world.advance(2);
    expect(world.alivePods()).toBe(2);
    const [served] = jobs;
    if (served) world.finishJob(served);

    await world.advance(2);

    expect(world.podNames()).toEqual(['linux-agent-0', 'linux-agent-1']);
    expect(world.pod(0).uid).not.toBe(first);
    world.bringOnline();
    world.takeJobs();
    for (const job of jobs.slice(1)) world.finishJob(job);
    await world.advance(3);
    expect(world.podNames()).toEqual([]);
  });

  it('S07: every agent counts once under the cap', async () => {
    const world = new PoolWorld({ spec: { maxAgents: 5 } });
    await world.pass();
    world.queueJobs(3);
    await world.pass();
    world.bringOnline();
    world.takeJobs();
    world.queueJobs(2);
    await world.pass();
    expect(world.podNames()).toHaveLength(5);

    world.bringOnline();
    world.takeJobs();
    world.queueJobs(1);
    const pass = await world.pass();

    expect(world.podNames()).toHaveLength(5);
    expect(pass.report.plan?.waiting.map(({ reason }) => reason)).toEqual(['at-max-agents']);
  });

  it('S08: the minimum is there within one pass and stays', async () => {
    const world = new PoolWorld({ spec: { minAgents: 3, maxAgents: 999 } });

    await world.pass();
    expect(world.podNames()).toHaveLength(3);
    world.bringOnline();
    const uids = [0, 1, 2].map((index) => world.pod(index).uid);

    await world.advance(40);
    expect([0, 1, 2].map((index) => world.pod(index).uid)).toEqual(uids);
  });

  it('S11: only what is missing to the minimum is created', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1 } });
    await world.pass();
    world.bringOnline();
    world.redefine({ minAgents: 5 });

    const pass = await world.pass();

    expect(pass.applied.filter(({ action }) => action.kind === 'create-pod')).toHaveLength(4);
    expect(world.podNames()).toHaveLength(5);
  });

  it('S12: standby agents come on top of the load', async () => {
    const world = new PoolWorld({ spec: { standbyAgents: 1 } });
    await world.pass();
    expect(world.podNames()).toHaveLength(1);
    world.bringOnline();
    await world.advance(3);
    expect(world.podNames()).toHaveLength(1);

    world.queueJobs(1);
    world.takeJobs();
    await world.pass();

    expect(world.podNames()).toHaveLength(2);
  });

  it('S13: the unscheduled pod of a cancelled job goes at once, a scheduled one after its idle grace', async () => {
    const world = new PoolWorld();
    await world.pass();
    const jobs = world.queueJobs(2);
    await world.pass();
    world.startContainer(world.pod(0));
    for (const job of jobs) world.world.cancelJob(job);

    await world.pass();
    expect(world.podNames()).toEqual(['linux-agent-0']);

    world.startAgent(world.pod(0));
    await world.advance(11);
    expect(world.podNames()).toEqual(['linux-agent-0']);
    await world.advance(4);
    world.kubelet();
    await world.advance(1);
    expect(world.podNames()).toEqual([]);
    expect(world.agentNames()).toEqual(['linux-placeholder-default']);
  });

  it('S23: a job that was cancelled while it waited is not load', async () => {
    const world = new PoolWorld();
    await world.pass();
    const [job] = world.queueJobs(1);
    if (job) job.result = 'canceled';

    await world.advance(2);
    expect(world.podNames()).toEqual([]);
  });

  it('S24: a job reserved by a static agent of the pool is not our load', async () => {
    const world = new PoolWorld();
    await world.pass();
    const agent = world.world.registerAgent(world.poolId, {
      name: 'static-1',
      version: '4.0.0',
      osDescription: '',
      enabled: true,
      systemCapabilities: {},
    });
    if (agent !== 'name-taken') world.world.openSession(agent, { ownerName: 'static-1', pinned: true });
    world.queueJobs(1);

    await world.advance(2);
    expect(world.podNames()).toEqual([]);
  });

  it('S76: terminating pods leave the room that the cap leaves', async () => {
    for (const { maxAgents, created } of [
      { maxAgents: 20, created: 5 },
      { maxAgents: 8, created: 3 },
    ]) {
      const world = new PoolWorld({ spec: { maxAgents } });
      await world.pass();
      world.queueJobs(5);
      await world.pass();
      world.bringOnline();
      world.takeJobs();
      for (const pod of world.cluster.pods.values()) pod.deletionDeadline = world.clock.now() + 3_600_000;
      world.queueJobs(5);

      const pass = await world.pass();

      expect(
        pass.applied.filter(({ action, result }) => action.kind === 'create-pod' && result === 'done'),
      ).toHaveLength(created);
    }
  });
});
