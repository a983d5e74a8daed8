import type { PoolObservation } from '../pool/observation.ts';
import type { Plan } from '../pool/plan.ts';
import { isUnfinished } from '../pool/slots.ts';
import type { WaitingJob } from '../pool/waiting.ts';
import type { PoolGauges } from '../ports/metrics.ts';
import type { PoolTarget } from './pool-target.ts';

/** What one pass saw and decided, for the status page, the API and the metrics. */
export interface PoolReport {
  readonly target: PoolTarget;
  /** Wall clock, milliseconds since 1970. */
  readonly polledAt: number;
  readonly connection: 'connected' | 'disconnected' | 'error';
  readonly lastError?: string;
  readonly observation?: PoolObservation;
  readonly plan?: Plan;
}

/** The gauges of one pool, from the pass that was just made. */
export function gaugesOf({ target, connection, observation, plan }: PoolReport): PoolGauges {
  const waiting = plan?.waiting ?? [];
  return {
    pool: target.spec.name,
    connected: connection === 'connected',
    jobs: countJobs(observation),
    waiting: countBy(waiting.map(({ reason }) => reason)),
    oldestWaitingSeconds: oldestSeconds(observation, waiting),
    agents: countSlots(plan),
    desiredAgents: plan?.desiredAgents ?? 0,
    minAgents: target.removed ? 0 : target.spec.minAgents,
    maxAgents: target.spec.maxAgents,
  };
}

function countJobs(observation: PoolObservation | undefined): PoolGauges['jobs'] {
  const jobs = observation?.jobs.kind === 'read' ? observation.jobs.value.filter(isUnfinished) : [];
  const running = jobs.filter(({ receivedAt }) => receivedAt !== undefined).length;
  const taken = jobs.filter((job) => job.reservedAgentId !== undefined || job.assignedAt !== undefined).length;
  const assigned = Math.max(0, taken - running);
  return { running, assigned, queued: jobs.length - running - assigned };
}

function oldestSeconds(observation: PoolObservation | undefined, waiting: readonly WaitingJob[]): number {
  const [oldest] = waiting;
  if (oldest === undefined || observation === undefined) return 0;
  return Math.max(0, observation.azureDevOpsTime - oldest.job.queuedAt) / 1000;
}

function countSlots(plan: Plan | undefined): PoolGauges['agents'] {
  const slots = plan?.slots ?? [];
  const counts = countBy(slots.map(({ pod, phase }) => JSON.stringify([pod.agentClass, phase])));
  return slots.flatMap(({ pod, phase }) => {
    const key = JSON.stringify([pod.agentClass, phase]);
    const count = counts.get(key);
    counts.delete(key);
    return count === undefined ? [] : [{ agentClass: pod.agentClass, phase, count }];
  });
}

function countBy<K>(keys: readonly K[]): Map<K, number> {
  const counts = new Map<K, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
