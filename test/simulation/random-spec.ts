import type { AgentClass, PoolSpec } from '../../src/pool/spec.ts';
import { anAgentClass, aPoolSpec, aVolume } from '../support/pool-specs.ts';
import type { Random } from './random.ts';

/** What jobs ask for: of the classes below, of several, or of none. */
export const demandSets: readonly (readonly string[])[] = [
  [],
  [],
  [],
  ['docker'],
  ['gpu -equals a100'],
  ['Agent.Version -gtVersion 2.163.1'],
];

/** A valid definition; from an earlier one most things stay as they were. */
export function randomSpec(random: Random, earlier: PoolSpec | undefined): PoolSpec {
  const spec = earlier ?? freshSpec(random);
  return withinBounds({ ...spec, ...changes(random) });
}

function freshSpec(random: Random): PoolSpec {
  return aPoolSpec({
    ...bounds(random),
    ttlIdleSeconds: random.pick([0, 0, 60, 600]),
    idleGraceSeconds: random.pick([60, 60, 0, 300]),
    provisioningTimeoutSeconds: random.pick([120, 300, 900]),
    offlineGraceSeconds: random.pick([180, 300]),
    volumePolicy: random.pick(['retain', 'delete']),
    agentClasses: classes(random),
  });
}

function changes(random: Random): Partial<PoolSpec> {
  const change = random.between(0, 6);
  if (change === 0) return bounds(random);
  if (change === 1) return { ttlIdleSeconds: random.pick([0, 60, 600]) };
  if (change === 2) return { agentClasses: classes(random) };
  if (change === 3) return { suspend: random.chance(0.5) };
  if (change === 4) return { suspend: false, ...bounds(random) };
  return { agentClasses: classes(random), suspend: false };
}

function bounds(random: Random): Pick<PoolSpec, 'minAgents' | 'maxAgents' | 'standbyAgents'> {
  const maxAgents = random.pick([1, 2, 3, 4, 6, 8]);
  return {
    maxAgents,
    minAgents: random.chance(0.5) ? 0 : random.between(0, maxAgents),
    standbyAgents: random.pick([0, 0, 1, 2]),
  };
}

function classes(random: Random): readonly AgentClass[] {
  const all = [aClass(random, 'default', {})];
  if (random.chance(0.5)) all.push(aClass(random, 'docker', { docker: 'yes' }));
  if (random.chance(0.4)) all.push(aClass(random, 'gpu', { docker: 'yes', gpu: 'a100' }));
  return all;
}

function aClass(random: Random, name: string, capabilities: Record<string, string>): AgentClass {
  const volumes = [
    aVolume({ name: 'cache' }),
    aVolume({ name: 'scratch', mountPath: '/scratch', deleteWithAgent: true }),
  ];
  return anAgentClass({
    name,
    capabilities,
    ...(name !== 'default' && random.chance(0.3) && { minAgents: 1 }),
    ...(name !== 'default' && random.chance(0.3) && { maxAgents: random.between(1, 3) }),
    ...(name !== 'default' && random.chance(0.2) && { standbyAgents: 1 }),
    shape: { image: `agent:${random.between(1, 2)}`, volumes: random.chance(0.3) ? volumes : [] },
  });
}

/** The rules that a definition is judged by: the minimums of the classes fit under the pool's maximum. */
function withinBounds(spec: PoolSpec): PoolSpec {
  let left = spec.maxAgents;
  const agentClasses = spec.agentClasses.map((agentClass) => {
    const minAgents = Math.min(agentClass.minAgents, left);
    left -= minAgents;
    return { ...agentClass, minAgents };
  });
  const minAgents = Math.min(spec.minAgents, spec.maxAgents);
  return { ...spec, minAgents, agentClasses };
}
