/** Keeps what was seen to be broken, counts what was looked at, and remembers the last events for whoever must explain it. */
export class Witness {
  readonly broken: string[] = [];
  checks = 0;
  readonly #events: string[] = [];
  readonly #time: () => string;

  constructor(time: () => string) {
    this.#time = time;
  }

  /** A statement that holds at all times. */
  expect(holds: boolean, statement: () => string): void {
    this.checks += 1;
    if (holds) return;
    const text = statement();
    this.tell(`BROKEN: ${text}`);
    if (this.broken.length < 5) this.broken.push(text);
  }

  tell(event: string): void {
    this.#events.push(`${this.#time()} ${event}`);
    if (this.#events.length > 400) this.#events.splice(0, 200);
  }

  lastEvents(count: number): readonly string[] {
    return this.#events.slice(-count);
  }
}
