/** Lets tests wait for a state instead of a time. */
export interface ChangeWaiter {
  /** Says that something may have changed. */
  readonly changed: () => void;
  readonly waitFor: (what: string, holds: () => boolean, timeoutMs?: number) => Promise<void>;
}

export function createChangeWaiter(): ChangeWaiter {
  const checks = new Set<() => void>();
  return {
    changed: () => {
      // After the change is complete, not in the middle of it.
      setImmediate(() => {
        for (const check of checks) check();
      });
    },
    waitFor(what, holds, timeoutMs = 10_000) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const check = () => {
        if (holds()) resolve();
      };
      const timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms in vain for: ${what}`)), timeoutMs);
      checks.add(check);
      check();
      return promise.finally(() => {
        clearTimeout(timer);
        checks.delete(check);
      });
    },
  };
}
