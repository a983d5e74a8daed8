import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { nextDelay } from './next-delay.ts';
import { readFailure } from './read-failure.ts';

export interface UntilDonePorts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told the latest failure, and undefined once it is done. */
  readonly failed: (message: string | undefined) => void;
}

/** Tries again until it succeeds or the signal aborts; undefined then. A failure is logged when it is a new one. */
export async function untilDone<T>(
  { clock, logger, failed }: UntilDonePorts,
  work: () => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  let last: string | undefined;
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      const result = await work();
      failed(undefined);
      return result;
    } catch (error) {
      const failure = readFailure(error);
      if (signal.aborted) break;
      failed(failure.message);
      if (failure.message !== last) logger.warn({ error: failure.message }, 'waiting to start');
      last = failure.message;
      const delay = nextDelay({ kind: 'failed', failure }, { pollIntervalMs: 0, failures, random: clock.random() });
      await clock.sleep(Math.min(delay, 15_000), signal);
    }
  }
  return undefined;
}
