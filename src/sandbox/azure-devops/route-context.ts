import type { FastifyContextConfig } from 'fastify';
import type { ServiceProfile } from './locations.ts';
import type { AgentState, PoolState, ServiceSpeeds } from './state.ts';
import type { StatusStore } from './status-store.ts';
import { ServiceRefusal } from './wire.ts';
import type { World } from './world.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The name under which requests to a route are recorded and made to fail. */
    operation?: string;
  }
}

/** What every route of the simulated service needs. */
export interface RouteContext {
  readonly world: World;
  readonly statuses: StatusStore;
  readonly profile: ServiceProfile;
  readonly speeds: ServiceSpeeds;
  readonly parallelJobs: number | undefined;
  /** With the organization or collection, without a trailing slash. */
  readonly baseUrl: () => string;
}

export function operation(name: string): { readonly config: FastifyContextConfig } {
  return { config: { operation: name } };
}

export function requirePool(world: World, poolId: number): PoolState {
  const pool = world.pools.get(poolId);
  if (pool !== undefined) return pool;
  throw new ServiceRefusal(404, 'TaskAgentPoolNotFoundException', `No agent pool found with identifier ${poolId}.`);
}

export function requireAgent(world: World, poolId: number, agentId: number): AgentState {
  requirePool(world, poolId);
  const agent = world.agents.get(agentId);
  if (agent !== undefined && agent.poolId === poolId) return agent;
  throw new ServiceRefusal(404, 'TaskAgentNotFoundException', `The agent with ID ${agentId} was not found.`);
}
