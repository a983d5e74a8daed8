import { formatDemand, parseDemand, unmetDemands } from './demands.ts';
import type { Election } from './election.ts';
import type { PoolMemory } from './memory.ts';
import type { JobRequest, PoolObservation } from './observation.ts';
import type { JobWithoutRoom, PoolSizing } from './sizing.ts';
import type { PoolSpec } from './spec.ts';
import type { Start } from './starting.ts';

/** Why a queued job has no agent yet. */
export type WaitingReason =
  | 'agent-starting'
  | 'at-max-agents'
  | 'no-class-matches'
  | 'agents-fail-to-start'
  | 'suspended'
  | 'azure-devops-unavailable'
  | 'name-conflict';

export interface WaitingJob {
  readonly job: JobRequest;
  readonly reason: WaitingReason;
  /** One sentence for the person whose job it is. */
  readonly message: string;
}

export interface WaitingInput {
  readonly spec: PoolSpec;
  readonly removed: boolean;
  readonly observation: PoolObservation;
  readonly memory: PoolMemory;
  readonly election: Election;
  readonly sizing: PoolSizing;
  readonly starts: readonly Start[];
}

/** What each queued job waits for, oldest first. */
export function explainWaiting(input: WaitingInput): readonly WaitingJob[] {
  const { election, sizing } = input;
  const covered = new Set([...election.spokenFor.values()].map(({ requestId }) => requestId));
  const unmatched = new Set(election.unmatched.map(({ requestId }) => requestId));
  const withoutRoom = new Map(sizing.withoutRoom.map((entry) => [entry.job.requestId, entry]));
  const started = new Set(input.starts.map(({ order }) => order.job?.requestId));
  const failing = new Map(
    election.elected.map(({ job, agentClass }) => [job.requestId, failureOf(input, agentClass.name)]),
  );
  return election.queuedJobs.map((job) => {
    if (covered.has(job.requestId) || started.has(job.requestId)) return waitingJob(job, 'agent-starting');
    if (unmatched.has(job.requestId)) return waitingJob(job, 'no-class-matches', nameUnmet(input.spec, job));
    const barred = barredFrom(input);
    if (barred) return waitingJob(job, barred.reason, barred.detail);
    const full = withoutRoom.get(job.requestId);
    if (full) return waitingJob(job, 'at-max-agents', nameLimit(input.spec, full));
    return waitingJob(job, 'agents-fail-to-start', failing.get(job.requestId));
  });
}

function failureOf({ memory }: WaitingInput, agentClass: string): string | undefined {
  return memory.startFailures[agentClass]?.reason;
}

/** The demands that each class fails, class by class. */
function nameUnmet({ agentClasses }: PoolSpec, job: JobRequest): string {
  const demands = job.demands.map(parseDemand);
  const failures = agentClasses.map((agentClass) => {
    const unmet = unmetDemands(agentClass, demands).map(formatDemand);
    return `${agentClass.name} lacks ${unmet.join(', ')}`;
  });
  return failures.join('; ');
}

function nameLimit({ maxAgents }: PoolSpec, { limit, agentClass }: JobWithoutRoom): string {
  if (limit === 'pool-full') return `maxAgents is ${maxAgents}`;
  return `maxAgents of class ${agentClass.name} is ${agentClass.maxAgents}`;
}

/** What keeps the whole pool from creating agents. */
function barredFrom(input: WaitingInput): { readonly reason: WaitingReason; readonly detail?: string } | undefined {
  const { fence, cluster } = input.observation;
  if (input.spec.suspend || input.removed) return { reason: 'suspended' };
  if (fence.kind === 'contested') return { reason: 'name-conflict', detail: fence.message };
  if (fence.kind === 'open') return { reason: 'azure-devops-unavailable', detail: fence.message };
  if (cluster.kind === 'failed') return { reason: 'agents-fail-to-start', detail: cluster.message };
  return undefined;
}

function waitingJob(job: JobRequest, reason: WaitingReason, detail?: string): WaitingJob {
  return { job, reason, message: detail === undefined ? sentences[reason] : `${sentences[reason]}: ${detail}` };
}

const sentences: Readonly<Record<WaitingReason, string>> = {
  'agent-starting': 'an agent for it is starting',
  'at-max-agents': 'the pool has as many agents as it may have',
  'no-class-matches': 'no agent class of this pool meets its demands',
  'agents-fail-to-start': 'agents of its class fail to start',
  suspended: 'the pool is suspended or being removed',
  'azure-devops-unavailable': 'Azure DevOps cannot be reached for this pool',
  'name-conflict': 'this controller may not use the pool',
};
