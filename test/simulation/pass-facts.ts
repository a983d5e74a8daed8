import type { PoolSpec } from '../../src/pool/spec.ts';

/** What is true of one pass of one controller: what it may do depends on it. */
export interface PassFacts {
  /** Counts the passes of all controllers. */
  readonly number: number;
  readonly startedAt: number;
  /** The definition when it began; it may change on the way. */
  readonly spec: PoolSpec;
  readonly removed: boolean;
  /** Pods alive when it began. */
  readonly alivePods: number;
  /** A server's clock jumped since the pass before. */
  readonly clockJumped: boolean;
  /** What could not be read in it. */
  readonly unread: Set<'agents' | 'jobs'>;
  cacheAgeMs: number;
  /** Pods that it saw, by uid. */
  seenPods: ReadonlySet<string>;
}
