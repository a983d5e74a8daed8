import type { Finding } from '../definitions/finding.ts';

/** What the server shows; each function answers from memory. */
export interface StatusSource {
  /** Loops that do not turn; empty when all is well. */
  overdueLoops(): readonly string[];
  /** What keeps the controller from being ready; empty when it is. */
  unreadyBecause(): readonly string[];
  metricsText(): Promise<{ readonly contentType: string; readonly body: string }>;
  pools(): readonly PoolView[];
  pool(name: string): PoolDetailView | undefined;
  config(): ConfigView;
}

/** One pool as `/api/pools` shows it. Times are RFC 3339. Fields are added, never renamed. */
export interface PoolView {
  readonly name: string;
  readonly organization: string;
  readonly pool: string;
  readonly connectionStatus: 'connected' | 'disconnected' | 'error';
  /** false while suspended or draining. */
  readonly active: boolean;
  readonly queuedJobs: number;
  readonly runningAgents: number;
  readonly agents: { readonly registered: number; readonly max: number };
  readonly desiredAgents: number;
  readonly lastPolled: string | null;
  readonly lastError: string | null;
  readonly revision: string;
  readonly frozen: boolean;
  readonly conditions: readonly { readonly type: string; readonly status: boolean; readonly message: string }[];
}

export interface PoolDetailView extends PoolView {
  readonly slots: readonly {
    readonly index: number;
    readonly pod: string;
    readonly agent: number | null;
    readonly agentClass: string;
    readonly phase: string;
    readonly since: string;
    readonly detail: string | null;
    readonly claims: readonly string[];
  }[];
  readonly waitingJobs: readonly {
    readonly requestId: number;
    readonly runId: number | null;
    readonly definition: string | null;
    readonly demands: readonly string[];
    readonly reason: string;
    readonly message: string;
    readonly since: string;
  }[];
  readonly findings: readonly Finding[];
}

export interface ConfigView {
  readonly revision: string | null;
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
  readonly pools: readonly {
    readonly name: string;
    readonly state: string;
    readonly revision: string;
    readonly reason: string | null;
  }[];
  readonly lastError: string | null;
}

/** Writes a time of some clock as RFC 3339. */
export type FormatTime = (ms: number) => string;
