import { describe, expect, it } from 'vitest';
import { anAgentClass } from '../support/pool-specs.ts';
import { PoolWorld } from '../support/pool-world.ts';

function failToPull(world: PoolWorld): void {
  for (const pod of world.cluster.pods.values()) {
    if (pod.container.kind === 'running') continue;
    pod.scheduled = true;
    pod.container = { kind: 'waiting', reason: 'ImagePullBackOff' };
  }
}

function created(world: PoolWorld): number {
  return world.passes.flatMap(({ applied }) => applied).filter(({ action }) => action.kind === 'create-pod').length;
}

describe('what counts as a failed start', () => {
  it('not an agent that died with its job', async () => {
    const world = new PoolWorld();
    await world.pass();
    world.queueJobs(1);
    await world.pass();
    world.bringOnline();
    world.takeJobs();
    await world.advance(1);
    world.pod(0).container = { kind: 'terminated', exitCode: 137, finishedAt: world.clock.now() };
    world.queueJobs(1);

    await world.advance(1);

    expect(world.podNames()).toContain('linux-agent-1');
    expect(world.metrics.events).not.toContain('start-failed linux crash');
  });

  it('S56: not a pod of the template that the last commit has corrected', async () => {
    const world = new PoolWorld();
    await world.pass();
    world.queueJobs(1);
    await world.pass();
    const [agentClass = anAgentClass()] = world.spec.agentClasses;
    world.redefine({ agentClasses: [{ ...agentClass, shape: { ...agentClass.shape, image: 'agent:2' } }] });
    failToPull(world);

    await world.pass();

    const images = [...world.cluster.pods.values()].map(({ pod }) => pod.spec?.containers[0]?.image);
    expect(images).toContain('agent:2');
  });

  it('an image that ends at once without an error, and never registers: no loop of pods', async () => {
    const world = new PoolWorld();
    await world.pass();
    world.queueJobs(1);

    for (let n = 0; n < 60; n += 1) {
      for (const pod of world.cluster.pods.values())
        pod.container = { kind: 'terminated', exitCode: 0, finishedAt: world.clock.now() };
      await world.advance(1, 2000);
    }

    expect(created(world)).toBeLessThanOrEqual(6);
    expect(
      world.passes
        .at(-1)
        ?.report.plan?.waiting.map(({ message }) => message)
        .join(),
    ).toContain('ended at once, without an agent that registered');
  });

  it('S65: a cluster clock that jumps back does not hold a class back for as long', async () => {
    const world = new PoolWorld();
    await world.pass();
    world.queueJobs(1);
    await world.pass();
    world.cluster.clockShiftMs = 3_600_000;
    failToPull(world);
    await world.advance(3);
    failToPull(world);
    await world.advance(1);
    world.cluster.clockShiftMs = 0;
    const before = created(world);

    await world.advance(12);

    expect(created(world)).toBeGreaterThan(before);
  });

  it('an index that came good starts from the shortest delay again', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1, ttlIdleSeconds: 60 } });
    await world.pass();
    failToPull(world);
    await world.advance(4);
    world.bringOnline();
    await world.advance(2);

    expect(world.passes.at(-1)?.report.plan?.memory).toMatchObject({
      startFailures: {},
      restingIndexes: {},
      countedPods: [],
      seenPods: [world.pod(0).uid],
    });
  });

  it('a controller that takes over holds nothing against pods that ended before it looked', async () => {
    const world = new PoolWorld();
    await world.pass();
    const jobs = world.queueJobs(6);
    world.redefine({ maxAgents: 5 });
    await world.pass();
    world.bringOnline();
    world.takeJobs();
    for (const job of jobs.slice(0, 5)) world.finishJob(job);
    for (const agent of world.world.agentsOf(world.poolId))
      if (agent.version !== '99.999.9') world.world.forgetAgent(agent);
    world.restart();

    await world.advance(2, 2000);

    expect(world.podNames()).toHaveLength(1);
  });

  it('an agent that served its job between two passes did start', async () => {
    const world = new PoolWorld();
    await world.pass();
    const [job] = world.queueJobs(1);
    await world.pass();
    world.bringOnline();
    world.takeJobs();
    if (job) world.finishJob(job);
    world.world.forgetAgent(world.agent('linux-agent-0'));
    world.queueJobs(1);

    await world.advance(2, 1000);

    expect(world.podNames()).toHaveLength(1);
    expect(world.passes.at(-1)?.report.plan?.memory.startFailures).toEqual({});
  });
});
