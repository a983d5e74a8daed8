import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type AgentDetail, renderAgent, renderPool } from './rendering.ts';
import { operation, type RouteContext, requireAgent, requirePool } from './route-context.ts';
import type { AgentState } from './state.ts';
import { enumOf, listOf, parseInput, queryFlag, ServiceRefusal } from './wire.ts';

const poolTypes = ['automation', 'deployment'] as const;

const poolQuery = z.object({ poolName: z.string().optional(), poolType: enumOf(poolTypes, 1).optional() });
const poolParams = z.object({ poolId: z.coerce.number() });
const agentParams = z.object({ poolId: z.coerce.number(), agentId: z.coerce.number() });
const detailQuery = z.object({
  agentName: z.string().optional(),
  includeCapabilities: queryFlag,
  includeAssignedRequest: queryFlag,
  includeLastCompletedRequest: queryFlag,
});
const capabilityMap = z.record(z.string(), z.string());
const agentBody = z.looseObject({
  name: z.string().min(1),
  version: z.string().default(''),
  osDescription: z.string().default(''),
  enabled: z.boolean().default(true),
  status: enumOf(['offline', 'online'], 1).optional(),
  systemCapabilities: capabilityMap.default({}),
});
const agentChange = z.looseObject({
  id: z.number(),
  name: z.string().optional(),
  version: z.string().optional(),
  osDescription: z.string().optional(),
  enabled: z.boolean().optional(),
  systemCapabilities: capabilityMap.optional(),
});

const nothingMore: AgentDetail = { capabilities: false, assignedRequest: false, lastCompletedRequest: false };
const withCapabilities: AgentDetail = { ...nothingMore, capabilities: true };

export function addPoolRoutes(app: FastifyInstance, context: RouteContext): void {
  const { world } = context;
  const render = () => ({ baseUrl: context.baseUrl(), world });

  app.get('/_apis/distributedtask/pools', operation('listPools'), (request) => {
    const { poolName, poolType } = parseInput(poolQuery, request.query);
    const pools = [...world.pools.values()].filter(
      (pool) =>
        (poolName === undefined || pool.name.toLowerCase() === poolName.toLowerCase()) &&
        (poolType === undefined || pool.poolType === poolType),
    );
    return listOf(pools.map((pool) => renderPool(pool, render())));
  });

  app.get('/_apis/distributedtask/pools/:poolId', operation('getPool'), (request) =>
    renderPool(requirePool(world, parseInput(poolParams, request.params).poolId), render()),
  );

  app.get('/_apis/distributedtask/pools/:poolId/agents', operation('listAgents'), (request) => {
    const { poolId } = parseInput(poolParams, request.params);
    const query = parseInput(detailQuery, request.query);
    requirePool(world, poolId);
    const named = (agent: AgentState) =>
      query.agentName === undefined || agent.name.toLowerCase() === query.agentName.toLowerCase();
    const agents = world.agentsOf(poolId).filter(named);
    return listOf(agents.map((agent) => renderAgent(agent, detailOf(query), render())));
  });

  app.post('/_apis/distributedtask/pools/:poolId/agents', operation('addAgent'), (request) => {
    const { poolId } = parseInput(poolParams, request.params);
    const body = parseInput(agentBody, request.body);
    requirePool(world, poolId);
    const agent = world.registerAgent(poolId, body);
    if (agent !== 'name-taken') return renderAgent(agent, withCapabilities, render());
    const message = `Pool ${poolId} already contains an agent with name ${body.name}.`;
    throw new ServiceRefusal(409, 'TaskAgentExistsException', message);
  });

  addAgentRoutes(app, context);
}

function addAgentRoutes(app: FastifyInstance, context: RouteContext): void {
  const { world } = context;
  const render = () => ({ baseUrl: context.baseUrl(), world });
  const path = '/_apis/distributedtask/pools/:poolId/agents/:agentId';
  const agentOf = (params: unknown) => {
    const { poolId, agentId } = parseInput(agentParams, params);
    return requireAgent(world, poolId, agentId);
  };

  app.get(path, operation('getAgent'), (request) =>
    renderAgent(agentOf(request.params), detailOf(parseInput(detailQuery, request.query)), render()),
  );

  for (const [method, name] of [
    ['PUT', 'replaceAgent'],
    ['PATCH', 'updateAgent'],
  ] as const) {
    app.route({
      method,
      url: path,
      ...operation(name),
      handler: (request) => {
        const agent = agentOf(request.params);
        const change = parseInput(agentChange, request.body);
        if (change.id !== agent.id) {
          throw new ServiceRefusal(400, 'ArgumentException', 'The agent ID of the URL and of the body differ.');
        }
        agent.name = change.name ?? agent.name;
        agent.version = change.version ?? agent.version;
        agent.osDescription = change.osDescription ?? agent.osDescription;
        agent.systemCapabilities = change.systemCapabilities ?? agent.systemCapabilities;
        world.setEnabled(agent, change.enabled ?? agent.enabled);
        return renderAgent(agent, withCapabilities, render());
      },
    });
  }

  app.delete(path, operation('deleteAgent'), (request, reply) => {
    const agent = agentOf(request.params);
    if (world.removeAgent(agent) === 'removed') return reply.code(204).send();
    const pool = requirePool(world, agent.poolId).name;
    const message = `Agent "${agent.name}" is running a job for pool "${pool}"`;
    throw new ServiceRefusal(409, 'TaskAgentJobStillRunningException', message);
  });

  app.put(`${path}/usercapabilities`, operation('updateUserCapabilities'), (request) => {
    const agent = agentOf(request.params);
    agent.userCapabilities = parseInput(capabilityMap, request.body);
    world.assignJobs();
    return renderAgent(agent, withCapabilities, render());
  });
}

function detailOf(query: z.output<typeof detailQuery>): AgentDetail {
  return {
    capabilities: query.includeCapabilities,
    assignedRequest: query.includeAssignedRequest,
    lastCompletedRequest: query.includeLastCompletedRequest,
  };
}
