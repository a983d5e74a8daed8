import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ManualClock } from './manual-clock.ts';

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await nextTurn();
}

/** Moves the clock in steps and lets everything run after each. */
export async function turn(clock: ManualClock, ms: number, stepMs = 1000): Promise<void> {
  await settle();
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(Math.min(stepMs, ms - passed));
    await settle();
  }
}
