import { describe, expect, it } from 'vitest';
import { anAgentClass } from '../support/pool-specs.ts';
import { PoolWorld } from '../support/pool-world.ts';

describe('agents at work', () => {
  it('S09: an idle minimum agent serves the job without an extra pod; afterwards three, two of them the same', async () => {
    const world = new PoolWorld({ spec: { minAgents: 3, maxAgents: 999 } });
    await world.pass();
    world.bringOnline();
    await world.advance(2);
    const before = world.podNames().map((name) => world.cluster.pods.get(name)?.uid);
    const [job] = world.queueJobs(1);
    world.takeJobs();
    await world.advance(4);
    expect(world.podNames()).toHaveLength(3);
    if (job) world.finishJob(job);
    await world.advance(4);

    const after = world.podNames().map((name) => world.cluster.pods.get(name)?.uid);
    expect(after).toHaveLength(3);
    expect(after.filter((uid) => before.includes(uid))).toHaveLength(2);
  });

  it('S14: a job that is cancelled while it runs ends by itself; the pod goes within two passes of the agent', async () => {
    const world = new PoolWorld();
    await world.pass();
    const [job] = world.queueJobs(1);
    await world.pass();
    world.bringOnline();
    world.takeJobs();
    if (job) world.world.cancelJob(job);
    await world.advance(3);
    expect(world.pod(0).deletionDeadline).toBeUndefined();
    if (job) world.finishJob(job, 'canceled');

    await world.advance(2);
    expect(world.podNames()).toEqual([]);
  });

  it('S15: an agent that still cleans up after its job is not touched', async () => {
    const world = new PoolWorld();
    await world.pass();
    const [job] = world.queueJobs(1);
    await world.pass();
    world.bringOnline();
    world.takeJobs();
    if (job) world.world.finishJob(job, 'succeeded');

    await world.advance(10, 1000);

    expect(world.pod(0).deletionDeadline).toBeUndefined();
    expect(world.agent('linux-agent-0').enabled).toBe(true);
    expect(world.passes.slice(-10).flatMap(({ applied }) => applied)).toEqual([]);
  });

  it('S39: busy base agents are not replaced for a job of another class; an idle one may make room', async () => {
    const classes = [anAgentClass(), anAgentClass({ name: 'java', capabilities: { java: '17' } })];
    const world = new PoolWorld({ spec: { minAgents: 2, maxAgents: 2, ttlIdleSeconds: 600, agentClasses: classes } });
    await world.pass();
    world.bringOnline();
    const busy = world.queueJobs(2);
    world.takeJobs();
    world.queueJobs(1, ['java']);
    await world.advance(4, 20_000);
    expect([...world.world.agents.values()].every(({ enabled }) => enabled)).toBe(true);

    const [first] = busy;
    if (first) world.finishJob(first);
    for (let n = 0; n < 6; n += 1) {
      await world.advance(1, 20_000);
      world.kubelet();
    }

    const running = world.podNames().map((name) => world.cluster.pods.get(name)?.pod.metadata?.labels);
    expect(new Set(running.map((marks) => marks?.['poolkeeper.dev/agent-class']))).toEqual(
      new Set(['default', 'java']),
    );
    expect(busy[1]?.result).toBeUndefined();
  });

  it('S51: of 100 run-once agents 17 hang after their job; every job runs, each hung agent goes, and 17 are counted', async () => {
    const world = new PoolWorld({ spec: { maxAgents: 20 } });
    await world.pass();
    const jobs = world.queueJobs(100);
    let finished = 0;
    for (let n = 0; n < 200 && finished < jobs.length; n += 1) {
      await world.advance(1);
      world.kubelet();
      world.bringOnline();
      world.takeJobs();
      for (const job of jobs.filter(({ agent, result }) => agent !== undefined && result === undefined)) {
        finished += 1;
        // Every sixth agent stays after its job.
        if (finished % 6 === 1) world.world.finishJob(job, 'succeeded', true);
        else world.finishJob(job);
      }
    }
    for (let n = 0; n < 40; n += 1) {
      await world.advance(1);
      world.kubelet();
    }

    expect(jobs.filter(({ result }) => result === 'succeeded')).toHaveLength(100);
    expect(world.metrics.events.filter((event) => event === 'hung linux')).toHaveLength(17);
    expect(world.podNames()).toEqual([]);
  });

  it('S73: when all agents go offline at once nothing is deleted; when they are back all is as before', async () => {
    const world = new PoolWorld({ spec: { minAgents: 3, ttlIdleSeconds: 3600 } });
    await world.pass();
    world.bringOnline();
    await world.advance(2);
    const agents = [0, 1, 2].map((index) => world.agent(`linux-agent-${index}`));
    await world.advance(1);
    for (const agent of agents) world.world.closeSession(agent);
    await world.advance(10, 60_000);
    expect(world.passes.slice(-10).flatMap(({ applied }) => applied)).toEqual([]);
    for (const agent of agents) world.world.openSession(agent, { ownerName: agent.name, pinned: true });
    await world.advance(2);

    expect(world.passes.at(-1)?.report.plan?.slots.map(({ phase }) => phase)).toEqual(['idle', 'idle', 'idle']);
  });

  it('S75: an index whose claim cannot be served rests, and the next one is used', async () => {
    const world = new PoolWorld({ spec: { provisioningTimeoutSeconds: 60 } });
    await world.pass();
    const [job] = world.queueJobs(1);
    await world.pass();
    await world.advance(13);
    world.kubelet();
    await world.advance(1);

    expect(world.podNames()).toEqual(['linux-agent-1']);
    world.bringOnline();
    world.takeJobs();
    if (job) world.finishJob(job);
    expect(job?.result).toBe('succeeded');
  });
});
