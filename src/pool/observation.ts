/** Everything one pass has read about one pool. Times are milliseconds since 1970, each of the clock it came from. */
export interface PoolObservation {
  /** `POOLKEEPER_OWNER` of this controller and pool: what our agents and placeholders carry. */
  readonly owner: string;
  readonly agents: Reading<readonly ObservedAgent[]>;
  readonly jobs: Reading<readonly JobRequest[]>;
  readonly cluster: Reading<ObservedCluster>;
  /** Azure DevOps' clock at the latest answer of this pass. */
  readonly azureDevOpsTime: number;
  /** The cluster's clock now. */
  readonly clusterTime: number;
  /** false when a clock and the monotonic clock drifted apart since the last pass: nothing may be removed. */
  readonly clocksSteady: boolean;
  /** Live pods of removed pools that this one replaces; they count against this pool's cap. */
  readonly predecessorPods: number;
  readonly fence: Fence;
}

/** Whether this controller holds the pool's placeholders, and so may create agents under its names. */
export type Fence =
  | { readonly kind: 'held' }
  /** Not all placeholders are known to be ours yet. */
  | { readonly kind: 'open'; readonly message: string }
  /** Another controller serves the pool under the same names. */
  | { readonly kind: 'contested'; readonly message: string };

/** An error is never an empty answer: what could not be read says so. */
export type Reading<T> = { readonly kind: 'read'; readonly value: T } | ReadFailure;

export interface ReadFailure {
  readonly kind: 'failed';
  readonly cause: FailureCause;
  readonly message: string;
  /** Given when the server said how long to wait. */
  readonly retryAfterMs?: number;
}

export type FailureCause = 'permanent' | 'throttled' | 'transient';

/** A job request of an Azure DevOps pool. */
export interface JobRequest {
  readonly requestId: number;
  readonly queuedAt: number;
  readonly assignedAt?: number;
  /** When the agent took the job. */
  readonly receivedAt?: number;
  /** The agent's lock on the job is good until then. */
  readonly lockedUntil?: number;
  readonly finishedAt?: number;
  /** Present once the job has ended, for example `succeeded` or `canceled`. */
  readonly result?: string;
  /** As sent: `Name`, `Name -equals Value`, `Agent.Version -gtVersion 2.163.1`. */
  readonly demands: readonly string[];
  readonly reservedAgentId?: number;
  /** Tells who is reserved when the list of agents could not be read. */
  readonly reservedAgentName?: string;
  /** Registered agents that satisfy the demands; absent when Azure DevOps gives no list. */
  readonly matchedAgentIds?: readonly number[];
  readonly matchesAllAgentsInPool: boolean;
  /** The pipeline's name, for messages. */
  readonly definitionName?: string;
  readonly runId?: number;
}

/** An agent record of an Azure DevOps pool, as listed. */
export interface AgentRecord {
  readonly id: number;
  readonly name: string;
  readonly online: boolean;
  readonly enabled: boolean;
  readonly version: string;
  readonly createdAt: number;
  /** When it last went online or offline. */
  readonly statusChangedAt?: number;
  readonly assignedRequestId?: number;
  /** How its last finished job ended, for example `failed`. */
  readonly lastResult?: string;
  /** When its last finished job ended. */
  readonly lastFinishedAt?: number;
  readonly updating: boolean;
}

/** An agent record with what its capabilities prove. */
export interface ObservedAgent extends AgentRecord {
  readonly mark: AgentMark;
}

/** Who an agent record belongs to, by its capabilities, never by its name. */
export type AgentMark =
  /** Not read yet, or the read failed: not ours until proven. */
  | { readonly kind: 'unread' }
  /** Its name is not one of ours, so its capabilities were not read. */
  | { readonly kind: 'unrelated' }
  | { readonly kind: 'unmarked' }
  | { readonly kind: 'agent'; readonly owner: string }
  | PlaceholderMark;

export interface PlaceholderMark {
  readonly kind: 'placeholder';
  readonly owner: string;
  readonly agentClass: string;
  /** Azure DevOps' clock at its last renewal; 0 when it carries none. */
  readonly renewedAt: number;
  readonly capabilities: Readonly<Record<string, string>>;
}

/** Own pods and claims of one pool, by label, from the watch cache with own writes laid over it. */
export interface ObservedCluster {
  readonly pods: readonly AgentPod[];
  readonly claims: readonly VolumeClaim[];
}

export interface AgentPod {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly pool: string;
  readonly index: number;
  readonly agentClass: string;
  readonly createdAt: number;
  /** Set once the pod is being deleted: the end of its grace. */
  readonly deletionDeadline?: number;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly scheduled: boolean;
  readonly agentContainer: AgentContainerState;
  /** Our mark that the agent is being retired, and why. */
  readonly retiring?: string;
  /** How its last job ended, noted before its agent was deregistered; only on pods that are kept. */
  readonly jobResult?: string;
  /** The job it was created for; any job may be what it serves. */
  readonly jobRequestId?: number;
  /** The pod that this one was created to replace. */
  readonly replaces?: string;
  readonly templateHash?: string;
  readonly templateHashVersion?: string;
  readonly registeredWith?: RegisteredWith;
  /** Its agent runs one job and ends, whatever the definition says now. */
  readonly runOnce: boolean;
  /** Names of the claims it mounts. */
  readonly claimNames: readonly string[];
}

export type AgentContainerState =
  | { readonly kind: 'none' }
  | { readonly kind: 'waiting'; readonly reason: string; readonly message?: string }
  | { readonly kind: 'running' }
  | { readonly kind: 'terminated'; readonly exitCode: number; readonly finishedAt?: number };

/** The annotation `poolkeeper.dev/registered-with`: the connection a pod's agent registered with. */
export interface RegisteredWith {
  readonly url: string;
  readonly pool: string;
  readonly secretName: string;
  readonly secretKey?: string;
}

export interface VolumeClaim {
  readonly name: string;
  readonly uid: string;
  readonly pool: string;
  readonly index: number;
  /** `pvcs[].name`. */
  readonly volume: string;
  readonly createdAt: number;
  readonly terminating: boolean;
  /** Goes when its agent goes. */
  readonly deleteWithAgent: boolean;
}
