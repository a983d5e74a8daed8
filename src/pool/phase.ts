import { azureDevOpsAgeMs, isInPodsLife, podAgeMs } from './clocks.ts';
import type { AgentPod, ObservedAgent, PoolObservation } from './observation.ts';
import { ownAgentsByName } from './owned-agents.ts';
import type { PoolSpec } from './spec.ts';

/** What a slot is now. An index without a slot is vacant. */
export type SlotPhase =
  | 'starting'
  | 'stuck'
  | 'idle'
  | 'busy'
  | 'hung'
  | 'draining'
  | 'drained'
  | 'finished'
  | 'lost'
  | 'terminating';

/** Template hash of each class, by name. */
export type TemplateHashes = ReadonlyMap<string, string>;

export interface SlotContext {
  readonly spec: PoolSpec;
  readonly observation: PoolObservation;
  readonly templates: TemplateHashes;
}

export interface SlotFacts {
  readonly pod: AgentPod;
  readonly agent: ObservedAgent | undefined;
  readonly requestId: number | undefined;
}

export interface Judgement {
  readonly phase: SlotPhase;
  /** Why, where the phase alone does not say it. */
  readonly detail?: string;
}

/** A run-once agent that is still there this long after its job hangs. */
const hungAfterMs = 120_000;
/** What the agent image ends with when the agent's name is taken. */
export const nameTakenExitCode = 17;

/** The phase of one slot from its pod, its agent record and its unfinished request. */
export function judgePhase(context: SlotContext, facts: SlotFacts): Judgement {
  const { pod, agent, requestId } = facts;
  if (pod.deletionDeadline !== undefined) return { phase: 'terminating' };
  if (hasEnded(pod)) return judgeEnded(context, facts);
  if (requestId !== undefined) return { phase: agent?.enabled === false ? 'draining' : 'busy' };
  const hopeless = agent?.online ? undefined : hopelessStart(pod);
  if (hopeless !== undefined) return { phase: 'stuck', detail: hopeless };
  return agent === undefined ? judgeWithoutAgent(context, pod) : judgeWithAgent(context, pod, agent);
}

/** The agent container's end makes a slot finished, not the pod's phase alone. */
export function hasEnded(pod: AgentPod): boolean {
  return pod.agentContainer.kind === 'terminated' || pod.phase === 'Succeeded' || pod.phase === 'Failed';
}

/** A pod that failed before its agent ever had a job did not start. */
function judgeEnded(context: SlotContext, { pod, agent, requestId }: SlotFacts): Judgement {
  const exitCode = exitCodeOf(pod);
  const hadJob = requestId !== undefined || isInPodsLife(context.observation, pod, agent?.lastFinishedAt);
  if (exitCode === 0 || hadJob || pod.retiring !== undefined) return { phase: 'finished' };
  const detail = exitCode === nameTakenExitCode ? 'agent name taken' : `agent container ended with ${exitCode}`;
  return { phase: 'stuck', detail };
}

function exitCodeOf({ agentContainer, phase }: AgentPod): number {
  if (agentContainer.kind === 'terminated') return agentContainer.exitCode;
  return phase === 'Failed' ? 1 : 0;
}

/** Waiting reasons that do not go away by waiting; a first failed pull may, its back-off means it did not. */
const hopelessReasons = new Set([
  'ImagePullBackOff',
  'InvalidImageName',
  'ImageInspectError',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'CrashLoopBackOff',
  'RunContainerError',
]);

function hopelessStart({ agentContainer }: AgentPod): string | undefined {
  if (agentContainer.kind !== 'waiting' || !hopelessReasons.has(agentContainer.reason)) return undefined;
  const { reason, message } = agentContainer;
  return message === undefined ? reason : `${reason}: ${message}`;
}

/** Without the list of agents a running pod may well be online: it counts as able to serve. */
function judgeWithoutAgent(context: SlotContext, pod: AgentPod): Judgement {
  return context.observation.agents.kind === 'failed' ? { phase: 'starting' } : judgeStart(context, pod);
}

function judgeWithAgent(context: SlotContext, pod: AgentPod, agent: ObservedAgent): Judgement {
  if (hasRunItsOnlyJob(context, pod, agent)) return judgeAfterOnlyJob(context, agent);
  if (!agent.online) return judgeOffline(context, pod, agent);
  return { phase: agent.enabled ? 'idle' : 'drained' };
}

function judgeStart({ observation, spec }: SlotContext, pod: AgentPod): Judgement {
  if (podAgeMs(observation, pod) < spec.provisioningTimeoutSeconds * 1000) return { phase: 'starting' };
  return { phase: 'stuck', detail: pod.scheduled ? 'agent did not come online in time' : 'pod not scheduled in time' };
}

function hasRunItsOnlyJob(context: SlotContext, pod: AgentPod, agent: ObservedAgent): boolean {
  return pod.runOnce && isInPodsLife(context.observation, pod, agent.lastFinishedAt);
}

function judgeAfterOnlyJob({ observation }: SlotContext, agent: ObservedAgent): Judgement {
  const since = azureDevOpsAgeMs(observation, agent.lastFinishedAt ?? observation.azureDevOpsTime);
  return since > hungAfterMs ? { phase: 'hung', detail: 'still there 120 s after its only job' } : { phase: 'busy' };
}

function judgeOffline(context: SlotContext, pod: AgentPod, agent: ObservedAgent): Judgement {
  const { observation, spec } = context;
  const wentOffline = agent.statusChangedAt;
  const wasOnline = isInPodsLife(observation, pod, wentOffline) && wentOffline > agent.createdAt + 1000;
  if (!wasOnline || agent.updating) return judgeStart(context, pod);
  const offlineMs = azureDevOpsAgeMs(observation, wentOffline);
  if (offlineMs <= spec.offlineGraceSeconds * 1000 || isOutage(observation)) return { phase: 'starting' };
  return { phase: 'lost', detail: 'agent offline while its pod runs' };
}

/**
 * Half of the pool's agents with a running pod, and at least two, are offline: the service is away, not the agents.
 * Nothing is judged lost until one is back or an hour has passed.
 */
function isOutage(observation: PoolObservation): boolean {
  if (observation.cluster.kind === 'failed') return true;
  const agents = ownAgentsByName(observation);
  const running = observation.cluster.value.pods.filter(({ agentContainer }) => agentContainer.kind === 'running');
  const registered = running.map(({ name }) => agents.get(name)).filter((agent) => agent !== undefined);
  const offline = registered.filter(({ online }) => !online);
  if (offline.length < 2 || offline.length * 2 < registered.length) return false;
  const longest = Math.max(...offline.map((agent) => azureDevOpsAgeMs(observation, agent.statusChangedAt ?? 0)));
  return longest < 3_600_000;
}
