import { type Cached, isOlderVersion, newerVersion } from './wire-object.ts';

/** Objects of one kind as the server last showed them. */
export interface ObjectCache<T> {
  /** Takes a whole list. Returns the pools in which something differs. */
  replace(objects: readonly Cached<T>[], version: string): ReadonlySet<string>;
  /** Takes a change; false when it is old news. */
  set(object: Cached<T>): boolean;
  remove(identity: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion: string;
  }): Cached<T> | undefined;
  /** The watch has shown everything up to this version. */
  reached(version: string): void;
  version(): string;
  get(name: string): Cached<T> | undefined;
  values(): readonly Cached<T>[];
}

export function createObjectCache<T>(): ObjectCache<T> {
  let objects = new Map<string, Cached<T>>();
  /**
   * uid → version of what went since the last list. A change that arrives late must not bring it back; a newer one may,
   * when its labels are ours again.
   */
  let goneAt = new Map<string, string>();
  let listVersion = '0';
  let seenVersion = '0';
  let valuesNow: readonly Cached<T>[] | undefined;

  function isOldNews({ name, uid, resourceVersion }: Pick<Cached<T>, 'name' | 'uid' | 'resourceVersion'>): boolean {
    const known = objects.get(name);
    const gone = goneAt.get(uid);
    if (gone !== undefined && !isOlderVersion(gone, resourceVersion)) return true;
    if (isOlderVersion(resourceVersion, listVersion)) return true;
    return known !== undefined && isOlderVersion(resourceVersion, known.resourceVersion);
  }

  return {
    replace(listed, version) {
      const before = objects;
      objects = new Map(listed.map((object) => [object.name, object]));
      goneAt = new Map();
      listVersion = version;
      seenVersion = version;
      valuesNow = undefined;
      return changedPools(before, objects);
    },
    set(object) {
      if (isOldNews(object)) return false;
      seenVersion = newerVersion(seenVersion, object.resourceVersion);
      objects.set(object.name, object);
      valuesNow = undefined;
      return true;
    },
    remove(identity) {
      const known = objects.get(identity.name);
      goneAt.set(identity.uid, identity.resourceVersion);
      seenVersion = newerVersion(seenVersion, identity.resourceVersion);
      if (known?.uid !== identity.uid) return undefined;
      objects.delete(identity.name);
      valuesNow = undefined;
      return known;
    },
    reached(version) {
      seenVersion = newerVersion(seenVersion, version);
    },
    version: () => seenVersion,
    get: (name) => objects.get(name),
    values: () => (valuesNow ??= [...objects.values()]),
  };
}

function changedPools<T>(
  before: ReadonlyMap<string, Cached<T>>,
  after: ReadonlyMap<string, Cached<T>>,
): ReadonlySet<string> {
  const pools = new Set<string>();
  for (const object of before.values()) if (!after.has(object.name)) pools.add(object.pool);
  for (const object of after.values()) {
    const old = before.get(object.name);
    if (old?.uid !== object.uid || old.resourceVersion !== object.resourceVersion) pools.add(object.pool);
  }
  return pools;
}
