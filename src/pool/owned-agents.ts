import type { ObservedAgent, PoolObservation } from './observation.ts';

/** Proved by the owner among its capabilities, never by its name. */
export function isOwnAgent(agent: ObservedAgent, owner: string): boolean {
  return agent.mark.kind === 'agent' && agent.mark.owner === owner;
}

/** Agents that are proven ours, by name; none when the list could not be read. */
export function ownAgentsByName(observation: PoolObservation): ReadonlyMap<string, ObservedAgent> {
  if (observation.agents.kind === 'failed') return new Map();
  const ours = observation.agents.value.filter((agent) => isOwnAgent(agent, observation.owner));
  return new Map(ours.map((agent) => [agent.name, agent]));
}

/** One of our names, but it could not be read yet whose it is. */
export function isUnread({ mark }: ObservedAgent): boolean {
  return mark.kind === 'unread';
}

/** An offline record of ours without work: what a pod that is gone has left behind. */
export function isLeftOver(agent: ObservedAgent, owner: string): boolean {
  return isOwnAgent(agent, owner) && !agent.online && agent.assignedRequestId === undefined;
}
