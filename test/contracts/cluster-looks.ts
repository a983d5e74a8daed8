import { expect, vi } from 'vitest';
import type { AgentPod } from '../../src/pool/observation.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { aPod, nameOf } from './cluster-objects.ts';
import type { ClusterWorld } from './cluster-world.ts';

export function podNamed(cluster: Cluster, name: string): AgentPod | undefined {
  return cluster.view().pods.find((pod) => pod.name === name);
}

/** Waits until the view shows it. */
export function seen(
  cluster: Cluster,
  name: string,
  holds: (pod: AgentPod | undefined) => boolean,
): Promise<AgentPod | undefined> {
  return vi.waitFor(
    () => {
      const pod = podNamed(cluster, name);
      expect(holds(pod)).toBe(true);
      return pod;
    },
    { timeout: 10_000, interval: 10 },
  );
}

/** A pod of ours that the cache holds, with a node so that a deletion takes its grace. */
export async function placedPod(world: ClusterWorld, index = 0): Promise<AgentPod> {
  const name = nameOf(aPod(world.instance, index));
  await world.cluster.createPod(aPod(world.instance, index), new AbortController().signal);
  await world.admin.bindPod(name);
  const pod = await seen(world.cluster, name, (found) => found?.scheduled === true);
  if (!pod) throw new Error(`pod ${name} was not seen`);
  return pod;
}
