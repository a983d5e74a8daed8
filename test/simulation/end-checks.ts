import { annotations, labels } from '../../src/pool/names.ts';
import type { PoolSpec } from '../../src/pool/spec.ts';
import { meetsDemands } from '../../src/sandbox/azure-devops/matching.ts';
import type { AgentState, JobState } from '../../src/sandbox/azure-devops/state.ts';
import type { MemoryPod } from '../support/memory-cluster.ts';

/** Whether some class of the definition can run the job, by the rules of the service. */
export function isServable({ demands }: Pick<JobState, 'demands'>, { agentClasses }: PoolSpec): boolean {
  return agentClasses.some(({ capabilities }) => meetsDemands(demands, '4.0.0', capabilities));
}

/** What is not yet as it must be once the world is quiet and every job was served. */
export function unsettled({ ownPods, ownAgents, spec }: EndState): readonly string[] {
  const marked = ownPods.filter(({ pod }) => annotations.retiring in (pod.metadata?.annotations ?? {}));
  const ended = ownPods.filter(({ container }) => container.kind === 'terminated');
  const images = new Map(spec.agentClasses.map(({ name, shape }) => [name, shape.image]));
  const outdated = ownPods.filter(
    ({ pod }) => pod.spec?.containers[0]?.image !== images.get(pod.metadata?.labels?.[labels.agentClass] ?? ''),
  );
  const disabled = ownAgents.filter(({ enabled }) => !enabled);
  const online = ownAgents.filter((agent) => agent.online).length;
  const { minAgents, standbyAgents, maxAgents } = spec;
  const wanted = Math.min(maxAgents, Math.max(minAgents, standbyAgents));
  return [
    ...marked.map(({ name }) => `${name} is still marked as retiring`),
    ...disabled.map(({ name }) => `${name} is still disabled`),
    ...ended.map(({ name }) => `${name} has ended and is still there`),
    ...outdated.map(({ name }) => `${name} is still of an older definition`),
    ...(online >= wanted ? [] : [`${online} agents online, ${wanted} are wanted at least`]),
    ...(ownPods.length <= maxAgents ? [] : [`${ownPods.length} pods, maxAgents is ${maxAgents}`]),
  ];
}

interface EndState {
  readonly ownPods: readonly MemoryPod[];
  readonly ownAgents: readonly AgentState[];
  readonly spec: PoolSpec;
}
