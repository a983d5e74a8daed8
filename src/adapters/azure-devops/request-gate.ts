import { ThrottledError } from '../../ports/errors.ts';

/** Holds back the calls of an identity while a Retry-After of it runs. Shared by everything that uses the credential. */
export interface RequestGate {
  /** Throws `ThrottledError` with the time that is left. */
  check(identity: string): void;
  /** A shorter wait never ends a longer one. */
  hold(identity: string, ms: number): void;
}

export function createRequestGate(clock: { monotonic(): number }): RequestGate {
  const heldUntil = new Map<string, number>();
  return {
    check(identity) {
      const until = heldUntil.get(identity);
      if (until === undefined) return;
      const remainingMs = until - clock.monotonic();
      if (remainingMs > 0) throw new ThrottledError(remainingMs);
      heldUntil.delete(identity);
    },
    hold(identity, ms) {
      const until = clock.monotonic() + ms;
      heldUntil.set(identity, Math.max(until, heldUntil.get(identity) ?? until));
    },
  };
}
