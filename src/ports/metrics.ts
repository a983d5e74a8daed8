import type { Action, ActionReason } from '../pool/actions.ts';
import type { SlotPhase } from '../pool/phase.ts';
import type { StartFailureReason } from '../pool/start-failure.ts';
import type { WaitingReason } from '../pool/waiting.ts';

export type ActionResult = 'done' | 'refused' | 'conflict' | 'failed';
export type PassResult = 'ok' | 'throttled' | 'transient' | 'permanent' | 'breach';

/** What one pass saw of a pool; replaces what the pass before said. */
export interface PoolGauges {
  readonly pool: string;
  readonly connected: boolean;
  readonly jobs: Readonly<Record<'queued' | 'assigned' | 'running', number>>;
  readonly waiting: ReadonlyMap<WaitingReason, number>;
  readonly oldestWaitingSeconds: number;
  /** Slots by class and phase. */
  readonly agents: readonly { readonly agentClass: string; readonly phase: SlotPhase; readonly count: number }[];
  readonly desiredAgents: number;
  readonly minAgents: number;
  readonly maxAgents: number;
}

/** One method per event of the business. None of them throws; labels come from closed lists. */
export interface Metrics {
  poolObserved(gauges: PoolGauges): void;
  passCompleted(pass: { readonly pool: string; readonly result: PassResult; readonly seconds: number }): void;
  actionApplied(action: {
    readonly pool: string;
    readonly kind: Action['kind'];
    readonly reason: ActionReason;
    readonly result: ActionResult;
  }): void;
  jobAssigned(pool: string, queueSeconds: number): void;
  podCreatedForJob(pool: string, waitSeconds: number): void;
  agentCameOnline(pool: string, startupSeconds: number): void;
  agentHung(pool: string): void;
  agentLost(pool: string): void;
  startFailed(pool: string, reason: StartFailureReason): void;
  invariantBroken(pool: string): void;
  poolForgotten(pool: string): void;
  leading(leads: boolean): void;
  configLoaded(load: ConfigLoad): void;
  configInForce(revision: string): void;
  feedbackPosted(post: {
    readonly provider: string;
    readonly kind: 'status';
    readonly result: 'posted' | 'unchanged' | 'failed';
  }): void;
}

export interface ConfigLoad {
  readonly result: 'accepted' | 'unchanged' | 'failed';
  readonly documents?: Readonly<Record<'valid' | 'invalid' | 'skipped', number>>;
  readonly frozenPools?: number;
  readonly seconds: number;
}
