import { describe, expect, it } from 'vitest';
import { nextDelay, type PassOutcome } from '../../src/control/next-delay.ts';

const settled: PassOutcome = { kind: 'settled' };
const unsettled: PassOutcome = { kind: 'unsettled' };
const failed = (cause: 'permanent' | 'throttled' | 'transient', retryAfterMs?: number): PassOutcome => ({
  kind: 'failed',
  failure: { kind: 'failed', cause, message: 'x', ...(retryAfterMs !== undefined && { retryAfterMs }) },
});
const unwritten = (cause: 'throttled' | 'transient', retryAfterMs?: number): PassOutcome => {
  const outcome = failed(cause, retryAfterMs);
  return outcome.kind === 'failed' ? { ...outcome, kind: 'unwritten' } : outcome;
};

describe('the time of the next pass', () => {
  it.each`
    outcome                           | failures | random | delay     | why
    ${settled}                        | ${0}     | ${0}   | ${5000}   | ${'nothing to hurry for'}
    ${unsettled}                      | ${0}     | ${0}   | ${1000}   | ${'what was begun is read again a moment later'}
    ${failed('transient')}            | ${1}     | ${1}   | ${1000}   | ${'the first failure may pass at once'}
    ${failed('transient')}            | ${4}     | ${1}   | ${8000}   | ${'doubled with each failure'}
    ${failed('transient')}            | ${99}    | ${1}   | ${60_000} | ${'never longer than a minute'}
    ${failed('transient')}            | ${99}    | ${0}   | ${30_000} | ${'jitter takes at most half'}
    ${failed('throttled', 30_000)}    | ${1}     | ${0}   | ${30_000} | ${'at least what the server asked for'}
    ${failed('throttled', 100)}       | ${5}     | ${1}   | ${16_000} | ${'a short wait does not undo the back-off'}
    ${failed('permanent')}            | ${1}     | ${1}   | ${60_000} | ${'a person must act'}
    ${unwritten('transient')}         | ${9}     | ${1}   | ${15_000} | ${'the rest of the pool must not wait for one write'}
    ${unwritten('throttled', 90_000)} | ${1}     | ${0}   | ${90_000} | ${'a wait that was asked for is kept'}
  `('$outcome.kind after $failures failures: $delay ms, because $why', ({ outcome, failures, random, delay }) => {
    expect(nextDelay(outcome, { pollIntervalMs: 5000, failures, random })).toBe(delay);
  });
});
