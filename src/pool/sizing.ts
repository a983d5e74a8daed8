import type { ActionReason } from './actions.ts';
import { type Election, isUsable } from './election.ts';
import type { JobRequest } from './observation.ts';
import type { Slot } from './slots.ts';
import type { AgentClass, PoolSpec } from './spec.ts';

/** How many agents a class should have, and how many more than that it has. */
export interface ClassSizing {
  readonly agentClass: AgentClass;
  readonly needed: number;
  /** Starting, idle and busy slots that are alive, enabled and not leaving. */
  readonly usable: number;
  /** Usable slots beyond what is needed; only idle or unscheduled ones may go. */
  readonly surplus: number;
}

/** One agent to create, and for whom. */
export interface CreateOrder {
  readonly agentClass: AgentClass;
  readonly reason: ActionReason;
  readonly job?: JobRequest;
}

export interface PoolSizing {
  readonly desiredAgents: number;
  readonly classes: readonly ClassSizing[];
  /** In the order jobs, minimum, standby; already cut to the room under the caps. */
  readonly create: readonly CreateOrder[];
  /** Jobs that have no room under the caps. */
  readonly withoutRoom: readonly JobRequest[];
}

export interface SizingInput {
  readonly spec: PoolSpec;
  readonly slots: readonly Slot[];
  readonly election: Election;
  /** Pods alive under this pool's cap that are not in `slots`. */
  readonly otherAlivePods: number;
  /** Slots whose agent has just ended and whose pods are about to be gone: at the cap their indexes are waited for. */
  readonly endingPods: number;
  /** false when the job list could not be read: nothing is created beyond the minimum. */
  readonly jobsKnown: boolean;
}

/** What the pool needs now, class by class, before looking at which slot leaves. */
export function sizePool(input: SizingInput): PoolSizing {
  const { spec } = input;
  const bounds = spec.agentClasses.map((agentClass, position) => classBounds(spec, agentClass, position));
  const classes = bounds.map((bound) => sizeClass(input, bound));
  const room = new Room(input);
  const withoutRoom: JobRequest[] = [];
  const create: CreateOrder[] = [];
  for (const { job, agentClass } of input.election.elected) {
    if (room.take(agentClass)) create.push({ agentClass, reason: 'queued-jobs', job });
    else withoutRoom.push(job);
  }
  for (const reason of ['minimum', 'standby'] as const) {
    for (const bound of bounds) create.push(...topUp(input, bound, { reason, room, create }));
  }
  const desired = classes.reduce((sum, { needed }) => sum + needed, 0);
  return { desiredAgents: Math.min(desired, spec.maxAgents), classes, create, withoutRoom };
}

interface ClassBounds {
  readonly agentClass: AgentClass;
  readonly min: number;
  readonly max: number;
  readonly standby: number;
}

/** The pool's own minimum and standby are kept in the first class. */
function classBounds(spec: PoolSpec, agentClass: AgentClass, position: number): ClassBounds {
  const first = position === 0;
  return {
    agentClass,
    min: Math.max(agentClass.minAgents, first ? spec.minAgents : 0),
    max: Math.min(agentClass.maxAgents, spec.maxAgents),
    standby: Math.max(agentClass.standbyAgents, first ? spec.standbyAgents : 0),
  };
}

function sizeClass(input: SizingInput, bounds: ClassBounds): ClassSizing {
  const load = loadOf(input, bounds.agentClass);
  const wanted = load.busy + load.spokenFor + load.elected + (input.jobsKnown ? bounds.standby : 0);
  const needed = Math.min(Math.max(wanted, bounds.min), bounds.max);
  return { agentClass: bounds.agentClass, needed, usable: load.usable, surplus: Math.max(0, load.usable - needed) };
}

interface ClassLoad {
  readonly busy: number;
  readonly usable: number;
  readonly spokenFor: number;
  readonly elected: number;
}

function loadOf({ slots, election }: SizingInput, agentClass: AgentClass): ClassLoad {
  const own = slots.filter((slot) => slot.agentClass === agentClass);
  const busy = own.filter(isWorking).length;
  return {
    busy,
    usable: busy + own.filter(isUsable).length,
    spokenFor: own.filter((slot) => election.spokenFor.has(slot.index)).length,
    elected: election.elected.filter((entry) => entry.agentClass === agentClass).length,
  };
}

/** Busy and staying: a slot that is on its way out serves no further job. */
function isWorking(slot: Slot): boolean {
  return slot.phase === 'busy' && slot.alive && slot.pod.retiring === undefined && !slot.disabledByPerson;
}

function topUp(
  input: SizingInput,
  bounds: ClassBounds,
  order: { readonly reason: 'minimum' | 'standby'; readonly room: Room; readonly create: readonly CreateOrder[] },
): readonly CreateOrder[] {
  const { agentClass, min, max, standby } = bounds;
  const load = loadOf(input, agentClass);
  const ordered = order.create.filter((entry) => entry.agentClass === agentClass).length;
  const withStandby = Math.max(load.busy + load.spokenFor + load.elected + standby, min);
  const target = order.reason === 'minimum' ? min : input.jobsKnown ? Math.min(withStandby, max) : 0;
  const missing = Math.max(0, target - load.usable - ordered);
  const fitting = Array.from({ length: missing }, () => order.room.take(agentClass)).filter(Boolean).length;
  return Array.from({ length: fitting }, () => ({ agentClass, reason: order.reason }));
}

/** What is left under the caps: a cap is on pods alive at any instant, draining and terminating ones included. */
class Room {
  #pool: number;
  readonly #classes: Map<AgentClass, number>;

  constructor({ spec, slots, otherAlivePods, endingPods }: SizingInput) {
    this.#pool = spec.maxAgents - slots.filter(({ alive }) => alive).length - otherAlivePods - endingPods;
    this.#classes = new Map(
      spec.agentClasses.map((agentClass) => [
        agentClass,
        agentClass.maxAgents - slots.filter((slot) => slot.alive && slot.agentClass === agentClass).length,
      ]),
    );
  }

  /** Takes one place for an agent of that class, if there is one. */
  take(agentClass: AgentClass): boolean {
    const inClass = this.#classes.get(agentClass) ?? 0;
    if (this.#pool <= 0 || inClass <= 0) return false;
    this.#pool -= 1;
    this.#classes.set(agentClass, inClass - 1);
    return true;
  }
}
