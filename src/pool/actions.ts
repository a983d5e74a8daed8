import type { JobRequest } from './observation.ts';

/** Why something is done: the same word in the plan, the log, the metric label and the pod's annotation. */
export type ActionReason =
  | 'queued-jobs'
  | 'minimum'
  | 'standby'
  | 'replacement'
  | 'excess-idle'
  | 'idle-timeout'
  | 'make-room'
  | 'unscheduled-surplus'
  | 'finished'
  | 'drifted'
  | 'hung'
  | 'lost'
  | 'start-failed'
  | 'pool-removed'
  | 'being-deleted'
  | 'needed-again'
  | 'stale'
  | 'left-over';

/** The pod an action means: a mismatch of uid or resourceVersion skips the slot. */
export interface PodTarget {
  readonly name: string;
  readonly uid: string;
  /** Given where the pod must not have changed at all since it was observed. */
  readonly resourceVersion?: string;
}

/** One step. The steps of a slot run one after another; a refusal or a failure skips the rest of that slot. */
export type Action =
  | {
      readonly kind: 'create-claim';
      readonly index: number;
      readonly agentClass: string;
      readonly volume: string;
      readonly reason: ActionReason;
    }
  | {
      readonly kind: 'create-pod';
      readonly index: number;
      readonly agentClass: string;
      readonly reason: ActionReason;
      /** The oldest job it is created for. */
      readonly job?: JobRequest;
      /** The drifted pod it replaces. */
      readonly replaces?: string;
    }
  | { readonly kind: 'mark-retiring'; readonly pod: PodTarget; readonly reason: ActionReason }
  | { readonly kind: 'unmark-retiring'; readonly pod: PodTarget; readonly reason: ActionReason }
  | {
      readonly kind: 'note-result';
      readonly pod: PodTarget;
      /** How its job ended. */
      readonly result: string;
      readonly reason: ActionReason;
    }
  | { readonly kind: 'disable-agent'; readonly agent: AgentTarget; readonly reason: ActionReason }
  | { readonly kind: 'enable-agent'; readonly agent: AgentTarget; readonly reason: ActionReason }
  | { readonly kind: 'deregister-agent'; readonly agent: AgentTarget; readonly reason: ActionReason }
  | {
      readonly kind: 'delete-pod';
      readonly pod: PodTarget;
      readonly graceSeconds: number;
      readonly reason: ActionReason;
    }
  | {
      readonly kind: 'delete-claim';
      readonly claim: { readonly name: string; readonly uid: string };
      readonly reason: ActionReason;
    };

export interface AgentTarget {
  readonly id: number;
  readonly name: string;
}

/** The steps for one slot. `key` is the pod's or agent's name. */
export interface SlotSteps {
  readonly key: string;
  readonly actions: readonly Action[];
}
