import type { ActionReason, SlotSteps } from './actions.ts';
import { azureDevOpsAgeMs, isInPodsLife } from './clocks.ts';
import type { Election } from './election.ts';
import { isUsable } from './election.ts';
import { jobResultOf } from './kept-pods.ts';
import type { PoolObservation, VolumeClaim } from './observation.ts';
import { hasEnded } from './phase.ts';
import {
  beginRetiring,
  cannotBeRunning,
  continueRetiring,
  deleteUnstarted,
  keepEnded,
  removeSlot,
} from './retirement.ts';
import type { PoolSizing } from './sizing.ts';
import type { Slot } from './slots.ts';
import type { AgentClass, PoolSpec } from './spec.ts';

export interface LeavingInput {
  readonly spec: PoolSpec;
  /** The definition is gone: the pool drains. */
  readonly removed: boolean;
  readonly slots: readonly Slot[];
  readonly observation: PoolObservation;
  readonly election: Election;
  readonly sizing: PoolSizing;
  /** Ended pods that are kept for a look. */
  readonly kept: ReadonlySet<Slot>;
  /** How many surplus agents may begin to leave now. */
  readonly allowance: number;
}

/** How long after a job its agent is left alone. */
const settlingMs = 15_000;

/** Steps for every slot that ends, leaves or is already on its way out. The caller has made sure that all was read. */
export function planLeaving(input: LeavingInput): readonly SlotSteps[] {
  const claims = input.observation.cluster.kind === 'read' ? input.observation.cluster.value.claims : [];
  const settled = input.slots.map((slot) => settleSlot(input, slot, claims)).filter((steps) => steps !== undefined);
  const taken = new Set(settled.map(({ key }) => key));
  const surplus = chooseSurplus(input).filter(({ slot }) => !taken.has(slot.pod.name));
  const leaving = surplus.slice(0, input.allowance);
  return [...settled, ...leaving.map((leaver) => leaveAsSurplus(input, leaver, claims))];
}

/** What follows from the slot's own phase, whatever the others do. */
function settleSlot(input: LeavingInput, slot: Slot, claims: readonly VolumeClaim[]): SlotSteps | undefined {
  if (input.kept.has(slot)) return keepEnded(slot, jobResultOf(slot));
  if (slot.phase === 'finished') return removeSlot(slot, 'finished', claims);
  if (slot.phase === 'stuck' && hasEnded(slot.pod)) return removeSlot(slot, 'start-failed', claims);
  if (isLeftAlone(input, slot)) return undefined;
  if (slot.phase === 'terminating') return shieldTerminating(slot);
  if (slot.phase === 'stuck') return leaveStuck(slot, claims);
  return slot.pod.retiring === undefined ? settleUnmarked(input, slot, claims) : continueRetiring(slot, claims);
}

function settleUnmarked(input: LeavingInput, slot: Slot, claims: readonly VolumeClaim[]): SlotSteps | undefined {
  if (slot.phase === 'hung' || slot.phase === 'lost') return beginRetiring(slot, slot.phase);
  if (input.removed) return leaveRemovedPool(slot, claims);
  return slot.agentClass === undefined && slot.phase === 'idle' ? beginRetiring(slot, 'drifted') : undefined;
}

/**
 * A record of that name that is not proven ours may be at work: nothing is judged from its absence. What a person has
 * disabled is that person's.
 */
function isLeftAlone(input: LeavingInput, slot: Slot): boolean {
  const isPersons = slot.disabledByPerson && !input.removed;
  return slot.recordUnproven || isSettling(input, slot) || isPersons;
}

/** Its job has just ended and the worker may still be cleaning up, or a run-once agent is about to end by itself. */
function isSettling({ observation }: LeavingInput, { phase, pod, agent, requestId }: Slot): boolean {
  if (agent === undefined || requestId !== undefined) return false;
  if (phase === 'busy') return true;
  if (phase !== 'idle' && phase !== 'drained') return false;
  const finished = agent.lastFinishedAt;
  return isInPodsLife(observation, pod, finished) && azureDevOpsAgeMs(observation, finished) < settlingMs;
}

/** Somebody else deletes the pod: its agent must get no further job. */
function shieldTerminating({ pod, agent }: Slot): SlotSteps | undefined {
  if (agent === undefined || !agent.enabled || !agent.online) return undefined;
  return { key: pod.name, actions: [{ kind: 'disable-agent', agent, reason: 'being-deleted' }] };
}

function leaveStuck(slot: Slot, claims: readonly VolumeClaim[]): SlotSteps | undefined {
  if (slot.agent === undefined && cannotBeRunning(slot)) return deleteUnstarted(slot, 'start-failed', claims);
  return slot.pod.retiring === undefined ? beginRetiring(slot, 'start-failed') : continueRetiring(slot, claims);
}

/** Busy agents are disabled too, so that a lasting one takes no further job; a starting one must come online first. */
function leaveRemovedPool(slot: Slot, claims: readonly VolumeClaim[]): SlotSteps | undefined {
  if (slot.phase === 'starting') {
    return slot.agent === undefined && cannotBeRunning(slot)
      ? deleteUnstarted(slot, 'pool-removed', claims)
      : undefined;
  }
  const alreadyLeaving = slot.agent === undefined || slot.phase === 'draining';
  return alreadyLeaving ? undefined : beginRetiring(slot, 'pool-removed');
}

function leaveAsSurplus(input: LeavingInput, { slot, reason }: Leaver, claims: readonly VolumeClaim[]): SlotSteps {
  return slot.phase === 'starting'
    ? deleteUnstarted(slot, 'unscheduled-surplus', claims)
    : beginRetiring(slot, reason ?? surplusReason(input));
}

function surplusReason(input: LeavingInput): ActionReason {
  return input.spec.ttlIdleSeconds > 0 && !isOverCap(input) ? 'idle-timeout' : 'excess-idle';
}

function isOverCap({ spec, slots, observation }: LeavingInput): boolean {
  return slots.filter(({ alive }) => alive).length + observation.predecessorPods > spec.maxAgents;
}

interface Leaver {
  readonly slot: Slot;
  /** Given where it leaves for somebody else. */
  readonly reason?: 'make-room';
}

/**
 * Surplus slots whose time has come, and as many as jobs of other classes wait for room: first from the surplus, then
 * from what only replaces, from standby and from the minimum.
 */
function chooseSurplus(input: LeavingInput): readonly Leaver[] {
  if (input.removed) return [];
  const classes = input.sizing.classes.map((sizing) => ({ ...sizing, idle: removable(input, sizing.agentClass) }));
  const surplus = classes.flatMap((sizing) => sizing.idle.slice(0, sizing.surplus));
  const kept = [
    ...input.slots.filter((slot) => input.sizing.spare.has(slot) && isUnscheduled(slot)),
    ...classes.flatMap(({ idle, surplus: first, onStandby }) => idle.slice(first, first + onStandby)),
    ...classes.flatMap(({ idle, surplus: first, onStandby }) => idle.slice(first + onStandby)),
  ];
  const makingRoom = [...surplus, ...kept].slice(0, input.sizing.roomToMake);
  const due = surplus.filter((slot) => !makingRoom.includes(slot) && isDue(input, slot));
  return [...makingRoom.map((slot) => ({ slot, reason: 'make-room' as const })), ...due.map((slot) => ({ slot }))];
}

/** Slots of the class that may go, in the order in which they should: unscheduled, then drifted, then the longest idle. */
function removable(input: LeavingInput, agentClass: AgentClass): readonly Slot[] {
  return input.slots
    .filter((slot) => slot.agentClass === agentClass && isUsable(slot) && !input.election.spokenFor.has(slot.index))
    .filter((slot) => (slot.phase === 'idle' ? slot.agent !== undefined : isUnscheduled(slot)))
    .filter((slot) => !input.sizing.spare.has(slot) && !isSettling(input, slot))
    .toSorted((a, b) => order(a) - order(b) || b.idleMs - a.idleMs || b.index - a.index);
}

function isUnscheduled(slot: Slot): boolean {
  return slot.agent === undefined && !slot.pod.scheduled && cannotBeRunning(slot);
}

function order(slot: Slot): number {
  if (slot.phase === 'starting') return 0;
  return slot.drifted ? 1 : 2;
}

function isDue(input: LeavingInput, slot: Slot): boolean {
  const { ttlIdleSeconds, idleGraceSeconds } = input.spec;
  if (slot.phase === 'starting' || isOverCap(input)) return true;
  return slot.idleMs >= (ttlIdleSeconds > 0 ? ttlIdleSeconds : idleGraceSeconds) * 1000;
}
