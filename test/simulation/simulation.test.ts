import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { notYet } from './faults.ts';
import { type SimulationReport, simulate } from './simulation.ts';
import { explainFailure, SimulationFigures } from './simulation-figures.ts';

const fixedSeeds = 120;
/** One seed alone, or so many seconds of fresh ones beside the fixed ones. */
const { SIMULATION_SEED, SIMULATION_SECONDS } = process.env;

async function firstFailure(seeds: Iterable<number>, figures: SimulationFigures): Promise<string> {
  for (const seed of seeds) {
    const report: SimulationReport = await simulate({ seed });
    figures.add(report);
    if (report.broken.length > 0) return explainFailure(report);
  }
  return 'none';
}

function* freshSeeds(seconds: number): Iterable<number> {
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) yield randomInt(2 ** 31);
}

describe('simulation', () => {
  if (SIMULATION_SEED !== undefined) {
    it(`seed ${SIMULATION_SEED} keeps the invariants`, async () => {
      expect(await firstFailure([Number(SIMULATION_SEED)], new SimulationFigures())).toBe('none');
    });
    return;
  }

  it('S41: random worlds with faults, crashes and races keep the invariants', async () => {
    const figures = new SimulationFigures();
    const seeds = Array.from({ length: fixedSeeds }, (_, position) => position + 1);

    expect(await firstFailure(seeds, figures)).toBe('none');
    // A fault that never happens proves nothing.
    expect(figures.neverInjected()).toEqual(notYet);
  }, 60_000);

  it('the same seed gives the same run', async () => {
    expect(await simulate({ seed: 7 })).toEqual(await simulate({ seed: 7 }));
  });

  if (SIMULATION_SECONDS === undefined) return;
  const seconds = Number(SIMULATION_SECONDS);
  const timeoutMs = (seconds + 60) * 1000;
  it(`fresh seeds keep the invariants for ${seconds} s`, { timeout: timeoutMs }, async () => {
    const started = performance.now();
    const figures = new SimulationFigures();

    const failure = await firstFailure(freshSeeds(seconds), figures);

    console.log(figures.describe((performance.now() - started) / 1000));
    expect(failure).toBe('none');
  });
});
