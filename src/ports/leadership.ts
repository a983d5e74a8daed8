/** Who may write. One process at a time leads an instance; the others keep their caches warm. */
export interface Leadership {
  /**
   * Resolves when this process leads, with a signal that aborts as soon as it no longer does; undefined when `stop`
   * aborts first. Never rejects. May be called again after the leadership was lost.
   */
  acquire(stop: AbortSignal): Promise<AbortSignal | undefined>;

  /** Whether the lease holds at this very moment, judged on the monotonic clock. Asked before every write. */
  holds(): boolean;

  /** After `stop` has aborted: gives the leadership up, so that another process need not wait for the lease to run out. */
  release(): Promise<void>;
}

/** Where only one process runs. */
export const soleLeader: Leadership = {
  acquire: async (stop) => (stop.aborted ? undefined : stop),
  holds: () => true,
  release: async () => undefined,
};
