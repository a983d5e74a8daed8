import type { KubeObject } from './kube-object.ts';

export interface StoreEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: string;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
  readonly version: number;
}

/** Versioned objects with a history of changes, as etcd keeps them: one counter for everything. */
export interface ObjectStore {
  version(): number;
  /** Changes at or before this version are forgotten: a watch from an older one gets 410. */
  compactedVersion(): number;
  list(collection: string, namespace?: string): readonly KubeObject[];
  get(collection: string, place: ObjectPlace): KubeObject | undefined;
  /** Adds or replaces; stamps the resourceVersion. */
  put(collection: string, object: KubeObject): KubeObject;
  remove(collection: string, object: KubeObject): KubeObject;
  /** Changes after that version, oldest first. */
  changesSince(version: number): readonly StoreEvent[];
  subscribe(listener: (event: StoreEvent) => void): () => void;
  /** Forgets the whole history, so that every watch that starts again must list first. */
  readonly compact: () => void;
}

export interface ObjectPlace {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export function createObjectStore(historyLength: number): ObjectStore {
  const collections = new Map<string, Map<string, KubeObject>>();
  const listeners = new Set<(event: StoreEvent) => void>();
  let history: StoreEvent[] = [];
  let version = 1;
  let compacted = 0;

  function collection(name: string): Map<string, KubeObject> {
    if (!collections.has(name)) collections.set(name, new Map());
    return collections.get(name) ?? new Map();
  }

  function publish(event: StoreEvent): void {
    history.push(event);
    if (history.length > historyLength) {
      const forgotten = history.splice(0, history.length - historyLength);
      compacted = forgotten.at(-1)?.version ?? compacted;
    }
    for (const listener of listeners) listener(event);
  }

  function stamp(object: KubeObject): KubeObject {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  }

  return {
    version: () => version,
    compactedVersion: () => compacted,
    list(name, namespace) {
      const all = [...collection(name).values()];
      const chosen = namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace);
      return chosen.toSorted((a, b) => (placeKey(a.metadata) < placeKey(b.metadata) ? -1 : 1));
    },
    get: (name, place) => collection(name).get(placeKey(place)),
    put(name, object) {
      const stamped = stamp(object);
      const previous = collection(name).get(placeKey(object.metadata));
      collection(name).set(placeKey(object.metadata), stamped);
      publish({ type: previous ? 'MODIFIED' : 'ADDED', collection: name, object: stamped, previous, version });
      return stamped;
    },
    remove(name, object) {
      const stamped = stamp(object);
      collection(name).delete(placeKey(object.metadata));
      publish({ type: 'DELETED', collection: name, object: stamped, previous: object, version });
      return stamped;
    },
    changesSince: (after) => history.filter((event) => event.version > after),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact() {
      version += 1;
      compacted = version;
      history = [];
    },
  };
}

function placeKey(place: ObjectPlace): string {
  return `${place.namespace ?? ''}/${place.name}`;
}
