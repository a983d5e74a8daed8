import type { PoolSpec } from '../pool/spec.ts';

/** What a pool loop works towards: one identity of the accepted set. */
export interface PoolTarget {
  readonly spec: PoolSpec;
  /** Commit of the definition in force. */
  readonly revision: string;
  /** The definition is gone: drain. */
  readonly removed: boolean;
  /** Of a removed one: a pool of the same name continues it elsewhere and keeps the claims. */
  readonly continuedUnderSameName?: boolean;
  /** It stays at its last good definition, and why. */
  readonly frozen?: string;
}
