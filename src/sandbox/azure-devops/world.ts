import { randomUUID } from 'node:crypto';
import { meetsDemands } from './matching.ts';
import type {
  AgentState,
  JobResult,
  JobState,
  NewAgent,
  NewJob,
  PoolState,
  ServiceEvent,
  ServiceEventKind,
  ServiceSpeeds,
  SessionState,
} from './state.ts';

export interface WorldOptions {
  readonly now: () => number;
  readonly speeds: ServiceSpeeds;
  /** What becomes of a job that no registered agent could run. The service fails it at once. */
  readonly unmatchedJobs: 'fail' | 'wait';
  /** Jobs of all pools that may run at once; absent: no limit. */
  readonly parallelJobs: number | undefined;
}

/** Pools, agents and jobs of the simulated service, and the rules between them. Knows nothing of HTTP. */
export class World {
  readonly listeners = new Set<(event: ServiceEvent) => void>();
  readonly pools = new Map<number, PoolState>();
  readonly agents = new Map<number, AgentState>();
  readonly #unfinished = new Map<number, JobState>();
  readonly #finished = new Map<number, JobState>();
  readonly #definitionIds = new Map<string, number>();
  readonly #options: WorldOptions;
  #lastPoolId = 0;
  #lastAgentId = 0;
  #lastRequestId = 1000;
  #lastMessageId = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
  }

  now(): number {
    return this.#options.now();
  }

  addPool(pool: Omit<PoolState, 'id' | 'createdOn'>): PoolState {
    this.#lastPoolId += 1;
    const added = { ...pool, id: this.#lastPoolId, createdOn: this.now() };
    this.pools.set(added.id, added);
    return added;
  }

  removePool(poolId: number): void {
    for (const agent of this.agentsOf(poolId)) this.forgetAgent(agent);
    this.pools.delete(poolId);
  }

  agentsOf(poolId: number): AgentState[] {
    return [...this.agents.values()].filter((agent) => agent.poolId === poolId);
  }

  /** Oldest first. */
  unfinishedJobs(poolId: number): JobState[] {
    return [...this.#unfinished.values()].filter((job) => job.poolId === poolId);
  }

  finishedJobs(poolId: number): JobState[] {
    return [...this.#finished.values()].filter((job) => job.poolId === poolId);
  }

  job(requestId: number): JobState | undefined {
    return this.#unfinished.get(requestId) ?? this.#finished.get(requestId);
  }

  jobOf(agent: AgentState): JobState | undefined {
    return this.unfinishedJobs(agent.poolId).find((job) => job.agent === agent);
  }

  matchedAgents(job: JobState): AgentState[] {
    return this.agentsOf(job.poolId).filter((agent) => canRun(agent, job));
  }

  registerAgent(poolId: number, agent: NewAgent): AgentState | 'name-taken' {
    const taken = this.agentsOf(poolId).some((other) => other.name.toLowerCase() === agent.name.toLowerCase());
    if (taken) return 'name-taken';
    this.#lastAgentId += 1;
    const registered: AgentState = {
      ...agent,
      id: this.#lastAgentId,
      poolId,
      online: false,
      createdOn: this.now(),
      statusChangedOn: this.now(),
      systemCapabilities: { ...agent.systemCapabilities },
      userCapabilities: {},
      clientId: randomUUID(),
      session: undefined,
      leaving: false,
      lastCompleted: undefined,
      updating: false,
    };
    this.agents.set(registered.id, registered);
    this.#agentEvent('agent-registered', registered);
    return registered;
  }

  /** Refused while the agent has a job, whether it took it already or not. */
  removeAgent(agent: AgentState): 'removed' | 'busy' {
    if (this.jobOf(agent) !== undefined) return 'busy';
    this.forgetAgent(agent);
    return 'removed';
  }

  forgetAgent(agent: AgentState): void {
    this.closeSession(agent);
    this.agents.delete(agent.id);
    this.#agentEvent('agent-removed', agent);
  }

  setEnabled(agent: AgentState, enabled: boolean): void {
    agent.enabled = enabled;
    this.assignJobs();
  }

  openSession(agent: AgentState, session: { readonly ownerName: string; readonly pinned: boolean }): SessionState {
    const opened: SessionState = {
      ...session,
      id: randomUUID(),
      lastSeenAt: this.now(),
      messages: [],
      wake: undefined,
    };
    agent.session = opened;
    agent.online = true;
    agent.leaving = false;
    agent.statusChangedOn = this.now();
    this.#agentEvent('agent-online', agent);
    this.assignJobs();
    return opened;
  }

  queueJob(poolId: number, job: NewJob): JobState {
    const queued = this.#newJob(poolId, job);
    this.#unfinished.set(queued.requestId, queued);
    this.#jobEvent('job-queued', queued);
    const refused = this.#options.unmatchedJobs === 'fail' && this.matchedAgents(queued).length === 0;
    if (refused) this.finishJob(queued, 'failed');
    this.assignJobs();
    return queued;
  }

  /** Jobs that ended before anybody looked. */
  addHistory(poolId: number, jobs: number): void {
    for (let count = 0; count < jobs; count += 1) {
      const queueTime = this.now() - 3_600_000;
      const job = this.#newJob(poolId, { demands: [], durationMs: 1000, definitionName: 'past pipeline', queueTime });
      job.finishTime = this.now() - 3_000_000;
      job.result = 'succeeded';
      this.#finished.set(job.requestId, job);
    }
  }

  #newJob(poolId: number, job: NewJob): JobState {
    this.#lastRequestId += 1;
    return {
      requestId: this.#lastRequestId,
      poolId,
      queueTime: job.queueTime,
      demands: job.demands,
      durationMs: job.durationMs,
      definition: { id: this.#definitionId(job.definitionName), name: job.definitionName },
      runId: this.#lastRequestId + 5000,
      planId: randomUUID(),
      jobId: randomUUID(),
      lockToken: randomUUID(),
      assignTime: undefined,
      receiveTime: undefined,
      lockedUntil: undefined,
      finishTime: undefined,
      result: undefined,
      agent: undefined,
      cancelRequested: false,
    };
  }

  /** The same pipeline, the same id. */
  #definitionId(name: string): number {
    const id = this.#definitionIds.get(name) ?? this.#definitionIds.size + 1;
    this.#definitionIds.set(name, id);
    return id;
  }

  /** A waiting job ends at once; an agent that has it is told and ends it. */
  cancelJob(job: JobState): void {
    if (job.finishTime !== undefined) return;
    job.cancelRequested = true;
    if (job.agent === undefined) this.finishJob(job, 'canceled');
    else this.#send(job.agent, 'JobCancellation', { jobId: job.jobId, timeout: '00:05:00' });
  }

  /** The agent has the job and holds its lock. */
  renewJob(job: JobState): void {
    const taken = job.receiveTime === undefined;
    job.receiveTime ??= this.now();
    job.lockedUntil = this.now() + this.#options.speeds.lockMs;
    if (taken) this.#jobEvent('job-started', job);
  }

  finishJob(job: JobState, result: JobResult, agentLeaves = false): void {
    if (job.finishTime !== undefined) return;
    job.finishTime = this.now();
    job.result = result;
    this.#unfinished.delete(job.requestId);
    this.#finished.set(job.requestId, job);
    if (job.agent !== undefined) {
      job.agent.lastCompleted = job;
      job.agent.leaving = agentLeaves;
    }
    this.#jobEvent('job-finished', job);
    this.assignJobs();
  }

  /** Oldest job first, to an online and enabled agent without a job that meets its demands. */
  assignJobs(): void {
    const busy = new Set([...this.#unfinished.values()].map((job) => job.agent));
    let free = (this.#options.parallelJobs ?? Number.POSITIVE_INFINITY) - [...busy].filter(Boolean).length;
    for (const job of this.#unfinished.values()) {
      if (job.agent !== undefined || free <= 0) continue;
      const agent = this.agentsOf(job.poolId).find((one) => isReady(one) && !busy.has(one) && canRun(one, job));
      if (agent === undefined) continue;
      busy.add(agent);
      free -= 1;
      this.#assign(job, agent);
    }
  }

  #assign(job: JobState, agent: AgentState): void {
    job.agent = agent;
    job.assignTime = this.now();
    const { requestId, jobId, lockToken, durationMs } = job;
    this.#send(agent, 'PipelineAgentJobRequest', { requestId, jobId, lockToken, durationMs });
    this.#jobEvent('job-assigned', job);
  }

  #send(agent: AgentState, messageType: 'PipelineAgentJobRequest' | 'JobCancellation', body: object): void {
    this.#lastMessageId += 1;
    agent.session?.messages.push({ messageId: this.#lastMessageId, messageType, body: JSON.stringify(body) });
    agent.session?.wake?.();
  }

  /** What only the passing of time brings about. */
  sweep(): void {
    for (const agent of this.agents.values()) {
      if (this.#hasFallenSilent(agent)) this.closeSession(agent);
    }
    for (const job of this.#unfinished.values()) {
      if (this.#lockRanOut(job)) this.finishJob(job, job.cancelRequested ? 'canceled' : 'abandoned');
    }
  }

  #hasFallenSilent({ session }: AgentState): boolean {
    if (session === undefined || session.pinned || session.wake !== undefined) return false;
    return this.now() - session.lastSeenAt > this.#options.speeds.offlineAfterMs;
  }

  #lockRanOut(job: JobState): boolean {
    if (job.assignTime === undefined || job.agent?.session?.pinned === true) return false;
    return this.now() > (job.lockedUntil ?? job.assignTime + this.#options.speeds.lockMs);
  }

  #jobEvent(kind: ServiceEventKind, { poolId, agent, requestId }: JobState): void {
    this.#tell({ kind, pool: this.pools.get(poolId)?.name ?? '', agent: agent?.name, requestId });
  }

  #agentEvent(kind: ServiceEventKind, { poolId, name: agent }: AgentState): void {
    this.#tell({ kind, pool: this.pools.get(poolId)?.name ?? '', agent, requestId: undefined });
  }

  #tell(event: ServiceEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  closeSession(agent: AgentState): void {
    agent.session?.wake?.();
    agent.session = undefined;
    if (!agent.online) return;
    agent.online = false;
    agent.statusChangedOn = this.now();
    this.#agentEvent('agent-offline', agent);
  }
}

function isReady(agent: AgentState): boolean {
  return agent.online && agent.enabled && !agent.leaving;
}

function canRun(agent: AgentState, job: JobState): boolean {
  return meetsDemands(job.demands, agent.version, { ...agent.systemCapabilities, ...agent.userCapabilities });
}
