import type { AgentRecord, JobRequest } from '../pool/observation.ts';
import type { PoolConnection } from '../pool/spec.ts';

/** A value with the server's clock (the `Date` header of its answer), in milliseconds since 1970. */
export interface Dated<T> {
  readonly value: T;
  readonly serverTime: number;
}

export interface Placeholder {
  readonly name: string;
  /** System capabilities. `POOLKEEPER_RENEWED` is added by the implementation, from the server's clock. */
  readonly capabilities: Readonly<Record<string, string>>;
}

/**
 * One Azure DevOps pool, reached through its connection. The pool's id is looked up by name once and again when the
 * server no longer knows it. Every method throws `PermanentError` when a person must act (token refused, no such pool,
 * a hosted, deployment or elastic pool, missing permission, a 203 or HTML answer), `ThrottledError` on 429 or while a
 * Retry-After of this identity runs, and `TransientError` for the rest (5xx, time-out, transport).
 */
export interface AzureDevOps {
  /** All agents, with assigned and last completed request, without capabilities. */
  listAgents(connection: PoolConnection, signal: AbortSignal): Promise<Dated<readonly AgentRecord[]>>;

  /** Every job request that has not ended; independent of how many ended before. */
  listJobRequests(connection: PoolConnection, signal: AbortSignal): Promise<Dated<readonly JobRequest[]>>;

  /** System and user capabilities, the user's winning; undefined when there is no such agent. */
  readCapabilities(
    connection: PoolConnection,
    agentId: number,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>> | undefined>;

  /** Running work goes on; a disabled agent gets no new job. Throws `ConflictError` when there is no such agent. */
  setAgentEnabled(
    connection: PoolConnection,
    agent: { readonly id: number; readonly name: string; readonly enabled: boolean },
    signal: AbortSignal,
  ): Promise<void>;

  /** Absent counts as done. Throws `AgentBusyError` while the agent runs a job. */
  deregisterAgent(connection: PoolConnection, agentId: number, signal: AbortSignal): Promise<'deregistered' | 'absent'>;

  /** Registers an offline record. A taken name changes nothing and is reported. */
  registerPlaceholder(
    connection: PoolConnection,
    placeholder: Placeholder,
    signal: AbortSignal,
  ): Promise<
    { readonly kind: 'registered'; readonly id: number; readonly renewedAt: number } | { readonly kind: 'name-taken' }
  >;

  /** Writes `POOLKEEPER_RENEWED` with the server's clock. Throws `ConflictError` when there is no such agent. */
  renewPlaceholder(
    connection: PoolConnection,
    agentId: number,
    signal: AbortSignal,
  ): Promise<{ readonly renewedAt: number }>;
}
