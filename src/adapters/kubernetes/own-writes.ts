import type { ObjectCache } from './object-cache.ts';
import { type Cached, isOlderVersion } from './wire-object.ts';

/** Our own writes that the watch has not shown yet, laid over the cache. */
export interface OwnWrites<T> {
  /** Created or changed: as the server answered. */
  wrote(object: Cached<T>): void;
  /** Gone at once. */
  removed(identity: {
    readonly name: string;
    readonly uid: string;
    readonly resourceVersion?: string | undefined;
  }): void;
  /** Cache and own writes together. */
  values(): readonly T[];
}

type OwnWrite<T> =
  | { readonly kind: 'wrote'; readonly object: Cached<T>; readonly at: number }
  | {
      readonly kind: 'removed';
      readonly uid: string;
      readonly resourceVersion: string | undefined;
      readonly at: number;
    };

/**
 * A write that the watch does not show in this time is taken back: the cache is right in the end. Longer than a stale
 * cache is planned on (150 s), or the plan would miss pods of ours and exceed the cap.
 */
const keptMs = 180_000;

export function createOwnWrites<T>(cache: ObjectCache<T>, monotonic: () => number): OwnWrites<T> {
  const writes = new Map<string, OwnWrite<T>>();

  function isShown(name: string, write: OwnWrite<T>): boolean {
    if (monotonic() - write.at > keptMs) return true;
    if (write.kind === 'wrote') return !isOlderVersion(cache.version(), write.object.resourceVersion);
    const passed = write.resourceVersion !== undefined && !isOlderVersion(cache.version(), write.resourceVersion);
    return passed && cache.get(name)?.uid !== write.uid;
  }

  function forgetShown(): void {
    for (const [name, write] of writes) if (isShown(name, write)) writes.delete(name);
  }

  return {
    wrote: (object) => void writes.set(object.name, { kind: 'wrote', object, at: monotonic() }),
    removed({ name, uid, resourceVersion }) {
      const write = writes.get(name);
      // Another object of that name, created since, stays.
      if (write?.kind === 'wrote' && write.object.uid !== uid) return;
      writes.set(name, { kind: 'removed', uid, resourceVersion, at: monotonic() });
    },
    values() {
      forgetShown();
      if (writes.size === 0) return cache.values().map(({ value }) => value);
      const merged = new Map(cache.values().map((object) => [object.name, object]));
      for (const [name, write] of writes) {
        if (write.kind === 'wrote') merged.set(name, write.object);
        else if (merged.get(name)?.uid === write.uid) merged.delete(name);
      }
      return [...merged.values()].map(({ value }) => value);
    },
  };
}
