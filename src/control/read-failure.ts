import type { ReadFailure, Reading } from '../pool/observation.ts';
import { PermanentError, ThrottledError } from '../ports/errors.ts';

/** What went wrong, by what happens next. Anything unknown is likely to pass. */
export function readFailure(error: unknown): ReadFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof PermanentError) return { kind: 'failed', cause: 'permanent', message };
  if (error instanceof ThrottledError) {
    return { kind: 'failed', cause: 'throttled', message, retryAfterMs: error.retryAfterMs };
  }
  return { kind: 'failed', cause: 'transient', message };
}

/** Runs one read; its failure becomes data, so that it can never be taken for an empty answer. */
export async function reading<T>(read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { kind: 'read', value: await read() };
  } catch (error) {
    return readFailure(error);
  }
}
