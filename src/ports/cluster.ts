import type { V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import type { PodTarget } from '../pool/actions.ts';
import type { ObservedCluster } from '../pool/observation.ts';

/** All own pods and claims of this instance, from the watch cache with own writes laid over it. */
export interface ClusterView extends ObservedCluster {
  /** Milliseconds since the cache was last proven fresh; Infinity before the first list. */
  readonly ageMs: number;
  /** The API server's clock now: its last `Date` header plus the time since. */
  readonly serverTime: number;
}

/** `created`, `exists` (ours already: done), or `name-taken` by an object that is not ours. */
export type CreateResult = 'created' | 'exists' | 'name-taken';

/**
 * The agents' namespace. Methods that reach the API server throw `PermanentError` (forbidden, invalid), `ThrottledError`
 * (429), `TransientError` (5xx, transport) or `ConflictError` (the object changed: uid or resourceVersion).
 */
export interface Cluster {
  /** Never waits. Sees only objects that carry the labels of this instance. */
  view(): ClusterView;

  /** Calls back with the pool's name when one of its pods or claims changed. Returns a function that ends it. */
  onChange(listener: (pool: string) => void): () => void;

  createPod(pod: V1Pod, signal: AbortSignal): Promise<CreateResult>;

  createClaim(claim: V1PersistentVolumeClaim, signal: AbortSignal): Promise<CreateResult>;

  /** Whether any claim of that name exists, ours or not, and is not being deleted. */
  claimExists(name: string, signal: AbortSignal): Promise<boolean>;

  /** Merges annotations; null removes one. Throws `ConflictError` when the pod is another one or gone. */
  annotatePod(pod: PodTarget, annotations: Readonly<Record<string, string | null>>, signal: AbortSignal): Promise<void>;

  /** Deletes exactly that pod. Absent, or already being deleted, counts as done. */
  deletePod(pod: PodTarget, graceSeconds: number, signal: AbortSignal): Promise<void>;

  /** Deletes exactly that claim. Absent counts as done. */
  deleteClaim(claim: { readonly name: string; readonly uid: string }, signal: AbortSignal): Promise<void>;

  /** Decoded values; undefined when there is no such Secret. */
  readSecret(name: string, signal: AbortSignal): Promise<Readonly<Record<string, string>> | undefined>;

  /** The uid of the agents' namespace. */
  namespaceUid(signal: AbortSignal): Promise<string>;
}

/** Where the accepted set outlives the process: text, stored compressed. Written whole or not at all. */
export interface AcceptedSetStore {
  /** undefined when nothing was ever stored. Throws when something is there but cannot be read. */
  read(signal: AbortSignal): Promise<string | undefined>;
  write(text: string, signal: AbortSignal): Promise<void>;
}
