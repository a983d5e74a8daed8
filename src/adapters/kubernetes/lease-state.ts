import type { V1Lease } from '@kubernetes/client-node';

/** What a lease says and since when we have seen it say so, on our own monotonic clock. */
export interface SeenLease {
  readonly mark: string;
  readonly seenAt: number;
}

export interface LeaseClaim {
  readonly identity: string;
  readonly now: number;
  readonly durationMs: number;
}

/** Whether the lease may be taken: it is ours, given up, or nobody has renewed it for as long as it holds. */
export function mayTake(lease: V1Lease, seen: SeenLease, { identity, now, durationMs }: LeaseClaim): boolean {
  const holder = lease.spec?.holderIdentity ?? '';
  if (holder === '' || holder === identity) return true;
  return now - seen.seenAt > durationMs;
}

/** Only a change counts as a renewal: clocks of other machines are never compared with ours. */
export function noteLease(lease: V1Lease, seen: SeenLease | undefined, now: number): SeenLease {
  const mark = `${lease.spec?.holderIdentity}/${lease.metadata?.resourceVersion}`;
  return seen?.mark === mark ? seen : { mark, seenAt: now };
}
