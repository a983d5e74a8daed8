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
}

export interface StartFailure {
  /** The template that failed; another one is tried at once. */
  readonly templateHash: string;
  readonly failures: number;
  readonly reason: string;
  readonly retryAt: number;
}

export const emptyMemory: PoolMemory = { startFailures: {}, restingIndexes: {}, countedPods: [] };

/** A name that belongs to somebody else is tried again after this long. */
export const takenNameRestMs = 600_000;

const firstDelayMs = 10_000;
const longestDelayMs = 600_000;

/** 10 s, doubled with each failure, at most 10 min. */
export function startDelayMs(failures: number): number {
  return Math.min(firstDelayMs * 2 ** Math.max(0, Math.min(failures, 16) - 1), longestDelayMs);
}

/** Counts each stuck pod once, forgets what came good and what has passed. */
export function rememberStarts(memory: PoolMemory, slots: readonly Slot[], context: CountContext): PoolMemory {
  const stuck = slots.filter(({ phase }) => phase === 'stuck');
  const fresh = stuck.filter(({ pod }) => !memory.countedPods.includes(pod.uid));
  let next: PoolMemory = {
    startFailures: stillFailing(memory, slots, context.templates),
    restingIndexes: memory.restingIndexes,
    countedPods: memory.countedPods.filter((uid) => stuck.some(({ pod }) => pod.uid === uid)),
  };
  for (const slot of fresh) next = countFailure(next, slot, context);
  return next;
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
}

function countFailure(memory: PoolMemory, slot: Slot, context: CountContext): PoolMemory {
  const { pod } = slot;
  const nameTaken = isNameTaken(slot);
  const failures = (memory.restingIndexes[pod.index]?.failures ?? 0) + 1;
  const until = context.now + (nameTaken ? takenNameRestMs : startDelayMs(failures));
  // A taken name is no fault of the template, and an unschedulable pod is the node autoscaler's signal.
  const isTemplatesFault = !nameTaken && pod.scheduled;
  return {
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
  { pod, detail }: Slot,
  { now, templates }: CountContext,
): PoolMemory['startFailures'] {
  const failures = (startFailures[pod.agentClass]?.failures ?? 0) + 1;
  const failure: StartFailure = {
    templateHash: templates.get(pod.agentClass) ?? '',
    failures,
    reason: detail ?? 'agent did not start',
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
      now < retryAt || starting.has(name) ? 0 : 1,
    ]),
  );
}

/** An index whose name turned out to belong to an object that is not ours. */
export function restTakenName(memory: PoolMemory, index: number, now: number): PoolMemory {
  const entry = { until: now + takenNameRestMs, failures: (memory.restingIndexes[index]?.failures ?? 0) + 1 };
  return { ...memory, restingIndexes: { ...memory.restingIndexes, [index]: entry } };
}
