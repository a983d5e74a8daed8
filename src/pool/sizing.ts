import type { ActionReason } from './actions.ts';
import { type Election, isUsable } from './election.ts';
import type { JobRequest } from './observation.ts';
import { Room, type RoomInput } from './room.ts';
import type { Slot } from './slots.ts';
import type { AgentClass, PoolSpec } from './spec.ts';

/** How many agents a class should have, and how many more than that it has. */
export interface ClassSizing {
  readonly agentClass: AgentClass;
  readonly needed: number;
  /** Starting, idle and busy slots that are alive, enabled and not leaving; a replacement and the replaced count once. */
  readonly usable: number;
  /** Usable slots beyond what is needed; only idle or unscheduled ones may go. */
  readonly surplus: number;
  /** Usable slots that are needed as standby alone. */
  readonly onStandby: number;
}

/** One agent to create, and for whom. */
export interface CreateOrder {
  readonly agentClass: AgentClass;
  readonly reason: ActionReason;
  readonly job?: JobRequest;
}

/** A job for which a cap leaves no room. */
export interface JobWithoutRoom {
  readonly job: JobRequest;
  readonly agentClass: AgentClass;
  readonly limit: 'class-full' | 'pool-full';
}

export interface PoolSizing {
  readonly desiredAgents: number;
  readonly classes: readonly ClassSizing[];
  /** In the order jobs, minimum, standby; already cut to the room under the caps. */
  readonly create: readonly CreateOrder[];
  readonly withoutRoom: readonly JobWithoutRoom[];
  /** How many more agents must leave, for jobs that only the pool's cap keeps waiting. */
  readonly roomToMake: number;
  /** Replacements beside the agent that they replace. */
  readonly spare: ReadonlySet<Slot>;
}

export interface SizingInput extends RoomInput {
  readonly election: Election;
  /** false when the job list could not be read: nothing is created beyond the minimum. */
  readonly jobsKnown: boolean;
}

/** What the pool needs now, class by class, before looking at which slot leaves. */
export function sizePool(given: SizingInput): PoolSizing {
  const { spec } = given;
  const spare = spareReplacements(given);
  const input = { ...given, spare, loads: countLoads(given, spare) };
  const bounds = spec.agentClasses.map((agentClass, position) => classBounds(spec, agentClass, position));
  const classes = bounds.map((bound) => sizeClass(input, bound));
  const room = new Room(input);
  const withoutRoom: JobWithoutRoom[] = [];
  const create: CreateOrder[] = [];
  for (const { job, agentClass } of input.election.elected) {
    const place = room.take(agentClass);
    if (place === 'taken') create.push({ agentClass, reason: 'queued-jobs', job });
    else if (place !== 'held-back') withoutRoom.push({ job, agentClass, limit: place });
  }
  for (const reason of ['minimum', 'standby'] as const) {
    for (const bound of bounds) create.push(...topUp(input, bound, { reason, room, create }));
  }
  const desired = classes.reduce((sum, { needed }) => sum + needed, 0);
  const desiredAgents = Math.min(desired, spec.maxAgents);
  return {
    desiredAgents,
    classes,
    create,
    withoutRoom,
    roomToMake: roomToMake(input, withoutRoom),
    spare: input.spare,
  };
}

type SizingContext = SizingInput & Pick<PoolSizing, 'spare'> & { readonly loads: ReadonlyMap<AgentClass, ClassLoad> };

/**
 * A replacement and the agent that it replaces count as one until that one leaves: else the one that is still starting,
 * or the one that still serves, would be taken for a surplus.
 */
function spareReplacements({ slots, election }: SizingInput): ReadonlySet<Slot> {
  const staying = new Set(slots.filter((slot) => isUsable(slot) || isWorking(slot)).map(({ pod }) => pod.uid));
  const replacements = slots.filter(({ pod }) => pod.replaces !== undefined && staying.has(pod.replaces));
  return new Set(replacements.filter((slot) => isUsable(slot) && !election.spokenFor.has(slot.index)));
}

/** Agents that are already on their way out, and have no job, make room of their own. */
function roomToMake(
  { spec, slots, otherAlivePods, endingPods }: SizingInput,
  withoutRoom: readonly JobWithoutRoom[],
): number {
  // After the maximum was lowered, what each class needs on its own may be more than the pool may have.
  const overCap = Math.max(0, slots.filter(({ alive }) => alive).length + otherAlivePods - spec.maxAgents);
  const short = withoutRoom.filter(({ limit }) => limit === 'pool-full').length + overCap;
  const leaving = slots.filter(
    ({ alive, requestId, phase, pod }) =>
      alive && requestId === undefined && (phase === 'terminating' || pod.retiring !== undefined),
  );
  return Math.max(0, short - leaving.length - endingPods);
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

function sizeClass(input: SizingContext, { agentClass, min, max, standby }: ClassBounds): ClassSizing {
  const load = loadOf(input, agentClass);
  const { usable } = load;
  const wanted = load.busy + load.spokenFor + load.elected;
  const needed = Math.min(Math.max(wanted + (input.jobsKnown ? standby : 0), min), max);
  const onStandby = Math.max(0, Math.min(needed, usable) - Math.max(wanted, min));
  return { agentClass, needed, usable, surplus: Math.max(0, usable - needed), onStandby };
}

interface ClassLoad {
  readonly busy: number;
  readonly usable: number;
  readonly spokenFor: number;
  readonly elected: number;
}

function loadOf({ loads }: SizingContext, agentClass: AgentClass): ClassLoad {
  return loads.get(agentClass) ?? { busy: 0, usable: 0, spokenFor: 0, elected: 0 };
}

/** Counted in one go over the slots and one over the jobs. */
function countLoads(
  { slots, election, spec }: SizingInput,
  spare: ReadonlySet<Slot>,
): ReadonlyMap<AgentClass, ClassLoad> {
  const own = Map.groupBy(slots, ({ agentClass }) => agentClass);
  const elected = new Map<AgentClass, number>();
  for (const { agentClass } of election.elected) elected.set(agentClass, (elected.get(agentClass) ?? 0) + 1);
  return new Map(
    spec.agentClasses.map((agentClass) => {
      const of = own.get(agentClass) ?? [];
      const busy = of.filter(isWorking).length;
      const usable = busy + of.filter((slot) => isUsable(slot) && !spare.has(slot)).length;
      const spokenFor = of.filter((slot) => election.spokenFor.has(slot.index)).length;
      return [agentClass, { busy, usable, spokenFor, elected: elected.get(agentClass) ?? 0 }];
    }),
  );
}

/** Busy and staying: a slot that is on its way out serves no further job. */
function isWorking(slot: Slot): boolean {
  return slot.phase === 'busy' && slot.alive && slot.pod.retiring === undefined && !slot.disabledByPerson;
}

function topUp(
  input: SizingContext,
  bounds: ClassBounds,
  order: { readonly reason: 'minimum' | 'standby'; readonly room: Room; readonly create: readonly CreateOrder[] },
): readonly CreateOrder[] {
  const { agentClass, min, max, standby } = bounds;
  const load = loadOf(input, agentClass);
  const ordered = order.create.filter((entry) => entry.agentClass === agentClass).length;
  const withStandby = Math.max(load.busy + load.spokenFor + load.elected + standby, min);
  const target = order.reason === 'minimum' ? min : input.jobsKnown ? Math.min(withStandby, max) : 0;
  const missing = Math.max(0, target - load.usable - ordered);
  const places = Array.from({ length: missing }, () => order.room.take(agentClass));
  return places.filter((place) => place === 'taken').map(() => ({ agentClass, reason: order.reason }));
}
