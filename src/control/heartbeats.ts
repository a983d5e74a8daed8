/** How much longer than announced a loop may take before it counts as hung. */
const marginMs = 300_000;

/** Which loops turn: each says when it will be heard of next. */
export class Heartbeats {
  readonly #due = new Map<string, number>();
  readonly #monotonic: () => number;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  expect(loop: string, withinMs: number): void {
    this.#due.set(loop, this.#monotonic() + withinMs + marginMs);
  }

  forget(loop: string): void {
    this.#due.delete(loop);
  }

  forgetAll(): void {
    this.#due.clear();
  }

  /** Loops that should have been heard of by now. */
  overdue(): readonly string[] {
    const now = this.#monotonic();
    return [...this.#due].filter(([, due]) => due < now).map(([loop]) => loop);
  }
}
