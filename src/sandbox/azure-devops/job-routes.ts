import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { renderJob } from './rendering.ts';
import { operation, type RouteContext, requirePool } from './route-context.ts';
import { type JobState, jobResults } from './state.ts';
import { enumOf, listOf, parseInput, queryFlag, queryNumber, ServiceRefusal } from './wire.ts';
import type { World } from './world.ts';

const poolParams = z.object({ poolId: z.coerce.number() });
const requestParams = z.object({ poolId: z.coerce.number(), requestId: z.coerce.number() });
const listQuery = z.object({
  $top: queryNumber,
  continuationToken: queryNumber,
  completedRequestCount: queryNumber,
  agentIds: z.string().optional(),
  agentId: z.string().optional(),
});
const lockQuery = z.object({
  lockToken: z.string(),
  result: enumOf(jobResults).optional(),
  agentShuttingDown: queryFlag,
});
const requestBody = z.looseObject({ result: enumOf(jobResults).nullish() }).nullish();

/** However many are asked for. */
const rowsPerPage = 200;

export function addJobRoutes(app: FastifyInstance, context: RouteContext): void {
  const { world } = context;
  const render = () => ({ baseUrl: context.baseUrl(), world });
  const path = '/_apis/distributedtask/pools/:poolId/jobrequests';

  app.get(path, operation('listJobRequests'), async (request, reply) => {
    const { poolId } = parseInput(poolParams, request.params);
    const query = parseInput(listQuery, request.query);
    requirePool(world, poolId);
    if (query.$top === undefined) {
      const jobs = jobsByAgents(world, poolId, query);
      return listOf(jobs.map((job) => renderJob(job, true, render())));
    }
    const page = pageOfJobs(world, poolId, { top: query.$top, after: query.continuationToken });
    if (page.next !== undefined) reply.header('x-ms-continuationtoken', String(page.next));
    // This form of the query leaves the matched agents out.
    return listOf(page.jobs.map((job) => renderJob(job, false, render())));
  });

  app.get(`${path}/:requestId`, operation('getJobRequest'), (request) =>
    renderJob(requireJob(world, request.params), true, render()),
  );

  app.patch(`${path}/:requestId`, operation('updateJobRequest'), (request) => {
    const lock = parseInput(lockQuery, request.query);
    const job = requireLockedJob(world, request.params, lock.lockToken);
    const result = parseInput(requestBody, request.body)?.result ?? undefined;
    if (result === undefined) world.renewJob(job);
    else world.finishJob(job, result, lock.agentShuttingDown);
    return renderJob(job, false, render());
  });

  app.delete(`${path}/:requestId`, operation('deleteJobRequest'), (request, reply) => {
    const { lockToken, result, agentShuttingDown } = parseInput(lockQuery, request.query);
    world.finishJob(requireLockedJob(world, request.params, lockToken), result ?? 'succeeded', agentShuttingDown);
    return reply.code(204).send();
  });
}

function requireJob(world: World, params: unknown): JobState {
  const { poolId, requestId } = parseInput(requestParams, params);
  requirePool(world, poolId);
  const job = world.job(requestId);
  if (job !== undefined && job.poolId === poolId) return job;
  throw new ServiceRefusal(404, 'TaskAgentJobNotFoundException', `Job request ${requestId} was not found.`);
}

function requireLockedJob(world: World, params: unknown, lockToken: string): JobState {
  const job = requireJob(world, params);
  if (job.lockToken === lockToken && job.finishTime === undefined) return job;
  const message = `The lock of job request ${job.requestId} is no longer held.`;
  throw new ServiceRefusal(404, 'TaskAgentJobTokenExpiredException', message);
}

/** Without `completedRequestCount` the whole history comes along. */
function jobsByAgents(world: World, poolId: number, query: z.output<typeof listQuery>): JobState[] {
  const ids = (query.agentIds ?? query.agentId)?.split(',').map(Number);
  const wanted = (job: JobState) => ids === undefined || (job.agent !== undefined && ids.includes(job.agent.id));
  // The history costs nothing where it is not asked for, however long it is.
  const finished = query.completedRequestCount === 0 ? [] : world.finishedJobs(poolId).filter(wanted);
  const recent = finished.slice(-(query.completedRequestCount ?? finished.length));
  return [...recent, ...world.unfinishedJobs(poolId).filter(wanted)].toSorted((a, b) => a.requestId - b.requestId);
}

function pageOfJobs(world: World, poolId: number, page: { readonly top: number; readonly after: number | undefined }) {
  const all = [...world.unfinishedJobs(poolId), ...world.finishedJobs(poolId)].toSorted(
    (a, b) => b.requestId - a.requestId,
  );
  const rest = all.filter((job) => page.after === undefined || job.requestId < page.after);
  const jobs = rest.slice(0, Math.min(page.top, rowsPerPage));
  return { jobs, next: jobs.length < rest.length ? jobs.at(-1)?.requestId : undefined };
}
