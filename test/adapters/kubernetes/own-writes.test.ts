import { beforeEach, describe, expect, it } from 'vitest';
import { createObjectCache, type ObjectCache } from '../../../src/adapters/kubernetes/object-cache.ts';
import { createOwnWrites, type OwnWrites } from '../../../src/adapters/kubernetes/own-writes.ts';
import type { Cached } from '../../../src/adapters/kubernetes/wire-object.ts';

const at = (name: string, resourceVersion: string, uid = name): Cached<string> => ({
  name,
  uid,
  resourceVersion,
  pool: 'linux',
  value: `${name}@${resourceVersion}`,
});

describe('own writes over the cache', () => {
  let now: number;
  let cache: ObjectCache<string>;
  let own: OwnWrites<string>;
  beforeEach(() => {
    now = 0;
    cache = createObjectCache();
    own = createOwnWrites(cache, () => now);
    cache.replace([at('a', '5')], '10');
  });

  it('shows a write until the watch shows something as new', () => {
    own.wrote(at('b', '12'));
    expect(own.values()).toEqual(['a@5', 'b@12']);

    cache.reached('11');
    expect(own.values()).toEqual(['a@5', 'b@12']);

    cache.set(at('b', '13'));
    expect(own.values()).toEqual(['a@5', 'b@13']);
  });

  it('gives way to a watch that was faster than the answer', () => {
    cache.set(at('a', '14'));

    own.wrote(at('a', '12'));

    expect(own.values()).toEqual(['a@14']);
  });

  it('lets an object go that was deleted after our write', () => {
    own.wrote(at('b', '12'));

    cache.remove({ name: 'b', uid: 'b', resourceVersion: '13' });

    expect(own.values()).toEqual(['a@5']);
  });

  it('hides what we removed until the watch has shown it, also when the answer gave no version', () => {
    own.removed({ name: 'a', uid: 'a' });
    expect(own.values()).toEqual([]);

    cache.set(at('a', '11'));
    expect(own.values()).toEqual([]);

    cache.remove({ name: 'a', uid: 'a', resourceVersion: '12' });
    expect(own.values()).toEqual([]);
  });

  it('shows a new object of a name that we removed', () => {
    own.removed({ name: 'a', uid: 'a', resourceVersion: '11' });
    own.wrote(at('a', '12', 'a2'));
    own.removed({ name: 'a', uid: 'a' });

    expect(own.values()).toEqual(['a@12']);
  });

  it('takes a write back that the watch never shows', () => {
    own.wrote(at('b', '12'));
    own.removed({ name: 'a', uid: 'a' });

    now = 180_001;

    expect(own.values()).toEqual(['a@5']);
  });

  it('keeps a write for as long as a cache that does not move may be planned on, so that no pod is created twice', () => {
    own.wrote(at('b', '12'));
    own.removed({ name: 'a', uid: 'a' });

    now = 150_000;

    expect(own.values()).toEqual(['b@12']);
  });

  it.each`
    version      | known                   | why
    ${'9'}       | ${['a@5']}              | ${'older than the list that did not hold it'}
    ${'100'}     | ${['a@5', 'b@100']}     | ${'a version with more digits is newer'}
    ${'unknown'} | ${['a@5', 'b@unknown']} | ${'what cannot be compared is believed'}
  `('takes a change or leaves it: $why', ({ version, known }) => {
    cache.set(at('b', version));

    expect(cache.values().map(({ value }) => value)).toEqual(known);
  });

  it('never brings a deleted object back by a late change', () => {
    cache.remove({ name: 'a', uid: 'a', resourceVersion: '12' });

    expect(cache.set(at('a', '11'))).toBe(false);
    expect(cache.set(at('a', '12'))).toBe(false);
    expect(cache.values()).toEqual([]);
  });

  it('takes an object back whose labels are ours again', () => {
    cache.remove({ name: 'a', uid: 'a', resourceVersion: '12' });

    expect(cache.set(at('a', '13'))).toBe(true);
    expect(cache.values()).toMatchObject([{ value: 'a@13' }]);
  });

  it('names the pools that a new list changes', () => {
    cache.replace([at('a', '5'), { ...at('b', '6'), pool: 'windows' }], '20');

    expect([...cache.replace([at('a', '21')], '22')].toSorted((a, b) => a.localeCompare(b))).toEqual([
      'linux',
      'windows',
    ]);
    expect([...cache.replace([at('a', '21')], '23')]).toEqual([]);
  });
});
