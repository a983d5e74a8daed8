/** The API server's clock, as its latest answer told it. */
export interface ServerClock {
  /** Takes the `Date` header of an answer. */
  note(date: string | undefined): void;
  /** Now on that clock; 0 before the first answer. */
  now(): number;
}

export function createServerClock(monotonic: () => number): ServerClock {
  let told: { readonly serverTime: number; readonly at: number } | undefined;
  return {
    note(date) {
      const serverTime = Date.parse(date ?? '');
      if (!Number.isNaN(serverTime)) told = { serverTime, at: monotonic() };
    },
    now: () => (told === undefined ? 0 : told.serverTime + monotonic() - told.at),
  };
}
