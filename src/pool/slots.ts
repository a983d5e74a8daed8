import { idleMs } from './clocks.ts';
import { driftReason } from './drift.ts';
import type { AgentPod, JobRequest, ObservedAgent, PoolObservation, RegisteredWith } from './observation.ts';
import { isOwnAgent, isUnread, ownAgentsByName } from './owned-agents.ts';
import { hasEnded, judgePhase, type SlotContext, type SlotPhase } from './phase.ts';
import { type AgentClass, type PoolConnection, sameAzureDevOpsPool } from './spec.ts';

/** One index with all that exists for it. */
export interface Slot {
  readonly index: number;
  readonly pod: AgentPod;
  /** The agent record of that name, if it is proven ours. */
  readonly agent?: ObservedAgent;
  /** There is a record of that name, but nothing proves yet that it is ours. */
  readonly recordUnproven: boolean;
  /** The class it belongs to; undefined when the definition has no such class any more. */
  readonly agentClass?: AgentClass;
  readonly phase: SlotPhase;
  /** How long it has been idle; 0 in any other phase. */
  readonly idleMs: number;
  /** Its unfinished request, if it has one. */
  readonly requestId?: number;
  /** Why it is stuck, or how it drifted; for people. */
  readonly detail?: string;
  readonly drifted: boolean;
  /** Disabled in Azure DevOps, but not by us. */
  readonly disabledByPerson: boolean;
  /** Counts against the cap. */
  readonly alive: boolean;
}

/** Past its deletion deadline by this much, a pod without agent no longer counts against the cap. */
const undeadAfterMs = 60_000;

/** One slot per own pod that registered with this definition's URL and pool, by index. */
export function buildSlots(context: SlotContext): readonly Slot[] {
  const { observation, spec } = context;
  if (observation.cluster.kind === 'failed') return [];
  const found: FoundRecords = {
    own: ownAgentsByName(observation),
    unproven: unprovenNames(observation),
    requests: reservedRequests(observation),
  };
  return observation.cluster.value.pods
    .filter((pod) => registeredHere(pod.registeredWith, spec.connection))
    .map((pod) => buildSlot(context, pod, found))
    .toSorted((a, b) => a.index - b.index);
}

/** Whether the pod's agent registered with this URL and pool. A pod that does not say is taken to belong here. */
export function registeredHere(registered: RegisteredWith | undefined, connection: PoolConnection): boolean {
  return registered === undefined || sameAzureDevOpsPool(registered, connection);
}

/** A job with a result has ended. */
export function isUnfinished(job: JobRequest): boolean {
  return job.result === undefined && job.finishedAt === undefined;
}

interface FoundRecords {
  readonly own: ReadonlyMap<string, ObservedAgent>;
  readonly unproven: ReadonlySet<string>;
  readonly requests: ReservedRequests;
}

/** Unfinished requests by the id and by the name of the agent that is reserved for them. */
interface ReservedRequests {
  readonly byId: ReadonlyMap<number, JobRequest>;
  readonly byName: ReadonlyMap<string, JobRequest>;
}

function reservedRequests(observation: PoolObservation): ReservedRequests {
  const unfinished = observation.jobs.kind === 'read' ? observation.jobs.value.filter(isUnfinished) : [];
  const byId = new Map<number, JobRequest>();
  const byName = new Map<string, JobRequest>();
  for (const job of unfinished) {
    if (job.reservedAgentId !== undefined) byId.set(job.reservedAgentId, job);
    if (job.reservedAgentName !== undefined) byName.set(job.reservedAgentName, job);
  }
  return { byId, byName };
}

function unprovenNames(observation: PoolObservation): ReadonlySet<string> {
  if (observation.agents.kind === 'failed') return new Set();
  const others = observation.agents.value.filter((agent) => !isOwnAgent(agent, observation.owner));
  return new Set(others.filter(mayBeAtWork).map(({ name }) => name));
}

/** One that was read, is not ours, is offline and has no request says nothing about the pod of that name. */
function mayBeAtWork(agent: ObservedAgent): boolean {
  return isUnread(agent) || agent.online || agent.assignedRequestId !== undefined;
}

function buildSlot(context: SlotContext, pod: AgentPod, found: FoundRecords): Slot {
  const agent = found.own.get(pod.name);
  const agentClass = context.spec.agentClasses.find(({ name }) => name === pod.agentClass);
  const requestId = requestOf(pod, agent, found.requests);
  const judged = judgePhase(context, { pod, agent, requestId });
  const drift = driftReason(pod, agentClass, context.templates);
  const detail = judged.detail ?? drift;
  return {
    index: pod.index,
    pod,
    ...(agent && { agent }),
    ...(agentClass && { agentClass }),
    ...(requestId !== undefined && { requestId }),
    ...(detail !== undefined && { detail }),
    recordUnproven: found.unproven.has(pod.name),
    phase: judged.phase,
    idleMs: judged.phase === 'idle' && agent ? idleMs(context.observation, pod, agent) : 0,
    drifted: drift !== undefined,
    disabledByPerson: isDisabledByPerson(pod, agent),
    alive: isAlive(context.observation, pod, agent),
  };
}

function requestOf(pod: AgentPod, agent: ObservedAgent | undefined, requests: ReservedRequests): number | undefined {
  const job = agent ? requests.byId.get(agent.id) : requests.byName.get(pod.name);
  return agent?.assignedRequestId ?? job?.requestId;
}

function isDisabledByPerson(pod: AgentPod, agent: ObservedAgent | undefined): boolean {
  return agent?.enabled === false && pod.retiring === undefined && pod.deletionDeadline === undefined;
}

function isAlive(observation: PoolObservation, pod: AgentPod, agent: ObservedAgent | undefined): boolean {
  if (hasEnded(pod)) return false;
  if (pod.deletionDeadline === undefined) return true;
  // Without the list of agents nobody knows that its agent is gone.
  const mayHaveAgent = agent !== undefined || observation.agents.kind === 'failed';
  return mayHaveAgent || observation.clusterTime < pod.deletionDeadline + undeadAfterMs;
}
