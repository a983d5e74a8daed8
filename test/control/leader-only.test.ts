import { describe, expect, it } from 'vitest';
import { leaderOnlyAzureDevOps, leaderOnlyCluster, leaderOnlyStore } from '../../src/control/leader-only.ts';
import { ConflictError } from '../../src/ports/errors.ts';
import { MemoryCluster } from '../support/memory-cluster.ts';
import { PoolWorld } from '../support/pool-world.ts';

/** Keeps its state in itself, as a real election does. */
class Switch {
  leads = true;
  holds(): boolean {
    return this.leads;
  }
}

const { signal } = new AbortController();

describe('S58: only the leader writes', () => {
  const leadership = new Switch();
  const world = new PoolWorld();
  const { connection } = world.spec;
  const azureDevOps = leaderOnlyAzureDevOps(world.azureDevOps, leadership);
  const cluster = leaderOnlyCluster(new MemoryCluster(() => 0, 'default'), leadership);
  const store = leaderOnlyStore({ read: async () => 'text', write: async () => undefined }, leadership);
  const placeholder = { name: 'x', capabilities: {} };
  const pod = { name: 'x', uid: 'x' };

  it.each([
    ['setAgentEnabled', () => azureDevOps.setAgentEnabled(connection, { id: 1, name: 'x', enabled: true }, signal)],
    ['deregisterAgent', () => azureDevOps.deregisterAgent(connection, 1, signal)],
    ['registerPlaceholder', () => azureDevOps.registerPlaceholder(connection, placeholder, signal)],
    ['renewPlaceholder', () => azureDevOps.renewPlaceholder(connection, 1, signal)],
    ['createPod', () => cluster.createPod({ metadata: { name: 'x' } }, signal)],
    ['createClaim', () => cluster.createClaim({ metadata: { name: 'x' } }, signal)],
    ['annotatePod', () => cluster.annotatePod(pod, {}, signal)],
    ['deletePod', () => cluster.deletePod(pod, 0, signal)],
    ['deleteClaim', () => cluster.deleteClaim(pod, signal)],
    ['write of the accepted set', () => store.write('text', signal)],
  ])('%s is refused once the lease does not hold', async (_name, write) => {
    leadership.leads = false;
    await expect(write()).rejects.toThrow('another replica leads now');
    await expect(write()).rejects.toBeInstanceOf(ConflictError);
  });

  it('reads go on, and writes do while the lease holds', async () => {
    leadership.leads = false;
    expect((await azureDevOps.listAgents(connection, signal)).value).toEqual([]);
    expect(cluster.view().pods).toEqual([]);
    expect(await store.read(signal)).toBe('text');
    leadership.leads = true;
    expect(await cluster.createPod({ metadata: { name: 'x' } }, signal)).toBe('created');
  });
});
