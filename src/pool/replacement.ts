import type { SlotSteps } from './actions.ts';
import type { Election } from './election.ts';
import { isUsable } from './election.ts';
import { beginRetiring } from './retirement.ts';
import type { CreateOrder } from './sizing.ts';
import type { Slot } from './slots.ts';
import type { AgentClass } from './spec.ts';

export interface ReplacementInput {
  readonly agentClass: AgentClass;
  readonly slots: readonly Slot[];
  readonly election: Election;
  /** Places left under the caps after everything else was ordered. */
  readonly room: number;
  /** How many agents of the class may be tried now; Infinity unless it fails to start. */
  readonly probes: number;
}

export interface Replacement {
  readonly leaving?: SlotSteps;
  readonly create?: CreateOrder & { readonly replaces: string };
}

/**
 * Idle drifted agents are replaced one at a time: the replacement is created first and says whom it replaces; that one
 * leaves when the replacement is online; only then the next is touched. At the cap one leaves first. Of a class that
 * fails to start none is replaced until a probe is due.
 */
export function replaceDrifted(input: ReplacementInput): Replacement {
  const own = input.slots.filter((slot) => slot.agentClass === input.agentClass);
  const drifted = own.filter((slot) => isReplaceable(slot, input.election));
  const [next] = drifted.toSorted((a, b) => b.idleMs - a.idleMs || a.index - b.index);
  if (next === undefined || input.probes === 0) return {};
  const due = drifted.find((slot) => own.some((other) => other.pod.replaces === slot.pod.uid && isServing(other)));
  if (due !== undefined) return { leaving: beginRetiring(due, 'drifted') };
  const underWay = own.some((slot) => slot.pod.retiring === 'drifted' || (!slot.drifted && slot.phase === 'starting'));
  if (underWay) return {};
  if (input.room <= 0) return { leaving: beginRetiring(next, 'drifted') };
  return { create: { agentClass: input.agentClass, reason: 'replacement', replaces: next.pod.uid } };
}

function isReplaceable(slot: Slot, election: Election): boolean {
  return slot.drifted && slot.phase === 'idle' && isUsable(slot) && !election.spokenFor.has(slot.index);
}

function isServing(slot: Slot): boolean {
  return !slot.drifted && (slot.phase === 'idle' || slot.phase === 'busy');
}
