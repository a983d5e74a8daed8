import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.ts';

/** A longer timer of the platform fires at once. Waking after these 24 days instead is early. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's own time and chance. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  async sleep(ms, signal) {
    try {
      await sleepFor(Math.min(ms, longestTimerMs), undefined, { signal });
    } catch {
      // Aborted: waking early is what was promised.
    }
  },
};

/** RFC 3339 in UTC. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}
