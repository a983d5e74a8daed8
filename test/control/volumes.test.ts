import { describe, expect, it } from 'vitest';
import type { VolumeSpec } from '../../src/pool/spec.ts';
import { PermanentError, TransientError } from '../../src/ports/errors.ts';
import { anAgentClass, aPoolSpec, aVolume } from '../support/pool-specs.ts';
import { PoolWorld, type PoolWorldOptions } from '../support/pool-world.ts';

function withVolume(volume: Partial<VolumeSpec>, spec: PoolWorldOptions['spec'] = {}): PoolWorld {
  return new PoolWorld({ spec: { ...spec, agentClasses: [anAgentClass({ shape: { volumes: [aVolume(volume)] } })] } });
}

const claim = 'linux-agent-0-cache';

/** One run-once agent from its job to its end. */
async function runOneJob(world: PoolWorld): Promise<void> {
  const [job] = world.queueJobs(1);
  await world.pass();
  world.bringOnline();
  world.takeJobs();
  await world.advance(1);
  if (job) world.finishJob(job);
  await world.advance(3);
}

function mounts(world: PoolWorld): string[] {
  return (world.pod(0).pod.spec?.containers[0]?.volumeMounts ?? []).map(({ mountPath }) => mountPath);
}

describe('S36: claims of an agent', () => {
  it('a kept one is attached again to its index', async () => {
    const world = withVolume({});
    await world.pass();
    await runOneJob(world);
    expect(world.podNames()).toEqual([]);
    const uid = world.cluster.claims.get(claim)?.uid;
    expect(uid).toBeDefined();

    world.queueJobs(1);
    await world.pass();

    expect(world.cluster.claims.get(claim)?.uid).toBe(uid);
    expect(mounts(world)).toContain('/cache');
  });

  it('one that goes with its agent is gone with it and made anew', async () => {
    const world = withVolume({ deleteWithAgent: true });
    await world.pass();
    world.queueJobs(1);
    await world.pass();
    const uid = world.cluster.claims.get(claim)?.uid;
    for (const job of world.world.unfinishedJobs(world.poolId)) world.world.cancelJob(job);
    await world.pass();
    expect(world.podNames()).toEqual([]);
    expect([...world.cluster.claims.keys()]).toEqual([]);

    world.queueJobs(1);
    await world.pass();

    expect(world.cluster.claims.get(claim)?.uid).not.toBe(uid);
    expect(mounts(world)).toContain('/cache');
  });

  it('one that goes with its agent is not taken away under a pod that is created a pass later', async () => {
    const world = withVolume({ deleteWithAgent: true });
    await world.pass();
    world.queueJobs(1);
    world.cluster.failNext('createPod', new TransientError('500'));
    await world.pass();
    expect(world.podNames()).toEqual([]);

    await world.pass();

    expect(world.podNames()).toEqual(['linux-agent-0']);
    expect([...world.cluster.claims.keys()]).toEqual([claim]);
  });

  it.each`
    optional | pods                 | mounted  | why
    ${true}  | ${['linux-agent-0']} | ${false} | ${'the pod starts without it'}
    ${false} | ${[]}                | ${false} | ${'the pod would not have what it needs'}
  `('refused by the cluster, optional: $optional: $why', async ({ optional, pods }) => {
    const world = withVolume({ optional });
    await world.pass();
    world.queueJobs(1);
    world.cluster.failNext('createClaim', new PermanentError('exceeded quota'));

    await world.pass();

    expect(world.podNames()).toEqual(pods);
    if (pods.length > 0) expect(mounts(world)).not.toContain('/cache');
  });

  it('a given one is used though it carries no label of ours, and never deleted', async () => {
    const world = withVolume({ createPvc: false }, { volumePolicy: 'delete' });
    await world.pass();
    world.queueJobs(1);
    const without = await world.pass();
    expect(world.podNames()).toEqual([]);
    expect(without.report.lastError).toContain(`claim ${claim} does not exist`);

    await world.cluster.createClaim({ metadata: { name: claim } });
    await world.pass();
    expect(mounts(world)).toContain('/cache');
    for (const job of world.world.unfinishedJobs(world.poolId)) world.world.cancelJob(job);
    world.remove();
    await world.advance(6);

    expect(world.passes.at(-1)?.gone).toBe(true);
    expect([...world.cluster.claims.keys()]).toEqual([claim]);
  });

  it.each`
    volumePolicy | left       | why
    ${'retain'}  | ${[claim]} | ${'what was built up may be used again'}
    ${'delete'}  | ${[]}      | ${'the definition says so'}
  `('of a removed pool, policy $volumePolicy: $why', async ({ volumePolicy, left }) => {
    const world = withVolume({}, { volumePolicy });
    await world.pass();
    await runOneJob(world);

    world.remove();
    await world.advance(6);

    expect(world.passes.at(-1)?.gone).toBe(true);
    expect([...world.cluster.claims.keys()]).toEqual(left);
  });

  it('S71: of a pool whose URL or pool changed belong to the one that continues it', async () => {
    const world = withVolume({}, { volumePolicy: 'delete' });
    await world.pass();
    await runOneJob(world);
    const uid = world.cluster.claims.get(claim)?.uid;
    const old = world.startController({ removed: true, continuedUnderSameName: true });
    world.addPool('other');
    world.spec = aPoolSpec({ ...world.spec, connection: { ...world.spec.connection, pool: 'other' } });
    world.restart();
    const signal = new AbortController().signal;
    await world.pass();

    const ended = [await old.pass(true, signal), await old.pass(true, signal), await old.pass(true, signal)];

    expect(world.cluster.claims.get(claim)?.uid).toBe(uid);
    expect(ended.some(({ gone }) => gone)).toBe(true);
  });
});
