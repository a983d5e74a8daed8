import { describe, expect, it } from 'vitest';
import { annotations } from '../../src/pool/names.ts';
import { ConflictError } from '../../src/ports/errors.ts';
import { placedPod, podNamed } from './cluster-looks.ts';
import { aClaim, aPod, nameOf } from './cluster-objects.ts';
import type { CreateWorld } from './cluster-world.ts';

/** What annotating and deleting promises. */
export function describeChanges(create: CreateWorld): void {
  const { signal } = new AbortController();

  describe('annotatePod', () => {
    it('merges and removes annotations, visible at once', async () => {
      const world = await create();
      const pod = await placedPod(world);

      await world.cluster.annotatePod(pod, { [annotations.retiring]: 'drifted' }, signal);
      const marked = podNamed(world.cluster, pod.name);
      await world.cluster.annotatePod({ name: pod.name, uid: pod.uid }, { [annotations.retiring]: null }, signal);

      expect(marked?.retiring).toBe('drifted');
      expect(podNamed(world.cluster, pod.name)?.retiring).toBeUndefined();
      expect((await world.admin.findPod(pod.name))?.metadata?.annotations?.[annotations.reason]).toBe('queued-jobs');
    });

    it('is a conflict for another pod of that name, a pod that changed, and one that is gone', async () => {
      const world = await create();
      const pod = await placedPod(world);
      const mark = { [annotations.retiring]: 'drifted' };
      await world.admin.changePod(pod.name, { annotations: { note: 'x' } });

      await expect(world.cluster.annotatePod(pod, mark, signal)).rejects.toThrow(ConflictError);
      const other = { name: pod.name, uid: '11111111-1111-4111-8111-111111111111' };
      await expect(world.cluster.annotatePod(other, mark, signal)).rejects.toThrow(ConflictError);
      await world.admin.removePod(pod.name);
      await expect(world.cluster.annotatePod({ name: pod.name, uid: pod.uid }, mark, signal)).rejects.toThrow(
        ConflictError,
      );
      expect(podNamed(world.cluster, pod.name)?.retiring).toBeUndefined();
    });
  });

  describe('deletePod', () => {
    it('shows the deadline of a pod with grace at once', async () => {
      const world = await create();
      const pod = await placedPod(world);

      await world.cluster.deletePod(pod, 30, signal);

      const view = world.cluster.view();
      const deadline = podNamed(world.cluster, pod.name)?.deletionDeadline ?? 0;
      expect(Math.abs(deadline - view.serverTime - 30_000)).toBeLessThan(5000);
    });

    it.each`
      graceSeconds | placed   | why
      ${0}         | ${true}  | ${'no grace'}
      ${30}        | ${false} | ${'a pod that never had a node has nothing to end'}
    `('takes the pod out of the view at once: $why', async ({ graceSeconds, placed }) => {
      const world = await create();
      const name = nameOf(aPod(world.instance, 0));
      if (placed) await placedPod(world);
      else await world.cluster.createPod(aPod(world.instance, 0), signal);
      const uid = podNamed(world.cluster, name)?.uid ?? '';

      await world.cluster.deletePod({ name, uid }, graceSeconds, signal);

      expect(world.cluster.view().pods).toEqual([]);
      expect(await world.admin.findPod(name)).toBeUndefined();
    });

    it('counts an absent pod, and one that is already being deleted, as done', async () => {
      const world = await create();
      const pod = await placedPod(world);

      await world.cluster.deletePod(pod, 30, signal);
      await world.cluster.deletePod(pod, 30, signal);
      await world.admin.removePod(pod.name);
      await world.cluster.deletePod(pod, 30, signal);

      expect(podNamed(world.cluster, pod.name)).toBeUndefined();
    });

    it('is a conflict for another pod of that name and for a pod that changed, and deletes neither', async () => {
      const world = await create();
      const pod = await placedPod(world);
      await world.admin.changePod(pod.name, { annotations: { note: 'x' } });

      const other = { name: pod.name, uid: '11111111-1111-4111-8111-111111111111' };
      await expect(world.cluster.deletePod(other, 0, signal)).rejects.toThrow(ConflictError);
      await expect(world.cluster.deletePod(pod, 0, signal)).rejects.toThrow(ConflictError);

      expect((await world.admin.findPod(pod.name))?.metadata?.deletionTimestamp).toBeUndefined();
      expect(podNamed(world.cluster, pod.name)?.deletionDeadline).toBeUndefined();
    });

    it('lets a new pod of the same name be created and seen at once', async () => {
      const world = await create();
      const pod = await placedPod(world);

      await world.cluster.deletePod(pod, 0, signal);
      await world.cluster.createPod(aPod(world.instance, 0), signal);

      const again = podNamed(world.cluster, pod.name);
      expect(again?.uid).not.toBe(pod.uid);
      expect(again?.scheduled).toBe(false);
    });
  });

  describe('deleteClaim', () => {
    it('shows a claim that waits for its users as terminating, and refuses another uid', async () => {
      const { cluster, instance } = await create();
      await cluster.createClaim(aClaim(instance, 0), signal);
      const [claim] = cluster.view().claims;
      const name = claim?.name ?? '';

      await expect(cluster.deleteClaim({ name, uid: '11111111-1111-4111-8111-111111111111' }, signal)).rejects.toThrow(
        ConflictError,
      );
      await cluster.deleteClaim({ name, uid: claim?.uid ?? '' }, signal);

      expect(cluster.view().claims).toMatchObject([{ name, terminating: true }]);
    });

    it('counts an absent claim as done', async () => {
      const { cluster, instance } = await create();

      await cluster.deleteClaim({ name: `${instance}-absent`, uid: 'x' }, signal);

      expect(cluster.view().claims).toEqual([]);
    });
  });
}
