interface ClockReading {
  readonly azureDevOps: number;
  readonly cluster: number;
  readonly monotonic: number;
}

/** A clock that moves this much against the monotonic clock between two passes has jumped. */
const toleranceMs = 60_000;

/** Compares the two servers' clocks with the monotonic one from pass to pass. */
export class ClockCheck {
  #last: ClockReading | undefined;
  readonly #monotonic: () => number;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** Azure DevOps' clock as far as known: its last reading plus the time since; 0 before the first. */
  azureDevOpsTime(): number {
    return this.#last === undefined ? 0 : this.#last.azureDevOps + (this.#monotonic() - this.#last.monotonic);
  }

  /** false when a clock jumped since the last check: nothing may be judged by age in this pass. */
  check(now: { readonly azureDevOps: number; readonly cluster: number }): boolean {
    const monotonic = this.#monotonic();
    const last = this.#last;
    this.#last = { ...now, monotonic };
    if (last === undefined) return true;
    const passed = monotonic - last.monotonic;
    const drifts = [now.azureDevOps - last.azureDevOps - passed, now.cluster - last.cluster - passed];
    return drifts.every((drift) => Math.abs(drift) <= toleranceMs);
  }
}
