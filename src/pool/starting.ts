import type { Action, SlotSteps } from './actions.ts';
import { lowestFreeIndexes } from './indexes.ts';
import type { PoolMemory } from './memory.ts';
import { agentName, claimName, type PoolNaming } from './names.ts';
import type { PoolObservation } from './observation.ts';
import type { CreateOrder } from './sizing.ts';

export interface StartInput {
  readonly naming: PoolNaming;
  readonly observation: PoolObservation;
  readonly memory: PoolMemory;
  /** A left-over record may be deregistered to use its index again. */
  readonly mayRemove: boolean;
}

/** An order that got an index. */
export interface Start {
  readonly order: StartOrder;
  readonly index: number;
  readonly steps: SlotSteps;
}

export type StartOrder = CreateOrder & { readonly replaces?: string };

/** Gives each order the lowest free index: left-over record first, then claims, then the pod. */
export function startAgents(input: StartInput, orders: readonly StartOrder[]): readonly Start[] {
  const free = lowestFreeIndexes(input.naming, input, orders.length);
  const claims = claimNames(input);
  return orders.flatMap((order, position) => {
    const place = free[position];
    if (place === undefined) return [];
    const pod = agentName(input.naming, place.index);
    const deregister: Action[] = place.leftOver
      ? [{ kind: 'deregister-agent', agent: place.leftOver, reason: 'left-over' }]
      : [];
    const actions = [
      ...deregister,
      ...createClaims(order, pod, { index: place.index, claims }),
      createPod(order, place.index),
    ];
    return [{ order, index: place.index, steps: { key: pod, actions } }];
  });
}

function claimNames({ observation }: StartInput): ReadonlySet<string> {
  const claims = observation.cluster.kind === 'read' ? observation.cluster.value.claims : [];
  return new Set(claims.map(({ name }) => name));
}

function createClaims(
  { agentClass, reason }: StartOrder,
  pod: string,
  { index, claims }: { readonly index: number; readonly claims: ReadonlySet<string> },
): readonly Action[] {
  return agentClass.shape.volumes
    .filter(({ createPvc, name }) => createPvc && !claims.has(claimName(pod, name)))
    .map(({ name }) => ({ kind: 'create-claim', index, agentClass: agentClass.name, volume: name, reason }));
}

function createPod({ agentClass, reason, job, replaces }: StartOrder, index: number): Action {
  const purpose = { ...(job && { job }), ...(replaces !== undefined && { replaces }) };
  return { kind: 'create-pod', index, agentClass: agentClass.name, reason, ...purpose };
}
