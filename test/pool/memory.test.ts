import { describe, expect, it } from 'vitest';
import { startDelayMs } from '../../src/pool/memory.ts';
import { PoolWorld } from '../support/pool-world.ts';

describe('agents that fail to start', () => {
  it.each`
    failures | delay      | why
    ${1}     | ${10_000}  | ${'the first may be bad luck'}
    ${3}     | ${40_000}  | ${'doubled with each'}
    ${50}    | ${600_000} | ${'never longer than ten minutes'}
  `('after $failures failures wait $delay ms: $why', ({ failures, delay }) => {
    expect(startDelayMs(failures)).toBe(delay);
  });

  it('S40: a missing image costs one pod at a time with a growing delay, and waiting jobs are told why', async () => {
    const world = new PoolWorld();
    await world.pass();
    world.queueJobs(4);
    await world.pass();
    const created: number[] = [];
    for (let minute = 0; minute < 30; minute += 1) {
      for (const pod of world.cluster.pods.values()) {
        pod.scheduled = true;
        pod.container = { kind: 'waiting', reason: 'ImagePullBackOff', message: 'no such tag' };
      }
      await world.advance(12);
      created.push(
        world.passes
          .slice(-12)
          .flatMap(({ applied }) => applied)
          .filter(({ action }) => action.kind === 'create-pod').length,
      );
    }

    expect(Math.max(...created.slice(2))).toBeLessThanOrEqual(1);
    expect(created.slice(10).reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(4);
    const waiting = world.passes.at(-1)?.report.plan?.waiting ?? [];
    expect(waiting.map(({ reason }) => reason)).toContain('agents-fail-to-start');
    expect(waiting.map(({ message }) => message).join()).toContain('ImagePullBackOff: no such tag');
  });

  it('S56: a correcting commit is tried within one pass', async () => {
    const world = new PoolWorld();
    await world.pass();
    world.queueJobs(1);
    await world.pass();
    const pod = world.pod(0);
    pod.scheduled = true;
    pod.container = { kind: 'waiting', reason: 'ImagePullBackOff' };
    await world.advance(2);
    expect(world.podNames()).toEqual([]);
    const [agentClass] = world.spec.agentClasses;
    world.redefine({
      agentClasses: agentClass ? [{ ...agentClass, shape: { ...agentClass.shape, image: 'agent:2' } }] : [],
    });

    await world.pass();

    expect(world.podNames()).toHaveLength(1);
  });

  it('S79: with a broken template the idle agents stay and serve, beside one probe', async () => {
    const world = new PoolWorld({ spec: { minAgents: 4, ttlIdleSeconds: 3600 } });
    await world.pass();
    world.bringOnline();
    await world.advance(2);
    const [agentClass] = world.spec.agentClasses;
    world.redefine({
      agentClasses: agentClass ? [{ ...agentClass, shape: { ...agentClass.shape, image: 'agent:none' } }] : [],
    });
    for (let n = 0; n < 50; n += 1) {
      await world.advance(1);
      for (const pod of world.cluster.pods.values()) {
        if (pod.container.kind === 'running') continue;
        pod.scheduled = true;
        pod.container = { kind: 'waiting', reason: 'ImagePullBackOff' };
      }
    }

    expect([0, 1, 2, 3].map((index) => world.pod(index).container.kind)).toEqual([
      'running',
      'running',
      'running',
      'running',
    ]);
    expect(world.podNames().length).toBeLessThanOrEqual(5);
  });

  it('S55: idle agents of an older template are replaced one at a time; busy ones are not touched', async () => {
    const world = new PoolWorld({ spec: { minAgents: 3, maxAgents: 10, ttlIdleSeconds: 3600 } });
    await world.pass();
    world.bringOnline();
    world.queueJobs(1);
    world.takeJobs();
    await world.advance(2);
    const busy = [...world.world.agents.values()].find((agent) => world.world.jobOf(agent))?.name ?? '';
    const [agentClass] = world.spec.agentClasses;
    world.redefine({
      agentClasses: agentClass ? [{ ...agentClass, shape: { ...agentClass.shape, image: 'agent:2' } }] : [],
    });
    const alive: number[] = [];
    for (let n = 0; n < 40; n += 1) {
      world.bringOnline();
      world.kubelet();
      await world.advance(1);
      alive.push(world.alivePods());
    }

    const images = world.podNames().map((name) => [name, world.cluster.pods.get(name)?.pod.spec?.containers[0]?.image]);
    expect(images.filter(([, image]) => image === 'agent:1')).toEqual([[busy, 'agent:1']]);
    expect(images).toHaveLength(3);
    expect(Math.min(...alive)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...alive)).toBeLessThanOrEqual(4);
  });
});
