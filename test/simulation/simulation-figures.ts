import { type FaultKind, faultKinds } from './faults.ts';
import type { SimulationReport } from './simulation.ts';

/** What many runs came to together. */
export class SimulationFigures {
  #runs = 0;
  #steps = 0;
  #passes = 0;
  #jobs = 0;
  #served = 0;
  #checks = 0;
  readonly #faults = new Map<FaultKind, number>();

  add({ steps, passes, jobs, served, checks, faults }: SimulationReport): void {
    this.#runs += 1;
    this.#steps += steps;
    this.#passes += passes;
    this.#jobs += jobs;
    this.#served += served;
    this.#checks += checks;
    for (const [kind, count] of faults) this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + count);
  }

  describe(seconds: number): string {
    const faults = faultKinds.map((kind) => `  ${kind}: ${this.#faults.get(kind) ?? 0}`);
    const injected = [...this.#faults.values()].reduce((sum, count) => sum + count, 0);
    const line =
      `simulation: ${this.#runs} seeds in ${seconds.toFixed(1)} s, ${this.#steps} steps, ${this.#passes} passes, ` +
      `${this.#jobs} jobs (${this.#served} succeeded), ${this.#checks} invariants checked, ${injected} faults injected`;
    return [line, ...faults].join('\n');
  }

  neverInjected(): readonly FaultKind[] {
    return faultKinds.filter((kind) => !this.#faults.has(kind));
  }
}

/** Why a run failed, and the command that repeats it. */
export function explainFailure({ seed, broken, lastEvents }: SimulationReport): string {
  const repeat = `SIMULATION_SEED=${seed} npx vitest run --config .config/vitest.config.ts test/simulation/simulation.test.ts`;
  return [`seed ${seed}: ${broken.join('; ')}`, ...lastEvents, `repeat with: ${repeat}`].join('\n');
}
