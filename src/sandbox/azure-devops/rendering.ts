import type { AgentState, JobState, PoolState } from './state.ts';
import type { World } from './world.ts';

/** The service's answers, field by field as the hosted service sends them. */

export interface RenderOptions {
  readonly baseUrl: string;
  readonly world: World;
}

const serviceOwner = '00025394-6065-48ca-87d9-7f5672854ef7';
const hostId = '6a3f0c5e-0000-4000-8000-000000000001';
const projectId = '6a3f0c5e-0000-4000-8000-000000000002';
const identityId = '6a3f0c5e-0000-4000-8000-000000000003';

export interface AgentDetail {
  readonly capabilities: boolean;
  readonly assignedRequest: boolean;
  readonly lastCompletedRequest: boolean;
}

export function renderPool(pool: PoolState, { baseUrl, world }: RenderOptions) {
  const identity = renderIdentity(baseUrl);
  return {
    createdOn: iso(pool.createdOn),
    autoProvision: false,
    autoUpdate: true,
    autoSize: true,
    targetSize: null,
    agentCloudId: null,
    createdBy: identity,
    owner: identity,
    id: pool.id,
    scope: hostId,
    name: pool.name,
    isHosted: pool.isHosted,
    poolType: pool.poolType,
    size: world.agentsOf(pool.id).length,
    isLegacy: false,
    options: pool.options,
  };
}

function renderIdentity(baseUrl: string) {
  return {
    displayName: 'Simulated service',
    url: `${baseUrl}/_apis/Identities/${identityId}`,
    _links: { avatar: { href: `${baseUrl}/_apis/GraphProfile/MemberAvatars/${identityId}` } },
    id: identityId,
    uniqueName: 'simulated-service',
    imageUrl: `${baseUrl}/_apis/GraphProfile/MemberAvatars/${identityId}`,
    descriptor: `svc.${identityId}`,
  };
}

/** As it stands among the matched agents of a job. */
function renderMatchedAgent(agent: AgentState, { baseUrl }: RenderOptions) {
  return {
    _links: {
      self: { href: `${baseUrl}/_apis/distributedtask/pools/${agent.poolId}/agents/${agent.id}` },
      web: { href: `${baseUrl}/_settings/agentpools?view=jobs&poolId=${agent.poolId}&agentId=${agent.id}` },
    },
    id: agent.id,
    name: agent.name,
    version: agent.version,
    enabled: agent.enabled,
    status: agent.online ? 'online' : 'offline',
    provisioningState: 'Provisioned',
  };
}

function renderAgentReference(agent: AgentState, options: RenderOptions) {
  return {
    ...renderMatchedAgent(agent, options),
    osDescription: agent.osDescription,
    accessPoint: 'CodexAccessMapping',
  };
}

export function renderAgent(agent: AgentState, detail: AgentDetail, options: RenderOptions) {
  const assigned = detail.assignedRequest ? options.world.jobOf(agent) : undefined;
  const completed = detail.lastCompletedRequest ? agent.lastCompleted : undefined;
  return {
    ...renderAgentReference(agent, options),
    maxParallelism: 1,
    createdOn: iso(agent.createdOn),
    statusChangedOn: iso(agent.statusChangedOn),
    authorization: { clientId: agent.clientId },
    ...(agent.updating ? { pendingUpdate: renderUpdate(agent) } : {}),
    ...(detail.capabilities
      ? { systemCapabilities: agent.systemCapabilities, userCapabilities: agent.userCapabilities }
      : {}),
    ...(assigned === undefined ? {} : { assignedRequest: renderJob(assigned, false, options) }),
    ...(completed === undefined ? {} : { lastCompletedRequest: renderJob(completed, false, options) }),
  };
}

function renderUpdate(agent: AgentState) {
  return {
    currentState: 'Queued',
    requestTime: iso(agent.statusChangedOn),
    sourceVersion: { major: 4, minor: 0, patch: 0 },
    targetVersion: { major: 4, minor: 1, patch: 0 },
  };
}

/** A row of `jobrequests`. Matched agents belong to jobs that have not ended, and only in some forms of the query. */
export function renderJob(job: JobState, withMatchedAgents: boolean, options: RenderOptions) {
  return {
    requestId: job.requestId,
    queueTime: iso(job.queueTime),
    ...times(job),
    ...(job.result === undefined ? {} : { result: job.result }),
    serviceOwner,
    hostId,
    scopeId: projectId,
    planType: 'Build',
    planId: job.planId,
    jobId: job.jobId,
    demands: job.demands,
    ...(job.agent === undefined ? {} : { reservedAgent: renderAgentReference(job.agent, options) }),
    ...(withMatchedAgents ? matched(job, options) : {}),
    definition: {
      _links: links(
        options.baseUrl,
        `_build/definition?definitionId=${job.definition.id}`,
        `_apis/build/Definitions/${job.definition.id}`,
      ),
      ...job.definition,
    },
    owner: {
      _links: links(options.baseUrl, `_build/results?buildId=${job.runId}`, `_apis/build/Builds/${job.runId}`),
      id: job.runId,
      name: `run ${job.runId}`,
    },
    data: { ParallelismTag: 'Private', IsScheduledKey: 'False' },
    poolId: job.poolId,
    orchestrationId: `${job.planId}.build.__default`,
    priority: 0,
  };
}

function times(job: JobState) {
  return {
    ...(job.assignTime === undefined ? {} : { assignTime: iso(job.assignTime) }),
    ...(job.receiveTime === undefined ? {} : { receiveTime: iso(job.receiveTime) }),
    ...(job.lockedUntil === undefined ? {} : { lockedUntil: iso(job.lockedUntil) }),
    ...(job.finishTime === undefined ? {} : { finishTime: iso(job.finishTime) }),
  };
}

function matched(job: JobState, options: RenderOptions) {
  if (job.finishTime !== undefined) return {};
  const agents = options.world.matchedAgents(job);
  if (agents.length === 0) return {};
  return { matchedAgents: agents.map((agent) => renderMatchedAgent(agent, options)) };
}

function links(baseUrl: string, web: string, self: string) {
  return { web: { href: `${baseUrl}/${projectId}/${web}` }, self: { href: `${baseUrl}/${projectId}/${self}` } };
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}
