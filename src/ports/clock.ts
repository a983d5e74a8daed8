/** Time, sleep and chance, so that tests can step them. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  now(): number;
  /** Monotonic clock, milliseconds; only differences mean anything. */
  monotonic(): number;
  /** Resolves after that time (or after 24 days, if it is longer), or early when the signal aborts. Never rejects. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** At least 0, below 1. */
  random(): number;
}
