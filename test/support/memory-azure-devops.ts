import { capabilities } from '../../src/pool/names.ts';
import type { AgentRecord, JobRequest } from '../../src/pool/observation.ts';
import type { PoolConnection } from '../../src/pool/spec.ts';
import type { AzureDevOps, Dated, Placeholder } from '../../src/ports/azure-devops.ts';
import { AgentBusyError, ConflictError, PermanentError } from '../../src/ports/errors.ts';
import type { AgentState, JobState } from '../../src/sandbox/azure-devops/state.ts';
import type { World } from '../../src/sandbox/azure-devops/world.ts';

type Method = keyof AzureDevOps;

/** The port over the rules of the simulated service, without HTTP. Records its calls and fails on request. */
export class MemoryAzureDevOps implements AzureDevOps {
  readonly calls: string[] = [];
  readonly #world: World;
  readonly #failures = new Map<Method, Error[]>();
  readonly #standing = new Map<Method, Error>();
  /** Runs before the next call of that method, between what was read and what is written. */
  readonly before = new Map<Method, () => void>();
  /** Moves every stamp that it reports. */
  clockShiftMs = 0;

  constructor(world: World) {
    this.#world = world;
  }

  failNext(method: Method, error: Error): void {
    this.#failures.set(method, [...(this.#failures.get(method) ?? []), error]);
  }

  failWhile(method: Method, error: Error | undefined): void {
    if (error) this.#standing.set(method, error);
    else this.#standing.delete(method);
  }

  async listAgents(connection: PoolConnection): Promise<Dated<readonly AgentRecord[]>> {
    this.#called('listAgents');
    return this.#dated(this.#world.agentsOf(this.#pool(connection)).map((agent) => this.#record(agent)));
  }

  async listJobRequests(connection: PoolConnection): Promise<Dated<readonly JobRequest[]>> {
    this.#called('listJobRequests');
    return this.#dated(this.#world.unfinishedJobs(this.#pool(connection)).map((job) => this.#request(job)));
  }

  async readCapabilities(_connection: PoolConnection, agentId: number) {
    this.#called('readCapabilities');
    const agent = this.#world.agents.get(agentId);
    return agent && { ...agent.systemCapabilities, ...agent.userCapabilities };
  }

  async setAgentEnabled(_connection: PoolConnection, { id, enabled }: { id: number; enabled: boolean }): Promise<void> {
    this.#called('setAgentEnabled');
    const agent = this.#world.agents.get(id);
    if (!agent) throw new ConflictError(`no agent ${id}`);
    this.#world.setEnabled(agent, enabled);
  }

  async deregisterAgent(_connection: PoolConnection, agentId: number): Promise<'deregistered' | 'absent'> {
    this.#called('deregisterAgent');
    const agent = this.#world.agents.get(agentId);
    if (!agent) return 'absent';
    if (this.#world.removeAgent(agent) === 'busy') throw new AgentBusyError(`${agent.name} is running a job`);
    return 'deregistered';
  }

  async registerPlaceholder(connection: PoolConnection, placeholder: Placeholder) {
    this.#called('registerPlaceholder');
    const renewedAt = this.#now();
    const agent = this.#world.registerAgent(this.#pool(connection), {
      name: placeholder.name,
      version: '99.999.9',
      osDescription: 'placeholder',
      enabled: true,
      systemCapabilities: { ...placeholder.capabilities, [capabilities.renewed]: new Date(renewedAt).toISOString() },
    });
    if (agent === 'name-taken') return { kind: 'name-taken' } as const;
    return { kind: 'registered', id: agent.id, renewedAt } as const;
  }

  async renewPlaceholder(_connection: PoolConnection, agentId: number) {
    this.#called('renewPlaceholder');
    const agent = this.#world.agents.get(agentId);
    if (!agent) throw new ConflictError(`no agent ${agentId}`);
    const renewedAt = this.#now();
    agent.userCapabilities = { [capabilities.renewed]: new Date(renewedAt).toISOString() };
    return { renewedAt };
  }

  #called(method: Method): void {
    this.calls.push(method);
    const hook = this.before.get(method);
    this.before.delete(method);
    hook?.();
    const error = this.#failures.get(method)?.shift() ?? this.#standing.get(method);
    if (error) throw error;
  }

  #now(): number {
    return this.#world.now() + this.clockShiftMs;
  }

  #dated<T>(value: T): Dated<T> {
    return { value, serverTime: this.#now() };
  }

  #pool({ pool }: PoolConnection): number {
    const found = [...this.#world.pools.values()].find(({ name }) => name.toLowerCase() === pool.toLowerCase());
    if (!found) throw new PermanentError(`there is no agent pool "${pool}"`);
    return found.id;
  }

  #record(agent: AgentState): AgentRecord {
    const job = this.#world.jobOf(agent);
    const finishedAt = agent.lastCompleted?.finishTime;
    return {
      id: agent.id,
      name: agent.name,
      online: agent.online,
      enabled: agent.enabled,
      version: agent.version,
      createdAt: agent.createdOn + this.clockShiftMs,
      statusChangedAt: agent.statusChangedOn + this.clockShiftMs,
      updating: agent.updating,
      ...(job && { assignedRequestId: job.requestId }),
      ...(agent.lastCompleted?.result !== undefined && { lastResult: agent.lastCompleted.result }),
      ...(finishedAt !== undefined && { lastFinishedAt: finishedAt + this.clockShiftMs }),
    };
  }

  #request(job: JobState): JobRequest {
    return {
      requestId: job.requestId,
      queuedAt: job.queueTime + this.clockShiftMs,
      demands: job.demands,
      matchedAgentIds: this.#world.matchedAgents(job).map(({ id }) => id),
      matchesAllAgentsInPool: false,
      definitionName: job.definition.name,
      ...(job.result !== undefined && { result: job.result }),
      ...(job.assignTime !== undefined && { assignedAt: job.assignTime + this.clockShiftMs }),
      ...(job.receiveTime !== undefined && { receivedAt: job.receiveTime + this.clockShiftMs }),
      ...(job.agent && { reservedAgentId: job.agent.id, reservedAgentName: job.agent.name }),
    };
  }
}
