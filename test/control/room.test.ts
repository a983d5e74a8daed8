import { describe, expect, it } from 'vitest';
import { anAgentClass } from '../support/pool-specs.ts';
import { PoolWorld } from '../support/pool-world.ts';

function twoClasses(given: { maxAgents: number; plain?: object; java?: object; ttlIdleSeconds?: number }) {
  const { maxAgents, plain, java, ttlIdleSeconds = 3600 } = given;
  return new PoolWorld({
    unmatchedJobs: 'wait',
    spec: {
      maxAgents,
      ttlIdleSeconds,
      agentClasses: [
        anAgentClass({ name: 'plain', ...plain }),
        anAgentClass({ name: 'java', capabilities: { java: '' }, ...java }),
      ],
    },
  });
}

function classes(world: PoolWorld): string[] {
  return [...world.cluster.pods.values()]
    .filter(({ container }) => container.kind !== 'terminated')
    .map(({ pod }) => pod.metadata?.labels?.['poolkeeper.dev/agent-class'] ?? '')
    .toSorted();
}

describe('room at the cap', () => {
  it('an idle agent kept for the minimum leaves for a job of another class, one for each job', async () => {
    const world = twoClasses({ maxAgents: 3, plain: { minAgents: 3 } });
    await world.pass();
    world.bringOnline();
    await world.advance(2);
    world.queueJobs(1, ['java']);

    for (let n = 0; n < 4; n += 1) {
      await world.advance(1);
      world.kubelet();
    }

    expect(classes(world)).toEqual(['java', 'plain', 'plain']);
  });

  it('a class at its own maximum makes nobody else leave, and the message names that maximum', async () => {
    const world = twoClasses({ maxAgents: 10, java: { maxAgents: 1 } });
    await world.pass();
    world.queueJobs(2);
    await world.pass();
    world.bringOnline();
    world.takeJobs();
    await world.advance(1);
    for (const job of world.world.unfinishedJobs(world.poolId)) world.finishJob(job);
    world.queueJobs(2, ['java']);

    await world.advance(10);
    world.kubelet();

    expect(classes(world)).toEqual(['java', 'plain', 'plain']);
    expect(world.passes.at(-1)?.report.plan?.waiting.map(({ message }) => message)).toContain(
      'the pool has as many agents as it may have: maxAgents of class java is 1',
    );
  });

  it('older jobs of a class that cannot start leave the room to those of a class that can', async () => {
    const world = twoClasses({ maxAgents: 3, java: { shape: { image: 'mistyped:1' } } });
    await world.pass();
    world.queueJobs(5, ['java']);
    await world.pass();
    for (const pod of world.cluster.pods.values()) {
      pod.scheduled = true;
      pod.container = { kind: 'waiting', reason: 'ImagePullBackOff' };
    }
    world.queueJobs(1);

    await world.advance(3, 2000);

    expect(classes(world)).toContain('plain');
    const waiting = world.passes.at(-1)?.report.plan?.waiting ?? [];
    expect(waiting.filter(({ job }) => job.demands.includes('java')).map(({ reason }) => reason)).toContain(
      'agents-fail-to-start',
    );
  });
});

describe('replacements', () => {
  function lasting() {
    return new PoolWorld({ spec: { minAgents: 2, ttlIdleSeconds: 60 } });
  }

  async function withNewImage(world: PoolWorld) {
    await world.pass();
    world.bringOnline();
    await world.advance(5, 60_000);
    const [agentClass = anAgentClass()] = world.spec.agentClasses;
    world.redefine({ agentClasses: [{ ...agentClass, shape: { ...agentClass.shape, image: 'agent:2' } }] });
    await world.pass();
    expect(world.podNames()).toEqual(['linux-agent-0', 'linux-agent-1', 'linux-agent-2']);
  }

  it('S55: a replacement that waits for a node is not taken for a surplus and created anew', async () => {
    const world = lasting();
    await withNewImage(world);
    const { uid } = world.pod(2);

    await world.advance(20);

    expect(world.pod(2).uid).toBe(uid);
    expect(world.podNames()).toHaveLength(3);
  });

  it('S79: with an image that does not exist the old agents stay and serve', async () => {
    const world = lasting();
    await withNewImage(world);

    for (let n = 0; n < 30; n += 1) {
      for (const pod of world.cluster.pods.values()) {
        if (pod.container.kind === 'running') continue;
        pod.scheduled = true;
        pod.container = { kind: 'waiting', reason: n < 3 ? 'ContainerCreating' : 'ImagePullBackOff' };
      }
      await world.advance(1, 20_000);
    }

    expect(world.podNames()).toEqual(expect.arrayContaining(['linux-agent-0', 'linux-agent-1']));
    expect(world.agent('linux-agent-0').enabled && world.agent('linux-agent-1').enabled).toBe(true);
  });

  it('S55: idle agents are replaced one at a time, each after its replacement is online', async () => {
    const world = lasting();
    await withNewImage(world);
    let fewest = 2;

    for (let n = 0; n < 30; n += 1) {
      world.bringOnline();
      await world.advance(1);
      world.kubelet();
      fewest = Math.min(
        fewest,
        [...world.world.agents.values()].filter(({ online, enabled }) => online && enabled).length,
      );
    }

    expect(fewest).toBe(2);
    const images = [...world.cluster.pods.values()].map(({ pod }) => pod.spec?.containers[0]?.image);
    expect(images).toEqual(['agent:2', 'agent:2']);
  });
});
