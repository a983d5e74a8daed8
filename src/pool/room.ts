import type { Slot } from './slots.ts';
import type { AgentClass, PoolSpec } from './spec.ts';

/** What became of the wish for one more agent of a class. */
export type Place = 'taken' | 'held-back' | 'class-full' | 'pool-full';

export interface RoomInput {
  readonly spec: PoolSpec;
  readonly slots: readonly Slot[];
  /** Pods alive under this pool's cap that are not in `slots`. */
  readonly otherAlivePods: number;
  /** Slots whose agent has just ended and whose pods are about to be gone: at the cap their indexes are waited for. */
  readonly endingPods: number;
  /** How many agents may be created now of the classes that fail to start; other classes are not listed. */
  readonly probes: ReadonlyMap<string, number>;
}

/** What is left under the caps: a cap is on pods alive at any instant, draining and terminating ones included. */
export class Room {
  #pool: number;
  readonly #classes: Map<AgentClass, number>;
  readonly #probes: Map<string, number>;

  constructor({ spec, slots, otherAlivePods, endingPods, probes }: RoomInput) {
    this.#pool = spec.maxAgents - slots.filter(({ alive }) => alive).length - otherAlivePods - endingPods;
    this.#probes = new Map(probes);
    this.#classes = new Map(
      spec.agentClasses.map((agentClass) => [
        agentClass,
        agentClass.maxAgents - slots.filter((slot) => slot.alive && slot.agentClass === agentClass).length,
      ]),
    );
  }

  /** Takes one place for an agent of that class, if there is one. A class that cannot start takes none from the others. */
  take(agentClass: AgentClass): Place {
    const inClass = this.#classes.get(agentClass) ?? 0;
    const probes = this.#probes.get(agentClass.name);
    if (inClass <= 0) return 'class-full';
    if (probes !== undefined && probes <= 0) return 'held-back';
    if (this.#pool <= 0) return 'pool-full';
    this.#pool -= 1;
    this.#classes.set(agentClass, inClass - 1);
    if (probes !== undefined) this.#probes.set(agentClass.name, probes - 1);
    return 'taken';
  }
}
