import { parseDemand, surplusCapabilities, unmetDemands } from './demands.ts';
import type { JobRequest, PoolObservation } from './observation.ts';
import { isUnfinished, type Slot } from './slots.ts';
import type { AgentClass } from './spec.ts';

/** Who serves the queued jobs: slots that exist, classes that should start one, or nobody. */
export interface Election {
  readonly queuedJobs: readonly JobRequest[];
  /** Jobs that an idle or starting slot will take, by the slot's index. */
  readonly spokenFor: ReadonlyMap<number, JobRequest>;
  /** Jobs that need a new agent, oldest first. */
  readonly elected: readonly ElectedJob[];
  /** Jobs that no class of this pool can run. */
  readonly unmatched: readonly JobRequest[];
}

export interface ElectedJob {
  readonly job: JobRequest;
  readonly agentClass: AgentClass;
}

export interface ElectionInput {
  readonly classes: readonly AgentClass[];
  readonly slots: readonly Slot[];
  readonly observation: PoolObservation;
  /** As `findQueuedJobs` found them. */
  readonly queuedJobs: readonly JobRequest[];
}

/** Oldest job first: the matching usable slot with the fewest surplus capabilities, else one class. */
export function electClasses(input: ElectionInput): Election {
  const { queuedJobs } = input;
  const serve = matchOncePerKind(input);
  const free = freeSlotsByClass(input.slots);
  const spokenFor = new Map<number, JobRequest>();
  const elected: ElectedJob[] = [];
  const unmatched: JobRequest[] = [];
  for (const job of queuedJobs) {
    const classes = serve(job);
    const [best] = classes;
    const slot = takeSlot(free, classes);
    if (slot !== undefined) spokenFor.set(slot.index, job);
    else if (best !== undefined) elected.push({ job, agentClass: best });
    else unmatched.push(job);
  }
  return { queuedJobs, spokenFor, elected, unmatched };
}

/** Unfinished jobs without an agent, oldest first. A request that an agent already names is not queued. */
export function findQueuedJobs(observation: PoolObservation): readonly JobRequest[] {
  if (observation.jobs.kind === 'failed') return [];
  const agents = observation.agents.kind === 'read' ? observation.agents.value : [];
  const assigned = new Set(agents.map(({ assignedRequestId }) => assignedRequestId));
  return observation.jobs.value
    .filter((job) => isUnfinished(job) && !isReserved(job) && !assigned.has(job.requestId))
    .toSorted((a, b) => a.queuedAt - b.queuedAt || a.requestId - b.requestId);
}

function isReserved(job: JobRequest): boolean {
  return job.reservedAgentId !== undefined || job.assignedAt !== undefined || job.receivedAt !== undefined;
}

/** A slot that can take a job: its agent is idle, or will be. */
export function isUsable(slot: Slot): boolean {
  return (
    (slot.phase === 'idle' || slot.phase === 'starting') &&
    slot.alive &&
    slot.agentClass !== undefined &&
    slot.pod.retiring === undefined &&
    !slot.disabledByPerson
  );
}

function freeSlotsByClass(slots: readonly Slot[]): Map<string, Slot[]> {
  const idleLast = slots.filter(isUsable).toSorted((a, b) => rank(a) - rank(b) || b.index - a.index);
  return Map.groupBy(idleLast, ({ pod }) => pod.agentClass);
}

function rank(slot: Slot): number {
  return slot.phase === 'idle' ? 1 : 0;
}

function takeSlot(free: ReadonlyMap<string, Slot[]>, classes: readonly AgentClass[]): Slot | undefined {
  for (const { name } of classes) {
    const slot = free.get(name)?.pop();
    if (slot !== undefined) return slot;
  }
  return undefined;
}

/** Jobs with equal demands and equal matches are matched once. */
function matchOncePerKind(input: ElectionInput): (job: JobRequest) => readonly AgentClass[] {
  const known = new Map<string, readonly AgentClass[]>();
  const classOfAgent = classNamesByAgentId(input);
  return (job) => {
    const named = namedClasses(job, classOfAgent);
    const listed = (job.matchedAgentIds?.length ?? 0) > 0;
    const matches = listed || job.matchesAllAgentsInPool ? [job.matchesAllAgentsInPool, ...named].join() : '';
    const key = `${matches}\n${job.demands.join('\n')}`;
    const classes = known.get(key) ?? classesThatServe(input.classes, job, { named, listed });
    known.set(key, classes);
    return classes;
  };
}

const none: ReadonlySet<string> = new Set();

/** Classes of which Azure DevOps names an agent or placeholder as a match, in an order of their own. */
function namedClasses({ matchedAgentIds }: JobRequest, classOfAgent: ReadonlyMap<number, string>): ReadonlySet<string> {
  if (matchedAgentIds === undefined || matchedAgentIds.length === 0) return none;
  const names = new Set(matchedAgentIds.map((id) => classOfAgent.get(id)).filter((name) => name !== undefined));
  return new Set([...names].toSorted((a, b) => a.localeCompare(b)));
}

function classNamesByAgentId({ slots, observation }: ElectionInput): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const slot of slots) if (slot.agent) names.set(slot.agent.id, slot.pod.agentClass);
  if (observation.agents.kind === 'failed') return names;
  for (const { id, mark } of observation.agents.value) {
    if (mark.kind === 'placeholder' && mark.owner === observation.owner) names.set(id, mark.agentClass);
  }
  return names;
}

/**
 * Fewest surplus capabilities first, then the order of the file. A class serves a job if it meets all demands, or if
 * Azure DevOps names one of its agents as a match. Without any list of matches, a job that no class meets goes to the
 * class without declared capabilities, whose image may bring what the job asks for.
 */
function classesThatServe(
  classes: readonly AgentClass[],
  job: JobRequest,
  matches: { readonly named: ReadonlySet<string>; readonly listed: boolean },
): readonly AgentClass[] {
  const demands = job.demands.map(parseDemand);
  const serving = classes.filter(
    (agentClass) =>
      job.matchesAllAgentsInPool ||
      matches.named.has(agentClass.name) ||
      unmetDemands(agentClass, demands).length === 0,
  );
  if (serving.length === 0 && !matches.listed) {
    return classes.filter(({ capabilities }) => Object.keys(capabilities).length === 0).slice(0, 1);
  }
  return serving.toSorted((a, b) => surplusCapabilities(a, demands) - surplusCapabilities(b, demands));
}
