import { isResting, type PoolMemory } from './memory.ts';
import { agentName, type PoolNaming } from './names.ts';
import type { ObservedAgent, PoolObservation } from './observation.ts';
import { isLeftOver } from './owned-agents.ts';

/** An index to create on, with the left-over record of ours that must be deregistered first. */
export interface FreeIndex {
  readonly index: number;
  readonly leftOver?: ObservedAgent;
}

/**
 * The lowest indexes that have no pod in any phase, no terminating claim, no agent record of that name that must stay,
 * and no rest of their own.
 */
export function lowestFreeIndexes(
  naming: PoolNaming,
  context: { readonly observation: PoolObservation; readonly memory: PoolMemory; readonly mayRemove: boolean },
  count: number,
): readonly FreeIndex[] {
  const { observation, memory, mayRemove } = context;
  const taken = takenIndexes(observation);
  const records = agentRecords(observation);
  const free: FreeIndex[] = [];
  for (let index = 0; free.length < count; index += 1) {
    if (taken.has(index) || rests(memory, index, observation.clusterTime)) continue;
    const record = records.get(agentName(naming, index).toLowerCase());
    if (record === undefined) free.push({ index });
    else if (mayRemove && isLeftOver(record, observation.owner)) free.push({ index, leftOver: record });
  }
  return free;
}

function takenIndexes(observation: PoolObservation): ReadonlySet<number> {
  if (observation.cluster.kind === 'failed') return new Set();
  const { pods, claims } = observation.cluster.value;
  return new Set([...pods, ...claims.filter(({ terminating }) => terminating)].map(({ index }) => index));
}

function agentRecords(observation: PoolObservation): ReadonlyMap<string, ObservedAgent> {
  const agents = observation.agents.kind === 'read' ? observation.agents.value : [];
  return new Map(agents.map((agent) => [agent.name.toLowerCase(), agent]));
}

function rests(memory: PoolMemory, index: number, now: number): boolean {
  const rest = memory.restingIndexes[index];
  return rest !== undefined && isResting(rest.until, now);
}
