import type { ReadFailure } from '../pool/observation.ts';

/** How one pass ended, as far as the time of the next one depends on it. */
export type PassOutcome =
  | { readonly kind: 'settled' }
  /** Something was begun that the next pass, a moment later, must read again. */
  | { readonly kind: 'unsettled' }
  /** Everything was read, but something could not be written: the rest of the pool goes on. */
  | { readonly kind: 'unwritten'; readonly failure: ReadFailure }
  | { readonly kind: 'failed'; readonly failure: ReadFailure };

/** What went wrong in the pass, if anything did. */
export function failureOf(outcome: PassOutcome): ReadFailure | undefined {
  return outcome.kind === 'failed' || outcome.kind === 'unwritten' ? outcome.failure : undefined;
}

export interface DelayInput {
  readonly pollIntervalMs: number;
  /** Failed passes in a row, this one included. */
  readonly failures: number;
  /** At least 0, below 1. */
  readonly random: number;
}

const unsettledMs = 1000;
const firstBackOffMs = 1000;
const longestBackOffMs = 60_000;
const permanentMs = 60_000;
/** Other jobs of the pool must not wait longer for a write that fails. */
const longestUnwrittenMs = 15_000;

/** When the pool is looked at again, in milliseconds: the only place that decides it. */
export function nextDelay(outcome: PassOutcome, { pollIntervalMs, failures, random }: DelayInput): number {
  if (outcome.kind === 'settled') return pollIntervalMs;
  if (outcome.kind === 'unsettled') return Math.min(unsettledMs, pollIntervalMs);
  const { cause, retryAfterMs = 0 } = outcome.failure;
  const jitter = 0.5 + random / 2;
  if (cause === 'permanent') return permanentMs * jitter;
  const backOff = Math.min(firstBackOffMs * 2 ** Math.min(failures - 1, 16), longestBackOffMs) * jitter;
  if (cause === 'throttled') return Math.max(retryAfterMs, backOff);
  return outcome.kind === 'unwritten' ? Math.min(backOff, longestUnwrittenMs) : backOff;
}
