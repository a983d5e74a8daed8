import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ConflictError } from '../../src/ports/errors.ts';
import { nameOf } from './cluster-objects.ts';
import type { ClusterWorld, CreateWorld } from './cluster-world.ts';

/** Every promise of `AcceptedSetStore`. */
export function describeAcceptedSet(create: CreateWorld): void {
  const { signal } = new AbortController();

  describe('AcceptedSetStore', () => {
    it('has nothing at first, and then what was written last', async () => {
      const world = await create();

      expect(await world.acceptedSet.read(signal)).toBeUndefined();
      await world.acceptedSet.write('first', signal);
      await world.acceptedSet.write('second', signal);

      expect(await world.acceptedSet.read(signal)).toBe('second');
      expect(await (await world.connect()).acceptedSet.read(signal)).toBe('second');
    });

    it('keeps instances apart, and nothing of what was replaced', async () => {
      const world = await create();
      const other = await world.connect(`${world.instance}-b`);
      await other.acceptedSet.write('other', signal);
      await world.acceptedSet.write('first', signal);
      const before = await ownConfigMaps(world);

      await world.acceptedSet.write('second', signal);

      expect(await ownConfigMaps(world)).toHaveLength(before.length);
      expect(await other.acceptedSet.read(signal)).toBe('other');
    });

    it('holds more than one object may', async () => {
      const { acceptedSet } = await create();
      const text = randomBytes(1_200_000).toString('base64');

      await acceptedSet.write(text, signal);

      expect(await acceptedSet.read(signal)).toBe(text);
    });

    it.each`
      damage      | why
      ${'remove'} | ${'a chunk is gone'}
      ${'change'} | ${'a chunk is another one'}
    `('throws when $why, until it is written again', async ({ damage }) => {
      const world = await create();
      await world.acceptedSet.write('first', signal);
      const chunk = (await ownConfigMaps(world)).find(({ binaryData }) => binaryData !== undefined);
      if (damage === 'remove') await world.admin.removeConfigMap(nameOf(chunk ?? {}));
      else await world.admin.changeConfigMap({ ...chunk, binaryData: { chunk: 'AAAA' } });

      await expect(world.acceptedSet.read(signal)).rejects.toThrow(/damaged/);
      await world.acceptedSet.write('second', signal);

      expect(await world.acceptedSet.read(signal)).toBe('second');
    });

    it('lets one of two writers win, whole', async () => {
      const world = await create();
      const other = await world.connect();
      await world.acceptedSet.write('before', signal);

      const results = await Promise.allSettled([
        world.acceptedSet.write('from one', signal),
        other.acceptedSet.write('from the other', signal),
      ]);

      const winner = await world.acceptedSet.read(signal);
      expect(['from one', 'from the other']).toContain(winner);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ConflictError);
    });

    async function ownConfigMaps({ admin, instance }: ClusterWorld) {
      const all = await admin.configMaps();
      return all.filter((map) => nameOf(map).startsWith(`poolkeeper-${instance}-accepted-`));
    }
  });
}
