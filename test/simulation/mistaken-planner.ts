import type { Action } from '../../src/pool/actions.ts';
import type { AgentPod, ObservedAgent, ObservedCluster, PoolObservation, Reading } from '../../src/pool/observation.ts';
import { type Plan, type PlanInput, planPool } from '../../src/pool/plan.ts';
import type { PoolSpec } from '../../src/pool/spec.ts';

type Look = (observation: PoolObservation, input: PlanInput) => Partial<PoolObservation>;

/** A planner that sees something else than what was observed. */
export function seeing(look: Look): typeof planPool {
  return (input) => planPool({ ...input, observation: { ...input.observation, ...look(input.observation, input) } });
}

/** A planner that works for another definition than the one in force. */
export function working(change: (spec: PoolSpec, input: PlanInput) => Partial<PoolSpec>): typeof planPool {
  return (input) => planPool({ ...input, spec: { ...input.spec, ...change(input.spec, input) } });
}

/** A planner whose steps are changed, slot by slot. */
export function doing(
  change: (actions: readonly Action[], plan: Plan, input: PlanInput) => readonly Action[],
): typeof planPool {
  return (input) => {
    const plan = planPool(input);
    return { ...plan, steps: plan.steps.map(({ key, actions }) => ({ key, actions: change(actions, plan, input) })) };
  };
}

/** A planner that leaves steps out. */
export function without(...dropped: readonly ((action: Action) => boolean)[]): typeof planPool {
  return doing((actions) => actions.filter((action) => !dropped.some((drop) => drop(action))));
}

/** An error taken for an empty answer. */
export function orEmpty<T>(reading: Reading<T>, empty: T): Reading<T> {
  return reading.kind === 'read' ? reading : { kind: 'read', value: empty };
}

/** What was read, changed; a failure stays one. */
export function changed<T>(reading: Reading<T>, change: (value: T) => T): Reading<T> {
  return reading.kind === 'read' ? { kind: 'read', value: change(reading.value) } : reading;
}

export function agentsAs(change: (agents: readonly ObservedAgent[], owner: string) => readonly ObservedAgent[]): Look {
  return ({ agents, owner }) => ({ agents: changed(agents, (value) => change(value, owner)) });
}

export function podsAs(change: (pods: readonly AgentPod[]) => readonly AgentPod[]): Look {
  return ({ cluster }) => ({
    cluster: changed(cluster, (value: ObservedCluster) => ({ ...value, pods: change(value.pods) })),
  });
}
