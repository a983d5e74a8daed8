import { describe, expect, it } from 'vitest';
import { ConflictError, PermanentError, ThrottledError, TransientError } from '../../src/ports/errors.ts';
import { MemoryCluster } from '../support/memory-cluster.ts';
import { anAgentClass, aPoolSpec } from '../support/pool-specs.ts';
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

describe('leaving', () => {
  async function twoIdleOneBusy() {
    const world = new PoolWorld({ spec: { minAgents: 3, ttlIdleSeconds: 60 } });
    await world.pass();
    world.bringOnline();
    world.queueJobs(1);
    world.takeJobs();
    await world.advance(13);
    return world;
  }

  it('S16: an idle agent is disabled, read again, deregistered, and only then its pod deleted; a busy one is not touched', async () => {
    const world = await twoIdleOneBusy();
    const busy = [...world.world.agents.values()].find((agent) => world.world.jobOf(agent))?.name;
    world.redefine({ minAgents: 2 });

    await world.pass();
    const disabled = [...world.world.agents.values()].filter(({ enabled }) => !enabled).map(({ name }) => name);
    expect(disabled).toHaveLength(1);
    expect(disabled).not.toContain(busy);
    expect(world.podNames()).toHaveLength(3);

    const pass = await world.pass();
    expect(pass.applied.map(({ action }) => action.kind)).toEqual(['deregister-agent', 'delete-pod']);
    world.kubelet();
    expect(world.podNames()).toHaveLength(2);
    expect(world.podNames()).toContain(busy);
  });

  it('S17: an agent that got a job before it was disabled is enabled again and finishes it', async () => {
    const world = await twoIdleOneBusy();
    world.redefine({ minAgents: 2 });
    world.azureDevOps.before.set('setAgentEnabled', () => {
      world.queueJobs(2);
      world.takeJobs();
    });

    await world.pass();
    const [disabled] = [...world.world.agents.values()].filter(({ enabled }) => !enabled);
    const job = disabled && world.world.jobOf(disabled);
    expect(job).toBeDefined();
    await world.advance(3);

    expect(disabled?.enabled).toBe(true);
    expect(world.podNames()).toHaveLength(3);
    expect(world.pod(0).pod.metadata?.annotations?.['poolkeeper.dev/retiring']).toBeUndefined();
    if (job) world.finishJob(job);
    expect(job?.result).toBe('succeeded');
  });

  it('S18: a refusal to deregister leaves the pod alone, and is tried again after the job', async () => {
    const world = await twoIdleOneBusy();
    world.redefine({ minAgents: 2 });
    await world.pass();
    const [disabled] = [...world.world.agents.values()].filter(({ enabled }) => !enabled);
    world.azureDevOps.before.set('deregisterAgent', () => {
      const [job] = world.queueJobs(1);
      if (job && disabled) job.agent = disabled;
    });

    const pass = await world.pass();

    expect(pass.applied.map(({ action, result }) => `${action.kind} ${result}`)).toEqual(['deregister-agent refused']);
    expect(world.podNames()).toHaveLength(3);
  });

  it('S19: who serves which job is what Azure DevOps says, not what the pod was created for', async () => {
    const world = new PoolWorld();
    await world.pass();
    const [first, second] = world.queueJobs(2);
    await world.pass();
    world.bringOnline(1, 0);
    world.takeJobs();
    expect(first?.agent?.name).toBe('linux-agent-1');
    if (first) world.finishJob(first);

    await world.advance(3);

    expect(world.podNames()).toEqual(['linux-agent-0']);
    expect(second?.agent?.name).toBe('linux-agent-0');
  });

  it('S37: a lowered maximum drains by count; the lowest free index is used, never one that still terminates', async () => {
    const world = new PoolWorld({ spec: { minAgents: 4, ttlIdleSeconds: 3600 } });
    await world.pass();
    world.bringOnline();
    await world.advance(4);
    world.pod(2).container = { kind: 'terminated', exitCode: 0 };
    world.pod(1).deletionDeadline = world.clock.now() + 3_600_000;
    world.redefine({ minAgents: 0, maxAgents: 2 });
    await world.advance(4);
    world.kubelet();
    await world.advance(2);
    expect(world.alivePods()).toBeLessThanOrEqual(2);

    world.redefine({ minAgents: 5, maxAgents: 10 });
    await world.pass();
    const live = world.podNames();
    expect(new Set(live).size).toBe(live.length);
  });

  it('S38: idle time is judged from the last job, else from coming online; 0 stays run-once', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1, ttlIdleSeconds: 300 } });
    await world.pass();
    world.bringOnline();
    world.redefine({ minAgents: 0 });
    await world.advance(2, 149_000);
    expect(world.pod(0).pod.metadata?.annotations?.['poolkeeper.dev/retiring']).toBeUndefined();
    await world.advance(1, 3000);
    expect(world.pod(0).pod.metadata?.annotations?.['poolkeeper.dev/retiring']).toBe('idle-timeout');

    const once = new PoolWorld({ spec: { minAgents: 1, ttlIdleSeconds: 0 } });
    await once.pass();
    expect(once.pod(0).pod.spec?.containers[0]?.args).toEqual(['--once']);
  });

  it('S46: a removed pool creates nothing, lets busy agents finish, and leaves no agent, pod or placeholder', async () => {
    const world = new PoolWorld({ spec: { minAgents: 3, ttlIdleSeconds: 3600 } });
    await world.pass();
    world.bringOnline();
    const [job] = world.queueJobs(1);
    world.takeJobs();
    await world.advance(4);
    world.remove();
    await world.advance(3);
    world.kubelet();
    await world.advance(2);
    expect(world.podNames()).toEqual([job?.agent?.name]);

    world.queueJobs(1);
    if (job) world.finishJob(job);
    await world.advance(6);
    world.kubelet();
    await world.advance(4);

    expect(world.podNames()).toEqual([]);
    expect(world.agentNames()).toEqual([]);
    expect(world.passes.at(-1)?.gone).toBe(true);
  });
});

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
});

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

describe('classes', () => {
  it('S27: a demand that names an image gets that class; others run on the default image', async () => {
    const world = new PoolWorld({
      unmatchedJobs: 'wait',
      spec: {
        agentClasses: [
          anAgentClass(),
          anAgentClass({ name: 'java', capabilities: { java: 'true' }, shape: { image: 'img1' } }),
        ],
      },
    });
    await world.pass();
    world.queueJobs(1, ['Agent.Version -gtVersion 2.163.1', 'java']);
    world.queueJobs(1, ['npm']);

    await world.pass();

    const images = world.podNames().map((name) => world.cluster.pods.get(name)?.pod.spec?.containers[0]?.image);
    expect(images).toEqual(['img1', 'agent:1']);
    expect(world.pod(0).pod.metadata?.labels?.['poolkeeper.dev/agent-class']).toBe('java');
    expect(world.pod(0).pod.spec?.containers[0]?.env).toEqual(
      expect.arrayContaining([
        { name: 'AZP_CAPABILITY', value: 'java' },
        { name: 'java', value: 'true' },
      ]),
    );
  });
});
