/** What the simulated service remembers. Times are milliseconds since 1970, of its own clock. */

export interface PoolState {
  readonly id: number;
  readonly name: string;
  readonly createdOn: number;
  readonly isHosted: boolean;
  readonly poolType: 'automation' | 'deployment';
  readonly options: string;
}

export interface AgentState {
  readonly id: number;
  readonly poolId: number;
  name: string;
  version: string;
  osDescription: string;
  enabled: boolean;
  online: boolean;
  readonly createdOn: number;
  statusChangedOn: number;
  systemCapabilities: Record<string, string>;
  userCapabilities: Record<string, string>;
  readonly clientId: string;
  session: SessionState | undefined;
  /** It said that it leaves after this job: nothing more is assigned. */
  leaving: boolean;
  lastCompleted: JobState | undefined;
  updating: boolean;
}

export interface SessionState {
  readonly id: string;
  readonly ownerName: string;
  lastSeenAt: number;
  readonly messages: AgentMessage[];
  /** Wakes the poll that waits for a message. */
  wake: (() => void) | undefined;
  /** Online without polling, until told otherwise: for agents that a test moves by hand. */
  readonly pinned: boolean;
}

export interface AgentMessage {
  readonly messageId: number;
  readonly messageType: 'PipelineAgentJobRequest' | 'JobCancellation';
  readonly body: string;
}

export interface JobState {
  readonly requestId: number;
  readonly poolId: number;
  readonly queueTime: number;
  readonly demands: readonly string[];
  readonly durationMs: number;
  readonly definition: { readonly id: number; readonly name: string };
  readonly runId: number;
  readonly planId: string;
  readonly jobId: string;
  readonly lockToken: string;
  assignTime: number | undefined;
  receiveTime: number | undefined;
  lockedUntil: number | undefined;
  finishTime: number | undefined;
  result: JobResult | undefined;
  agent: AgentState | undefined;
  cancelRequested: boolean;
}

export const jobResults = ['succeeded', 'succeededWithIssues', 'failed', 'canceled', 'skipped', 'abandoned'] as const;
export type JobResult = (typeof jobResults)[number];

/** How long things take in the simulated service. */
export interface ServiceSpeeds {
  /** A job's lock; renewed by its agent, and the job is abandoned when it runs out. */
  readonly lockMs: number;
  /** A killed agent is shown online this long. */
  readonly offlineAfterMs: number;
  /** How long a poll for messages is held. */
  readonly pollHoldMs: number;
  /** How often locks and silent agents are looked at. */
  readonly sweepMs: number;
}

export const realSpeeds: ServiceSpeeds = {
  lockMs: 600_000,
  offlineAfterMs: 120_000,
  pollHoldMs: 50_000,
  sweepMs: 1000,
};

/** Something that happened, for whoever waits for it. */
export interface ServiceEvent {
  readonly kind: ServiceEventKind;
  readonly pool: string;
  /** The agent's name, where one has a part in it. */
  readonly agent: string | undefined;
  readonly requestId: number | undefined;
}

export type ServiceEventKind =
  | 'job-queued'
  | 'job-assigned'
  | 'job-started'
  | 'job-finished'
  | 'agent-registered'
  | 'agent-online'
  | 'agent-offline'
  | 'agent-removed';

export interface NewAgent {
  readonly name: string;
  readonly version: string;
  readonly osDescription: string;
  readonly enabled: boolean;
  readonly systemCapabilities: Readonly<Record<string, string>>;
}

export interface NewJob {
  readonly demands: readonly string[];
  readonly durationMs: number;
  readonly definitionName: string;
  readonly queueTime: number;
}
