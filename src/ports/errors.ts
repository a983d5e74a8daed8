/** A person must act: retried slowly, and said in the pool's status. */
export class PermanentError extends Error {
  override name = 'PermanentError';
}

/** Wait as told, then go on. */
export class ThrottledError extends Error {
  override name = 'ThrottledError';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, options?: ErrorOptions) {
    super(`throttled for ${Math.ceil(retryAfterMs / 1000)} s`, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Likely to pass: retried with back-off. */
export class TransientError extends Error {
  override name = 'TransientError';
}

/** Azure DevOps refused to remove an agent because it runs a job. */
export class AgentBusyError extends Error {
  override name = 'AgentBusyError';
}

/** The object is no longer the one that was observed (uid, resourceVersion or agent id): observe again. */
export class ConflictError extends Error {
  override name = 'ConflictError';
}
