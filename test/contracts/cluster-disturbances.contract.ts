import { describe, expect, it } from 'vitest';
import { annotations } from '../../src/pool/names.ts';
import { podNamed, seen } from './cluster-looks.ts';
import { aPod, nameOf } from './cluster-objects.ts';
import type { ClusterWorld, CreateWorld } from './cluster-world.ts';

/** What cannot be done to a server, each with the reason. */
export interface SkippedDisturbances {
  readonly compact?: string;
  readonly repeatEvents?: string;
}

/** What `view` promises when watches break, expire or repeat themselves. */
export function describeDisturbances(create: CreateWorld, skip: SkippedDisturbances): void {
  describe('a disturbed watch', () => {
    it('S59: goes on when the connection broke, without missing anything', async () => {
      const world = await create();
      await startWithTwoPods(world);

      world.disturb.dropWatches();

      await changeAndSee(world);
    });

    it.skipIf(skip.compact)(`S59: goes on when its version is too old ${skip.compact ?? ''}`, async () => {
      const world = await create();
      await startWithTwoPods(world);

      world.disturb.dropWatches();
      world.disturb.compact?.();

      await changeAndSee(world);
    });

    it.skipIf(skip.repeatEvents)(`S59: is not confused by late events ${skip.repeatEvents ?? ''}`, async () => {
      const { cluster, admin, instance, disturb } = await create();
      const old = await admin.addPod(aPod(instance, 0));
      const gone = await admin.addPod(aPod(instance, 1));
      await admin.changePod(nameOf(old), { annotations: { [annotations.retiring]: 'drifted' } });
      await admin.removePod(nameOf(gone));
      await seen(cluster, nameOf(old), (pod) => pod?.retiring === 'drifted');
      await seen(cluster, nameOf(gone), (pod) => pod === undefined);

      disturb.repeatEvents?.(old);
      disturb.repeatEvents?.(gone);
      await admin.addPod(aPod(instance, 2));
      await seen(cluster, nameOf(aPod(instance, 2)), (pod) => pod !== undefined);

      expect(podNamed(cluster, nameOf(old))?.retiring).toBe('drifted');
      expect(podNamed(cluster, nameOf(gone))).toBeUndefined();
    });
  });
}

async function startWithTwoPods({ cluster, admin, instance }: ClusterWorld): Promise<void> {
  await admin.addPod(aPod(instance, 0));
  await admin.addPod(aPod(instance, 1));
  await expect.poll(() => cluster.view().pods.length).toBe(2);
}

async function changeAndSee({ cluster, admin, instance }: ClusterWorld): Promise<void> {
  await admin.removePod(nameOf(aPod(instance, 0)));
  await admin.addPod(aPod(instance, 2));
  const indexes = () => cluster.view().pods.map(({ index }) => index);

  await expect.poll(() => indexes().toSorted((a, b) => a - b), { timeout: 15_000 }).toEqual([1, 2]);
}
