import { describe, expect, it } from 'vitest';
import { mutatedPlans } from './mutated-plans.ts';
import { mutatedPorts } from './mutated-ports.ts';
import type { Mutation } from './mutation.ts';
import { simulate } from './simulation.ts';

/** After so many seeds a mistake counts as not found. */
const seedsAtMost = 100;
const mutations = [...mutatedPlans, ...mutatedPorts];

/** The seed that was last seen to catch it comes first, to be quick. */
function* seedsFor({ caughtBy }: Mutation): Iterable<number> {
  yield caughtBy;
  for (let seed = 1; seed <= seedsAtMost; seed += 1) yield seed;
}

async function firstCatch(mutation: Mutation): Promise<number | undefined> {
  for (const seed of seedsFor(mutation)) {
    const { broken } = await simulate({ seed, mutation, focus: mutation.focus ?? [] });
    if (broken.length > 0) return seed;
  }
  return undefined;
}

describe('deliberate mistakes', () => {
  it.each(mutations)('"$name" is caught: $does', { timeout: 60_000 }, async (mutation) => {
    const seed = await firstCatch(mutation);

    expect(seed, `survived ${seedsAtMost} seeds`).toBeDefined();
    // It is the mistake that breaks it, not the world.
    const sound = await simulate({ seed: seed ?? 0, focus: mutation.focus ?? [] });
    expect(sound.broken).toEqual([]);
  });

  it('there are enough of them, each with a name of its own', () => {
    expect(new Set(mutations.map(({ name }) => name)).size).toBe(mutations.length);
    expect(mutations.length).toBeGreaterThanOrEqual(25);
  });
});
