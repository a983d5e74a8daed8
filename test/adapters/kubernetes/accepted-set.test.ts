import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TransientError } from '../../../src/ports/errors.ts';
import { type SimulatedClusterWorld, startSimulatedCluster } from './simulated-cluster.ts';

describe('a write of the accepted set that is cut off', () => {
  let world: SimulatedClusterWorld;
  const { signal } = new AbortController();
  beforeEach(async () => {
    world = await startSimulatedCluster();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it.each`
    kind             | why
    ${'drop'}        | ${'before a request is done'}
    ${'lose-answer'} | ${'after a request was done'}
  `('S57: $why, it leaves the old set or the new one, and the next write repairs it', async ({ kind }) => {
    const match = { resource: 'configmaps' };
    await world.acceptedSet.write('zero', signal);
    world.simulated.clearRequests();
    await world.acceptedSet.write('one', signal);
    const steps = world.simulated.requests().length;
    const outcomes = new Set<string>();
    let inForce = 'one';
    for (let step = 0; step < steps; step += 1) {
      const next = `set ${step}`;
      const endFaults = world.simulated.failWhile(match, { kind }, step);
      await expect(world.acceptedSet.write(next, signal)).rejects.toThrow(TransientError);
      endFaults();

      const read = await world.acceptedSet.read(signal);
      expect([inForce, next]).toContain(read);
      outcomes.add(read === next ? 'new' : 'old');
      inForce = read ?? '';
    }
    await world.acceptedSet.write('last', signal);

    expect(await world.acceptedSet.read(signal)).toBe('last');
    expect([...outcomes]).toEqual(['old', 'new']);
    const names = (await world.admin.configMaps()).map(({ metadata }) => metadata?.name ?? '');
    expect(names.filter((name) => name.startsWith('poolkeeper-default-accepted-'))).toHaveLength(2);
  });

  it('is no set at all when it was the first one', async () => {
    world.simulated.failWhile({ resource: 'configmaps', verb: 'create' }, { kind: 'drop' }, 1);
    await expect(world.acceptedSet.write('first', signal)).rejects.toThrow(TransientError);

    expect(await world.acceptedSet.read(signal)).toBeUndefined();
  });
});
