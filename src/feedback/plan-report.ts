import type { Action } from '../pool/actions.ts';
import type { Reading } from '../pool/observation.ts';
import type { Plan, PlanInput } from '../pool/plan.ts';

/** A plan in words: what was seen, what each slot is, what is done and why, and what each job waits for. */
export function formatPlan(input: PlanInput, plan: Plan, breaches: readonly string[]): string {
  const { observation, spec } = input;
  const slots = plan.slots.map(
    ({ pod, phase, detail, requestId }) =>
      `  ${pod.name}: ${phase}${requestId === undefined ? '' : `, request ${requestId}`}${detail === undefined ? '' : ` (${detail})`}`,
  );
  const steps = plan.steps.flatMap(({ actions }) => actions.map((action) => `  ${describeAction(action)}`));
  const waiting = plan.waiting.map(({ job, message }) => `  job ${job.requestId}: ${message}`);
  return [
    `pool ${spec.name}: min ${spec.minAgents}, max ${spec.maxAgents}, desired ${plan.desiredAgents}${input.removed ? ', being removed' : ''}`,
    `jobs ${describe(observation.jobs, ({ length }) => length)}, agents ${describe(observation.agents, ({ length }) => length)}, pods ${describe(observation.cluster, ({ pods }) => pods.length)}`,
    ...section('slots', slots),
    ...section('steps', steps),
    ...section('waiting', waiting),
    ...section(
      'broken invariants',
      breaches.map((breach) => `  ${breach}`),
    ),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return [`${title}:`, ...(lines.length === 0 ? ['  none'] : lines)];
}

function describe<T>(reading: Reading<T>, count: (value: T) => number): string {
  return reading.kind === 'read' ? String(count(reading.value)) : `unknown (${reading.message})`;
}

function describeAction(action: Action): string {
  const reason = `because ${action.reason}`;
  if ('pod' in action) return `${action.kind} ${action.pod.name}, ${reason}`;
  if ('agent' in action) return `${action.kind} ${action.agent.name}, ${reason}`;
  if ('claim' in action) return `${action.kind} ${action.claim.name}, ${reason}`;
  const target =
    action.kind === 'create-claim' ? `volume ${action.volume} of index ${action.index}` : `index ${action.index}`;
  return `${action.kind} ${target}, class ${action.agentClass}, ${reason}`;
}
