import { describe, expect, it } from 'vitest';
import { formatTime, systemClock } from '../../../src/adapters/system/system-clock.ts';

describe('the system clock', () => {
  it.each`
    ms                | why
    ${3_000_000_000}  | ${'longer than a timer of the platform can run, which would then fire at once'}
    ${86_400_000_000} | ${'a server may ask for any wait'}
  `('does not wake at once from $ms ms: $why', async ({ ms }) => {
    const stop = new AbortController();
    let woke = false;
    const sleep = async (): Promise<void> => {
      await systemClock.sleep(ms, stop.signal);
      woke = true;
    };
    const sleeping = sleep();
    await systemClock.sleep(30, new AbortController().signal);
    expect(woke).toBe(false);
    stop.abort();
    await sleeping;
  });

  it('wakes early when it is asked to, and without an error', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60_000, stop.signal);
    stop.abort();
    await expect(sleeping).resolves.toBeUndefined();
    await expect(systemClock.sleep(60_000, stop.signal)).resolves.toBeUndefined();
  });

  it('writes times as RFC 3339 in UTC', () => {
    expect(formatTime(0)).toBe('1970-01-01T00:00:00.000Z');
  });
});
