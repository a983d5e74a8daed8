import type { Action } from './actions.ts';
import type { Plan, PlanInput } from './plan.ts';
import type { Slot } from './slots.ts';

/** Statements that hold for every plan, whatever was observed. Returns the broken ones; a sound plan returns none. */
export function checkPlan(input: PlanInput, plan: Plan): readonly string[] {
  const actions = plan.steps.flatMap((steps) => steps.actions);
  return [
    ...busyAgentsRemoved(plan, actions),
    ...removedWithoutProof(input, actions),
    ...aboveCap(input, plan, actions),
    ...indexUsedTwice(input, actions),
  ];
}

function busyAgentsRemoved({ slots }: Plan, actions: readonly Action[]): readonly string[] {
  const working = slots.filter(
    ({ requestId, phase }) => requestId !== undefined && phase !== 'finished' && phase !== 'stuck',
  );
  const podNames = new Set(working.map(({ pod }) => pod.name));
  return actions
    .filter((action) => {
      if (action.kind === 'delete-pod') return podNames.has(action.pod.name);
      return action.kind === 'deregister-agent' && podNames.has(action.agent.name);
    })
    .map((action) => `${action.kind} of a slot that has a job request`);
}

const removals: ReadonlySet<Action['kind']> = new Set([
  'disable-agent',
  'deregister-agent',
  'delete-pod',
  'delete-claim',
]);

function removedWithoutProof({ observation }: PlanInput, actions: readonly Action[]): readonly string[] {
  const { agents, jobs, cluster, clocksSteady } = observation;
  const proven = agents.kind === 'read' && jobs.kind === 'read' && cluster.kind === 'read' && clocksSteady;
  if (proven) return [];
  return actions.filter(({ kind }) => removals.has(kind)).map(({ kind }) => `${kind} without a full reading`);
}

function aboveCap({ spec, observation }: PlanInput, { slots }: Plan, actions: readonly Action[]): readonly string[] {
  const created = actions.filter(({ kind }) => kind === 'create-pod').length;
  const alive = slots.filter((slot: Slot) => slot.alive).length + observation.predecessorPods;
  if (created === 0 || alive + created <= spec.maxAgents) return [];
  return [`${created} pods created beside ${alive} alive, with maxAgents ${spec.maxAgents}`];
}

function indexUsedTwice({ observation }: PlanInput, actions: readonly Action[]): readonly string[] {
  const taken = new Set(
    observation.cluster.kind === 'read' ? observation.cluster.value.pods.map(({ index }) => index) : [],
  );
  const broken: string[] = [];
  for (const action of actions) {
    if (action.kind !== 'create-pod') continue;
    if (taken.has(action.index)) broken.push(`index ${action.index} used twice`);
    taken.add(action.index);
  }
  return broken;
}
