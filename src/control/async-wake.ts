import type { Clock } from '../ports/clock.ts';

/** A sleep that can be cut short from outside. A wake-up that comes while nobody sleeps is kept. */
export class AsyncWake {
  #pending = false;
  #interrupt: AbortController | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wake(): void {
    this.#pending = true;
    this.#interrupt?.abort();
  }

  /** Whether somebody has woken it since the last call. */
  take(): boolean {
    const pending = this.#pending;
    this.#pending = false;
    return pending;
  }

  /** Sleeps `atLeastMs` whatever happens, then up to `atMostMs` in all, or until woken. */
  async sleep(
    { atLeastMs, atMostMs }: { readonly atLeastMs: number; readonly atMostMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    await this.#clock.sleep(atLeastMs, signal);
    if (this.#pending || signal.aborted || atMostMs <= atLeastMs) return;
    this.#interrupt = new AbortController();
    await this.#clock.sleep(atMostMs - atLeastMs, AbortSignal.any([signal, this.#interrupt.signal]));
    this.#interrupt = undefined;
  }
}
