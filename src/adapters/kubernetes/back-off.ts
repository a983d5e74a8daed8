/** Growing waits with jitter, so that clients that lost a server together do not come back together. */
export interface BackOff {
  /** The wait before the next attempt, in milliseconds. */
  next(): number;
  /** What was tried works again. */
  reset(): void;
}

export function createBackOff(bounds: {
  readonly minMs: number;
  readonly maxMs: number;
  readonly random: () => number;
}): BackOff {
  let attempts = 0;
  return {
    next() {
      const full = Math.min(bounds.maxMs, bounds.minMs * 2 ** Math.min(attempts, 20));
      attempts += 1;
      return full * (0.5 + bounds.random() / 2);
    },
    reset() {
      attempts = 0;
    },
  };
}
