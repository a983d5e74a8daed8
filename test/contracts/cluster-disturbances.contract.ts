import { describe, expect, it } from 'vitest';
import { annotations } from '../../src/pool/names.ts';
import { podNamed, seen } from './cluster-looks.ts';
import { aPod, nameOf } from './cluster-objects.ts';
import type { CreateWorld } from './cluster-world.ts';

/** What `view` promises when watches break, expire or repeat themselves. */
export function describeDisturbances(create: CreateWorld): void {
  describe('a disturbed watch', () => {
    it.each`
      disturbance      | why
      ${'dropWatches'} | ${'the connection broke'}
      ${'compact'}     | ${'its version is too old'}
    `(
      'S59: goes on when $why, without missing anything',
      async ({ disturbance }: { disturbance: 'dropWatches' | 'compact' }) => {
        const { cluster, admin, instance, disturb } = await create();
        await admin.addPod(aPod(instance, 0));
        await admin.addPod(aPod(instance, 1));
        await expect.poll(() => cluster.view().pods.length).toBe(2);

        disturb?.dropWatches();
        disturb?.[disturbance]();
        await admin.removePod(nameOf(aPod(instance, 0)));
        await admin.addPod(aPod(instance, 2));

        await expect
          .poll(
            () =>
              cluster
                .view()
                .pods.map(({ index }) => index)
                .toSorted((a, b) => a - b),
            { timeout: 15_000 },
          )
          .toEqual([1, 2]);
      },
    );

    it('S59: is not confused by events that come twice or late', async () => {
      const { cluster, admin, instance, disturb } = await create();
      const old = await admin.addPod(aPod(instance, 0));
      const gone = await admin.addPod(aPod(instance, 1));
      await admin.changePod(nameOf(old), { annotations: { [annotations.retiring]: 'drifted' } });
      await admin.removePod(nameOf(gone));
      await seen(cluster, nameOf(old), (pod) => pod?.retiring === 'drifted');
      await seen(cluster, nameOf(gone), (pod) => pod === undefined);

      disturb?.repeatEvents(old);
      disturb?.repeatEvents(gone);
      await admin.addPod(aPod(instance, 2));
      await seen(cluster, nameOf(aPod(instance, 2)), (pod) => pod !== undefined);

      expect(podNamed(cluster, nameOf(old))?.retiring).toBe('drifted');
      expect(podNamed(cluster, nameOf(gone))).toBeUndefined();
    });
  });
}
