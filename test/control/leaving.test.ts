import { describe, expect, it } from 'vitest';
import { PoolWorld } from '../support/pool-world.ts';

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

  it.each`
    lastJob  | idleSeconds | retired           | why
    ${true}  | ${299}      | ${undefined}      | ${'not idle for long enough since its job'}
    ${true}  | ${301}      | ${'idle-timeout'} | ${'idle for long enough since its job'}
    ${false} | ${60}       | ${undefined}      | ${'it has just come online'}
    ${false} | ${301}      | ${'idle-timeout'} | ${'idle since it came online'}
  `('S38: $idleSeconds s idle, with a job before: $lastJob: $why', async ({ lastJob, idleSeconds, retired }) => {
    const world = new PoolWorld({ spec: { ttlIdleSeconds: 300 } });
    await world.pass();
    const [job] = world.queueJobs(1);
    await world.pass();
    if (!lastJob && job) world.world.cancelJob(job);
    // Its age alone says nothing: it waited ten minutes for a node.
    world.clock.advance(lastJob ? 0 : 600_000);
    world.bringOnline();
    world.takeJobs();
    await world.advance(lastJob ? 100 : 0);
    if (lastJob && job) world.finishJob(job);

    await world.advance(1, idleSeconds * 1000);

    expect(world.pod(0).pod.metadata?.annotations?.['poolkeeper.dev/retiring']).toBe(retired);
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

describe('a change between lasting and run-once', () => {
  it('lasting agents that have had a job do not hang because the definition turned run-once', async () => {
    const world = new PoolWorld({ spec: { minAgents: 3, ttlIdleSeconds: 3600 } });
    await world.pass();
    world.bringOnline();
    for (const job of world.queueJobs(3)) {
      world.takeJobs();
      world.finishJob(job);
    }
    await world.advance(4, 60_000);
    world.redefine({ ttlIdleSeconds: 0 });

    const pass = await world.pass();

    expect(pass.report.plan?.slots.map(({ phase }) => phase)).toEqual(['idle', 'idle', 'idle']);
    expect(world.metrics.events.filter((event) => event.startsWith('hung'))).toEqual([]);
  });
});
