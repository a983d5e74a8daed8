import type { SlotSteps } from './actions.ts';
import { type Election, electClasses, findQueuedJobs } from './election.ts';
import { planGarbage } from './garbage.ts';
import { choosePodsToKeep } from './kept-pods.ts';
import { planLeaving } from './leaving.ts';
import { allowedProbes, type PoolMemory, rememberRemovals, rememberStarts } from './memory.ts';
import type { PoolNaming } from './names.ts';
import type { JobRequest, PoolObservation } from './observation.ts';
import { isLeftOver, isUnread } from './owned-agents.ts';
import { hasEnded, type TemplateHashes } from './phase.ts';
import { type Replacement, replaceDrifted } from './replacement.ts';
import { type PoolSizing, sizePool } from './sizing.ts';
import { buildSlots, type Slot } from './slots.ts';
import type { PoolSpec } from './spec.ts';
import { type Start, startAgents } from './starting.ts';
import { explainWaiting, type WaitingJob } from './waiting.ts';

export interface PlanInput {
  readonly naming: PoolNaming;
  readonly spec: PoolSpec;
  /** The definition left the repository (or changed its identity): no new agents, the rest drains. */
  readonly removed: boolean;
  /** Of a removed one: a pool of the same name continues it elsewhere and keeps the claims. */
  readonly claimsPassOn?: boolean;
  readonly templates: TemplateHashes;
  readonly observation: PoolObservation;
  readonly memory: PoolMemory;
}

/** What should happen to one pool, and why. */
export interface Plan {
  readonly desiredAgents: number;
  readonly slots: readonly Slot[];
  readonly steps: readonly SlotSteps[];
  readonly waiting: readonly WaitingJob[];
  readonly memory: PoolMemory;
  /** Of a removed pool: nothing of ours is left but its placeholders and retained claims. */
  readonly drained: boolean;
}

/** Decides one pass. Pure: equal input, equal plan. Without the pods nothing at all is done. */
export function planPool(input: PlanInput): Plan {
  const { observation, spec } = input;
  const slots = buildSlots(input);
  const queuedJobs = findQueuedJobs(observation);
  const memory = remember(input, slots, queuedJobs);
  const election = electClasses({ classes: spec.agentClasses, slots, observation, queuedJobs });
  const kept = choosePodsToKeep(slots, { count: input.removed ? 0 : spec.keepFinishedPods, observation });
  const sizing = sizeSlots({ ...input, memory }, slots, { election, kept });
  const mayRemove = removalsAllowed(input);
  const starts = planStarts({ ...input, memory }, { slots, election, sizing, mayRemove });
  const allowance = removalAllowance(spec, memory);
  const replaced = starts.replaced.slice(0, allowance);
  const left = { kept, slots, election, sizing, allowance: allowance - replaced.length };
  const leaving = mayRemove ? planLeaving({ ...input, ...left }) : [];
  const starting = new Set(starts.created.map(({ index }) => index));
  const garbage = mayRemove ? planGarbage({ ...input, slots, starting }) : [];
  const steps = onePerKey([...replaced, ...leaving, ...starts.created.map((start) => start.steps), ...garbage]);
  return {
    desiredAgents: input.removed ? 0 : sizing.desiredAgents,
    slots,
    steps,
    waiting: explainWaiting({ ...input, memory, election, sizing, starts: starts.created }),
    memory: rememberRemovals(memory, steps, observation.clusterTime),
    drained: input.removed && isDrained(input, slots),
  };
}

/** Without the pods there is nothing new to remember. */
function remember(
  { observation, memory, templates }: PlanInput,
  slots: readonly Slot[],
  queuedJobs: readonly JobRequest[],
): PoolMemory {
  if (observation.cluster.kind === 'failed') return memory;
  const agentsRead = observation.agents.kind === 'read';
  const queued = observation.jobs.kind === 'read' ? new Set(queuedJobs.map(({ requestId }) => requestId)) : undefined;
  return rememberStarts(memory, slots, { now: observation.clusterTime, templates, agentsRead, queued });
}

/** How many agents more `removalsPerMinute` lets go now. */
function removalAllowance({ removalsPerMinute }: PoolSpec, { removals }: PoolMemory): number {
  return removalsPerMinute === undefined ? Number.POSITIVE_INFINITY : Math.max(0, removalsPerMinute - removals.length);
}

/** Destroying needs proof: jobs, agents and pods were all read in this pass, on clocks that did not jump. */
function removalsAllowed({ observation, spec, removed }: PlanInput): boolean {
  const { agents, jobs, cluster, clocksSteady } = observation;
  const allRead = agents.kind === 'read' && jobs.kind === 'read' && cluster.kind === 'read';
  return allRead && clocksSteady && (removed || !spec.suspend);
}

function sizeSlots(
  { spec, observation, memory }: PlanInput,
  slots: readonly Slot[],
  { election, kept }: { readonly election: Election; readonly kept: ReadonlySet<Slot> },
): PoolSizing {
  return sizePool({
    spec,
    slots,
    election,
    otherAlivePods: otherAlive(observation, slots),
    endingPods: slots.filter((slot) => !kept.has(slot) && isEnding(slot, observation.clusterTime)).length,
    probes: allowedProbes(memory, slots, observation.clusterTime),
    jobsKnown: observation.jobs.kind === 'read',
  });
}

/** So long after its container's end a pod is expected to be gone; one that hangs on longer holds nobody up. */
const endingMs = 15_000;

function isEnding({ phase, pod }: Slot, now: number): boolean {
  if (phase !== 'finished' || pod.agentContainer.kind !== 'terminated') return false;
  const { finishedAt } = pod.agentContainer;
  return finishedAt !== undefined && now - finishedAt < endingMs;
}

/** Pods under this cap that are no slots of ours: of a renamed pool, or registered with another URL or pool. */
function otherAlive({ cluster, predecessorPods }: PoolObservation, slots: readonly Slot[]): number {
  if (cluster.kind === 'failed') return predecessorPods;
  const here = new Set(slots.map(({ pod }) => pod.uid));
  return predecessorPods + cluster.value.pods.filter((pod) => !here.has(pod.uid) && !hasEnded(pod)).length;
}

interface Starts {
  readonly created: readonly Start[];
  /** Drifted agents that leave because their replacement is online, or to make room for it. */
  readonly replaced: readonly SlotSteps[];
}

interface Decided {
  readonly slots: readonly Slot[];
  readonly election: Election;
  readonly sizing: PoolSizing;
  readonly mayRemove: boolean;
}

function planStarts(input: PlanInput, decided: Decided): Starts {
  const { observation, spec } = input;
  const mayCreate = observation.cluster.kind === 'read' && observation.fence.kind === 'held';
  if (!mayCreate || input.removed || spec.suspend) return { created: [], replaced: [] };
  const replacements = decided.mayRemove ? planReplacements(input, decided) : [];
  const orders = [...decided.sizing.create, ...replacements.flatMap(({ create }) => create ?? [])];
  const created = startAgents({ ...input, mayRemove: decided.mayRemove }, orders);
  return { created, replaced: replacements.flatMap(({ leaving }) => leaving ?? []) };
}

function planReplacements(input: PlanInput, { slots, election, sizing }: Decided): readonly Replacement[] {
  const { observation, spec, memory } = input;
  const alive = slots.filter((slot) => slot.alive).length + otherAlive(observation, slots);
  const probes = allowedProbes(memory, slots, observation.clusterTime);
  let room = spec.maxAgents - alive - sizing.create.length;
  return spec.agentClasses.map((agentClass) => {
    const ordered = sizing.create.filter((order) => order.agentClass === agentClass).length;
    const inClass = slots.filter((slot) => slot.alive && slot.agentClass === agentClass).length;
    const replacement = replaceDrifted({
      agentClass,
      slots,
      election,
      room: Math.min(room, agentClass.maxAgents - inClass - ordered),
      probes: Math.max(0, (probes.get(agentClass.name) ?? Number.POSITIVE_INFINITY) - ordered),
    });
    if (replacement.create) room -= 1;
    return replacement;
  });
}

/** The first steps named for a slot win: two parts of the plan never write to one slot in one pass. */
function onePerKey(steps: readonly SlotSteps[]): readonly SlotSteps[] {
  const byKey = new Map<string, SlotSteps>();
  for (const entry of steps) if (!byKey.has(entry.key)) byKey.set(entry.key, entry);
  return [...byKey.values()];
}

/** Online agents of ours without a pod are not touched, so they do not hold a removed pool back. */
function isDrained({ spec, observation, claimsPassOn }: PlanInput, slots: readonly Slot[]): boolean {
  if (observation.agents.kind === 'failed' || observation.cluster.kind === 'failed') return false;
  const claims = claimsPassOn ? [] : observation.cluster.value.claims;
  const claimsLeft = claims.some((claim) => spec.volumePolicy === 'delete' || claim.deleteWithAgent);
  const records = observation.agents.value.some((agent) => isLeftOver(agent, observation.owner) || isUnread(agent));
  return slots.length === 0 && !claimsLeft && !records;
}
