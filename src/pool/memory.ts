import type { ActionReason, SlotSteps } from './actions.ts';
import type { AgentPod } from './observation.ts';
import { nameTakenExitCode, type TemplateHashes } from './phase.ts';
import type { Slot } from './slots.ts';

/** Hints that a restart may lose, with no worse effect than one early retry. Times are of the cluster's clock. */
export interface PoolMemory {
  /** Classes whose agents fail to start, by class name. */
  readonly startFailures: Readonly<Record<string, StartFailure>>;
  /** Indexes that rest until then. */
  readonly restingIndexes: Readonly<Record<number, { readonly until: number; readonly failures: number }>>;
  /** Pods already counted as failed starts, by uid. */
  readonly countedPods: readonly string[];
  /** Pods whose agent was seen, by uid. */
  readonly seenPods: readonly string[];
  /** When surplus or drifted agents of the last minute began to leave. */
  readonly removals: readonly number[];
  /** When remembering began: of pods older than that we do not know whether their agent was ever seen. */
  readonly since?: number;
}

export interface StartFailure {
  /** The template that failed; another one is tried at once. */
  readonly templateHash: string;
  readonly failures: number;
  readonly reason: string;
  readonly retryAt: number;
}

export const emptyMemory: PoolMemory = {
  startFailures: {},
  restingIndexes: {},
  countedPods: [],
  seenPods: [],
  removals: [],
};

/** A name that belongs to somebody else is tried again after this long. */
export const takenNameRestMs = 600_000;

const firstDelayMs = 10_000;
const longestDelayMs = 600_000;

/** 10 s, doubled with each failure, at most 10 min. */
export function startDelayMs(failures: number): number {
  return Math.min(firstDelayMs * 2 ** Math.max(0, Math.min(failures, 16) - 1), longestDelayMs);
}

/** Whether a rest or delay that ends then still holds. One that is longer than any was set by a clock that has jumped since. */
export function isResting(until: number, now: number): boolean {
  return now < until && until - now <= longestDelayMs;
}

/** Counts each failed start once, forgets what came good and what has passed. */
export function rememberStarts(memory: PoolMemory, slots: readonly Slot[], context: CountContext): PoolMemory {
  const uids = new Set(slots.map(({ pod }) => pod.uid));
  const seen = slots.filter(({ agent, requestId }) => agent !== undefined || requestId !== undefined);
  const seenPods = new Set([...memory.seenPods.filter((uid) => uids.has(uid)), ...seen.map(({ pod }) => pod.uid)]);
  const failed = slots.filter(
    (slot) => slot.phase === 'stuck' || isSilentEnd(slot, seenPods, { ...context, since: memory.since }),
  );
  const since = memory.since ?? context.now;
  let next: PoolMemory = {
    since,
    startFailures: stillFailing(memory, slots, context.templates),
    restingIndexes: stillResting(memory, slots, context.now),
    countedPods: memory.countedPods.filter((uid) => uids.has(uid)),
    seenPods: [...seenPods],
    removals: memory.removals.filter((at) => Math.abs(context.now - at) < 60_000),
  };
  for (const slot of failed) if (!next.countedPods.includes(slot.pod.uid)) next = countFailure(next, slot, context);
  return next;
}

/** An agent needs longer than this to register, run a job and unregister. */
const shortestLifeMs = 10_000;

/**
 * The container ended without an error, but so soon, without an agent that was ever seen and with its job still queued
 * that it cannot have been an agent: what is no agent image ends like this each time.
 */
function isSilentEnd(slot: Slot, seenPods: ReadonlySet<string>, context: SilentEndContext): boolean {
  const { phase, pod } = slot;
  if (phase !== 'finished' || pod.agentContainer.kind !== 'terminated' || pod.retiring !== undefined) return false;
  if (!context.agentsRead || seenPods.has(pod.uid) || mayHaveServed(pod, context)) return false;
  const { finishedAt = Number.POSITIVE_INFINITY } = pod.agentContainer;
  return finishedAt - pod.createdAt < shortestLifeMs;
}

type SilentEndContext = CountContext & { readonly since: number | undefined };

/** Its job is no longer queued; or it is older than our memory, so that nobody knows. */
function mayHaveServed({ createdAt, jobRequestId }: AgentPod, { since, queued }: SilentEndContext): boolean {
  if (since === undefined || createdAt < since) return true;
  return jobRequestId !== undefined && queued?.has(jobRequestId) !== true;
}

function stillResting(
  { restingIndexes }: PoolMemory,
  slots: readonly Slot[],
  now: number,
): PoolMemory['restingIndexes'] {
  const good = new Set(slots.filter(({ phase }) => phase === 'idle' || phase === 'busy').map(({ index }) => index));
  return Object.fromEntries(
    Object.entries(restingIndexes).filter(
      ([index, { until }]) => !good.has(Number(index)) && Math.abs(now - until) <= longestDelayMs,
    ),
  );
}

function stillFailing(
  memory: PoolMemory,
  slots: readonly Slot[],
  templates: TemplateHashes,
): Readonly<Record<string, StartFailure>> {
  const cameGood = (name: string): boolean =>
    slots.some(
      ({ pod, phase, drifted }) => pod.agentClass === name && !drifted && (phase === 'idle' || phase === 'busy'),
    );
  return Object.fromEntries(
    Object.entries(memory.startFailures).filter(
      ([name, failure]) => templates.get(name) === failure.templateHash && !cameGood(name),
    ),
  );
}

interface CountContext {
  readonly now: number;
  readonly templates: TemplateHashes;
  readonly agentsRead: boolean;
  /** Request ids of the queued jobs; undefined when they could not be read. */
  readonly queued: ReadonlySet<number> | undefined;
}

function countFailure(memory: PoolMemory, slot: Slot, context: CountContext): PoolMemory {
  const { pod } = slot;
  const nameTaken = isNameTaken(slot);
  const failures = (memory.restingIndexes[pod.index]?.failures ?? 0) + 1;
  const until = context.now + (nameTaken ? takenNameRestMs : startDelayMs(failures));
  // A taken name is no fault of the template, an unschedulable pod is the node autoscaler's signal, and a pod of an
  // older template says nothing about this one.
  const isTemplatesFault = !nameTaken && !slot.drifted && (pod.scheduled || pod.agentContainer.kind === 'terminated');
  return {
    ...memory,
    countedPods: [...memory.countedPods, pod.uid],
    restingIndexes: { ...memory.restingIndexes, [pod.index]: { until, failures } },
    startFailures: isTemplatesFault ? countStartFailure(memory, slot, context) : memory.startFailures,
  };
}

function isNameTaken({ pod }: Slot): boolean {
  return pod.agentContainer.kind === 'terminated' && pod.agentContainer.exitCode === nameTakenExitCode;
}

function countStartFailure(
  { startFailures }: PoolMemory,
  { pod, phase, detail }: Slot,
  { now, templates }: CountContext,
): PoolMemory['startFailures'] {
  const silent = phase === 'finished' ? 'agent container ended at once, without an agent that registered' : undefined;
  const failures = (startFailures[pod.agentClass]?.failures ?? 0) + 1;
  const failure: StartFailure = {
    templateHash: templates.get(pod.agentClass) ?? '',
    failures,
    reason: silent ?? detail ?? 'agent did not start',
    retryAt: now + startDelayMs(failures),
  };
  return { ...startFailures, [pod.agentClass]: failure };
}

/** A class that fails to start waits for its delay, then sends one probe at a time. Other classes are not listed. */
export function allowedProbes(memory: PoolMemory, slots: readonly Slot[], now: number): ReadonlyMap<string, number> {
  const starting = new Set(slots.filter(({ phase }) => phase === 'starting').map(({ pod }) => pod.agentClass));
  return new Map(
    Object.entries(memory.startFailures).map(([name, { retryAt }]) => [
      name,
      isResting(retryAt, now) || starting.has(name) ? 0 : 1,
    ]),
  );
}

/** What leaves because there are too many, or for a newer template; not what has ended or failed. */
const slowedReasons: ReadonlySet<string> = new Set<ActionReason>([
  'excess-idle',
  'idle-timeout',
  'make-room',
  'drifted',
  'unscheduled-surplus',
]);

/** Notes which of the steps begin to remove an agent that could have stayed. */
export function rememberRemovals(memory: PoolMemory, steps: readonly SlotSteps[], now: number): PoolMemory {
  const begun = steps.filter(({ actions: [first] }) => {
    if (first?.kind !== 'mark-retiring' && first?.kind !== 'delete-pod') return false;
    return slowedReasons.has(first.reason);
  });
  return begun.length === 0 ? memory : { ...memory, removals: [...memory.removals, ...begun.map(() => now)] };
}

/** An index whose name turned out to belong to an object that is not ours. */
export function restTakenName(memory: PoolMemory, index: number, now: number): PoolMemory {
  const entry = { until: now + takenNameRestMs, failures: (memory.restingIndexes[index]?.failures ?? 0) + 1 };
  return { ...memory, restingIndexes: { ...memory.restingIndexes, [index]: entry } };
}
