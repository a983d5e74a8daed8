import { describe, expect, it } from 'vitest';
import { labels } from '../../src/pool/names.ts';
import { PermanentError } from '../../src/ports/errors.ts';
import { aClaim, aForeignPod, aPod, nameOf } from './cluster-objects.ts';
import type { CreateWorld } from './cluster-world.ts';

/** What creating and reading single objects promises. */
export function describeCreation(create: CreateWorld): void {
  const { signal } = new AbortController();

  describe('createPod', () => {
    it('shows the pod at once, before any watch event', async () => {
      const { cluster, instance } = await create();

      const result = await cluster.createPod(aPod(instance, 0), signal);

      expect(result).toBe('created');
      expect(cluster.view().pods).toMatchObject([{ name: nameOf(aPod(instance, 0)), index: 0, phase: 'Pending' }]);
    });

    it('is done when the pod is there already', async () => {
      const world = await create();
      await world.admin.addPod(aPod(world.instance, 0));

      expect(await world.cluster.createPod(aPod(world.instance, 0), signal)).toBe('exists');
      expect(world.cluster.view().pods).toHaveLength(1);
    });

    it('S67: reports a name that a foreign pod has, and leaves that pod alone', async () => {
      const { cluster, admin, instance } = await create();
      const foreign = await admin.addPod(aForeignPod(nameOf(aPod(instance, 0))));
      const otherInstance = aPod(instance, 1);
      await admin.addPod({
        ...otherInstance,
        metadata: {
          ...otherInstance.metadata,
          labels: { ...otherInstance.metadata?.labels, [labels.instance]: 'other' },
        },
      });

      expect(await cluster.createPod(aPod(instance, 0), signal)).toBe('name-taken');
      expect(await cluster.createPod(aPod(instance, 1), signal)).toBe('name-taken');
      expect(cluster.view().pods).toEqual([]);
      expect((await admin.findPod(nameOf(foreign)))?.metadata?.resourceVersion).toBe(foreign.metadata?.resourceVersion);
    });

    it('needs a person for a pod that the server finds invalid, with its words', async () => {
      const { cluster, instance } = await create();
      const body = { ...aPod(instance, 0), spec: { containers: [] } };

      const failure = cluster.createPod(body, signal);

      await expect(failure).rejects.toThrow(PermanentError);
      await expect(failure).rejects.toThrow(/spec.containers/);
    });
  });

  describe('createClaim and claimExists', () => {
    it('creates once, is done the second time, and reports a foreign name', async () => {
      const { cluster, admin, instance } = await create();
      const foreign = aClaim(instance, 1);
      await admin.addClaim({ ...foreign, metadata: { name: nameOf(foreign) } });

      expect(await cluster.createClaim(aClaim(instance, 0), signal)).toBe('created');
      expect(cluster.view().claims).toMatchObject([{ name: nameOf(aClaim(instance, 0)), terminating: false }]);
      expect(await cluster.createClaim(aClaim(instance, 0), signal)).toBe('exists');
      expect(await cluster.createClaim(foreign, signal)).toBe('name-taken');
    });

    it('knows any claim that is not being deleted, ours or not', async () => {
      const { cluster, admin, instance } = await create();
      const own = aClaim(instance, 0);
      await admin.addClaim(own);
      const foreign = await admin.addClaim({ ...aClaim(instance, 1), metadata: { name: `${instance}-shared` } });

      expect(await cluster.claimExists(nameOf(own), signal)).toBe(true);
      expect(await cluster.claimExists(nameOf(foreign), signal)).toBe(true);
      expect(await cluster.claimExists(`${instance}-absent`, signal)).toBe(false);
      await cluster.deleteClaim(
        { name: nameOf(own), uid: (await admin.findClaim(nameOf(own)))?.metadata?.uid ?? '' },
        signal,
      );
      expect(await cluster.claimExists(nameOf(own), signal)).toBe(false);
    });
  });

  describe('readSecret and namespaceUid', () => {
    it('decodes values, and knows that a Secret is not there', async () => {
      const { cluster, admin, instance } = await create();
      await admin.addSecret(`${instance}-pat`, { token: 'sécret\n' });

      expect(await cluster.readSecret(`${instance}-pat`, signal)).toEqual({ token: 'sécret\n' });
      expect(await cluster.readSecret(`${instance}-absent`, signal)).toBeUndefined();
    });

    it('gives the same uid each time', async () => {
      const { cluster } = await create();

      const uid = await cluster.namespaceUid(signal);

      expect(uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(await cluster.namespaceUid(signal)).toBe(uid);
    });
  });

  it('ends every call with the reason of the signal', async () => {
    const { cluster, instance } = await create();
    const stopped = AbortSignal.abort(new Error('stopping'));

    await expect(cluster.createPod(aPod(instance, 0), stopped)).rejects.toThrow('stopping');
    await expect(cluster.readSecret('x', stopped)).rejects.toThrow('stopping');
  });
}
