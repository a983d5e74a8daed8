import type { AgentState, JobResult, JobState, PoolState } from './state.ts';
import type { World } from './world.ts';

/** An agent as tests and the sandbox see it. */
export interface AgentSnapshot {
  readonly id: number;
  readonly name: string;
  readonly online: boolean;
  readonly enabled: boolean;
  readonly version: string;
  readonly systemCapabilities: Readonly<Record<string, string>>;
  readonly userCapabilities: Readonly<Record<string, string>>;
  /** The request that it is reserved for. */
  readonly requestId: number | undefined;
}

export interface JobSnapshot {
  readonly requestId: number;
  readonly pool: string;
  readonly state: 'queued' | 'assigned' | 'running' | 'finished';
  readonly result: JobResult | undefined;
  /** Name of the agent that has or had it. */
  readonly agent: string | undefined;
  readonly demands: readonly string[];
  readonly definitionName: string;
  readonly queuedAt: number;
  readonly assignedAt: number | undefined;
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
}

/** An agent that is registered from inside, without an agent's process behind it. */
export interface PlacedAgent {
  readonly pool: string;
  readonly name: string;
  readonly capabilities?: Readonly<Record<string, string>>;
  readonly version?: string;
  readonly enabled?: boolean;
  /** Online until told otherwise; its jobs start and end by `startJob` and `finishJob`. */
  readonly online?: boolean;
  /** Shown as being updated. */
  readonly updating?: boolean;
}

export interface QueuedJob {
  readonly pool: string;
  readonly demands?: readonly string[];
  readonly durationMs?: number;
  readonly definitionName?: string;
  /** For jobs that have waited already. */
  readonly queuedAt?: number;
}

/** The service's state, moved and looked at from inside the process. */
export interface ServiceControls {
  /** An automation pool of our own, unless told otherwise. Returns its id. */
  addPool(name: string, kind?: Partial<Pick<PoolState, 'isHosted' | 'poolType' | 'options'>>): number;
  /** Its id and agents go; a pool of the same name gets another id. */
  removePool(name: string): void;
  addAgent(agent: PlacedAgent): number;
  /** For agents placed from inside: offline without a word, or back. */
  setAgentOnline(agentId: number, online: boolean): void;
  /** Without its consent and whatever it runs. */
  forgetAgent(agentId: number): void;
  queueJob(job: QueuedJob): number;
  /** Jobs that ended long ago. */
  addHistory(pool: string, jobs: number): void;
  startJob(requestId: number): void;
  finishJob(requestId: number, result?: JobResult): void;
  cancelJob(requestId: number): void;
  /** Oldest first; all pools when none is named. */
  jobs(pool?: string): readonly JobSnapshot[];
  agents(pool: string): readonly AgentSnapshot[];
}

export function createControls(world: World): ServiceControls {
  const poolOf = (name: string) => required(findPool(world, name), `pool ${name}`);
  const jobOf = (requestId: number) => required(world.job(requestId), `job request ${requestId}`);
  const agentOf = (agentId: number) => required(world.agents.get(agentId), `agent ${agentId}`);
  return {
    addPool: (name, kind) =>
      world.addPool({ name, isHosted: false, poolType: 'automation', options: 'none', ...kind }).id,
    removePool: (name) => world.removePool(poolOf(name).id),
    addAgent: (agent) => placeAgent(world, poolOf(agent.pool).id, agent),
    setAgentOnline(agentId, online) {
      const agent = agentOf(agentId);
      if (online) world.openSession(agent, { ownerName: agent.name, pinned: true });
      else world.closeSession(agent);
    },
    forgetAgent: (agentId) => world.forgetAgent(agentOf(agentId)),
    queueJob: (job) =>
      world.queueJob(poolOf(job.pool).id, {
        demands: job.demands ?? [],
        durationMs: job.durationMs ?? 1000,
        definitionName: job.definitionName ?? 'simulated pipeline',
        queueTime: job.queuedAt ?? world.now(),
      }).requestId,
    addHistory: (pool, jobs) => world.addHistory(poolOf(pool).id, jobs),
    startJob: (requestId) => world.renewJob(jobOf(requestId)),
    finishJob: (requestId, result = 'succeeded') => world.finishJob(jobOf(requestId), result),
    cancelJob: (requestId) => world.cancelJob(jobOf(requestId)),
    jobs: (pool) => jobsOf(world, pool),
    agents: (pool) => world.agentsOf(poolOf(pool).id).map((agent) => describeAgent(world, agent)),
  };
}

function findPool(world: World, name: string): PoolState | undefined {
  return [...world.pools.values()].find((pool) => pool.name.toLowerCase() === name.toLowerCase());
}

function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the simulated service has no ${what}`);
  return value;
}

function placeAgent(world: World, poolId: number, agent: PlacedAgent): number {
  const placed = world.registerAgent(poolId, {
    name: agent.name,
    version: agent.version ?? '4.0.0',
    osDescription: 'Simulated agent',
    enabled: agent.enabled ?? true,
    systemCapabilities: agent.capabilities ?? {},
  });
  if (placed === 'name-taken') throw new Error(`the simulated service already has an agent ${agent.name}`);
  placed.updating = agent.updating ?? false;
  if (agent.online ?? true) world.openSession(placed, { ownerName: agent.name, pinned: true });
  return placed.id;
}

function jobsOf(world: World, poolName: string | undefined): JobSnapshot[] {
  return [...world.pools.values()]
    .filter((pool) => poolName === undefined || pool.name.toLowerCase() === poolName.toLowerCase())
    .flatMap((pool) =>
      [...world.finishedJobs(pool.id), ...world.unfinishedJobs(pool.id)].map((job) => describeJob(pool.name, job)),
    )
    .toSorted((a, b) => a.requestId - b.requestId);
}

function describeJob(pool: string, job: JobState): JobSnapshot {
  return {
    requestId: job.requestId,
    pool,
    state: stateOf(job),
    result: job.result,
    agent: job.agent?.name,
    demands: job.demands,
    definitionName: job.definition.name,
    queuedAt: job.queueTime,
    assignedAt: job.assignTime,
    startedAt: job.receiveTime,
    finishedAt: job.finishTime,
  };
}

function stateOf(job: JobState): JobSnapshot['state'] {
  if (job.finishTime !== undefined) return 'finished';
  if (job.receiveTime !== undefined) return 'running';
  return job.assignTime === undefined ? 'queued' : 'assigned';
}

function describeAgent(world: World, agent: AgentState): AgentSnapshot {
  const { id, name, online, enabled, version, systemCapabilities, userCapabilities } = agent;
  const requestId = world.jobOf(agent)?.requestId;
  return { id, name, online, enabled, version, systemCapabilities, userCapabilities, requestId };
}
