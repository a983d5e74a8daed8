import type { PoolPorts } from '../../src/control/pool-ports.ts';
import { type Pass, PoolReconciler } from '../../src/control/pool-reconciler.ts';
import type { PoolTarget } from '../../src/control/pool-target.ts';
import { ownerMark } from '../../src/pool/names.ts';
import type { PoolSpec } from '../../src/pool/spec.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import { noRecorder } from '../../src/ports/recorder.ts';
import type { AgentState, JobState } from '../../src/sandbox/azure-devops/state.ts';
import { World } from '../../src/sandbox/azure-devops/world.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryAzureDevOps } from './memory-azure-devops.ts';
import { MemoryCluster, type MemoryPod } from './memory-cluster.ts';
import { aPoolSpec } from './pool-specs.ts';
import { RecordedMetrics } from './recorded-metrics.ts';
import { silentLogger } from './silent-logger.ts';

export interface PoolWorldOptions {
  readonly spec?: Partial<PoolSpec>;
  readonly instance?: string;
  /** What becomes of a job that no registered agent could run. */
  readonly unmatchedJobs?: 'fail' | 'wait';
}

/** One pool with everything round it, in memory, moved by hand: passes, the kubelet, agents, jobs and the clock. */
export class PoolWorld {
  readonly clock = new ManualClock();
  readonly world: World;
  readonly azureDevOps: MemoryAzureDevOps;
  readonly cluster: MemoryCluster;
  readonly metrics = new RecordedMetrics();
  readonly instance: string;
  readonly poolId: number;
  spec: PoolSpec;
  reconciler: PoolReconciler;
  readonly passes: Pass[] = [];

  constructor({ spec, instance = 'default', unmatchedJobs = 'fail' }: PoolWorldOptions = {}) {
    const now = (): number => this.clock.now();
    const speeds = { lockMs: 600_000, offlineAfterMs: 120_000, pollHoldMs: 50_000, sweepMs: 1000 };
    this.world = new World({ now, speeds, unmatchedJobs, parallelJobs: undefined });
    this.azureDevOps = new MemoryAzureDevOps(this.world);
    this.instance = instance;
    this.cluster = new MemoryCluster(now, instance);
    this.spec = aPoolSpec(spec);
    this.poolId = this.addPool(this.spec.connection.pool);
    this.reconciler = this.startController();
  }

  addPool(name: string): number {
    return this.world.addPool({ name, isHosted: false, poolType: 'automation', options: 'none' }).id;
  }

  /** A controller that knows nothing yet, as after a restart. */
  startController(given: Partial<PoolTarget> = {}, ports: Partial<PoolPorts> = {}): PoolReconciler {
    const target: PoolTarget = { spec: this.spec, revision: 'rev-1', removed: false, ...given };
    return new PoolReconciler({ ...this.ports(), ...ports }, target);
  }

  restart(given: Partial<PoolTarget> = {}): void {
    this.reconciler = this.startController(given);
  }

  ports(): PoolPorts {
    const metrics: Metrics = this.metrics;
    return {
      azureDevOps: this.azureDevOps,
      cluster: this.cluster,
      clock: this.clock,
      metrics,
      logger: silentLogger,
      recorder: noRecorder,
      instance: this.instance,
      ownerOf: (pool) => ownerMark('1234567890abcdef', { instance: this.instance, pool }),
      predecessorPods: () => 0,
    };
  }

  /** Puts another definition in force. */
  redefine(spec: Partial<PoolSpec>, target: Partial<PoolTarget> = {}): void {
    this.spec = { ...this.spec, ...spec };
    this.reconciler.retarget({ spec: this.spec, revision: 'rev-2', removed: false, ...target });
  }

  remove(): void {
    this.reconciler.retarget({ spec: this.spec, revision: 'rev-2', removed: true });
  }

  async pass(): Promise<Pass> {
    const pass = await this.reconciler.pass(true, new AbortController().signal);
    this.passes.push(pass);
    return pass;
  }

  /** Passes with that much time before each. */
  async advance(count: number, everyMs = 5000): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      this.clock.advance(everyMs);
      this.world.sweep();
      await this.pass();
    }
  }

  pod(index: number, pool = this.spec.name): MemoryPod {
    const name = this.instance === 'default' ? `${pool}-agent-${index}` : `${this.instance}-${pool}-agent-${index}`;
    const found = this.cluster.pods.get(name);
    if (!found) throw new Error(`there is no pod ${name}`);
    return found;
  }

  podNames(): string[] {
    return [...this.cluster.pods.keys()].toSorted();
  }

  /** The scheduler and the kubelet do their part: the container runs, the agent registers and is online. */
  bringOnline(...indexes: number[]): void {
    const names = indexes.length === 0 ? this.podNames() : indexes.map((index) => this.pod(index).name);
    for (const name of names) {
      const pod = this.cluster.pods.get(name);
      if (pod && !['running', 'terminated'].includes(pod.container.kind) && pod.deletionDeadline === undefined)
        this.startAgent(pod);
    }
  }

  startContainer(pod: MemoryPod): void {
    pod.scheduled = true;
    pod.container = { kind: 'running' };
    pod.version += 1;
  }

  startAgent(pod: MemoryPod): AgentState | undefined {
    this.startContainer(pod);
    const env = pod.pod.spec?.containers[0]?.env ?? [];
    const systemCapabilities = Object.fromEntries(
      env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
    );
    const poolName = systemCapabilities.AZP_POOL ?? '';
    const poolId = [...this.world.pools.values()].find(({ name }) => name === poolName)?.id ?? this.poolId;
    const agent = this.world.registerAgent(poolId, {
      name: pod.name,
      version: '4.0.0',
      osDescription: 'Linux',
      enabled: true,
      systemCapabilities,
    });
    if (agent === 'name-taken') {
      pod.container = { kind: 'terminated', exitCode: 17 };
      return undefined;
    }
    this.world.openSession(agent, { ownerName: pod.name, pinned: true });
    return agent;
  }

  agent(name: string): AgentState {
    const found = [...this.world.agents.values()].find((agent) => agent.name === name);
    if (!found) throw new Error(`there is no agent ${name}`);
    return found;
  }

  agentNames(): string[] {
    return [...this.world.agents.values()].map(({ name }) => name).toSorted();
  }

  queueJobs(count: number, demands: readonly string[] = []): JobState[] {
    return Array.from({ length: count }, () =>
      this.world.queueJob(this.poolId, {
        demands,
        durationMs: 10_000,
        definitionName: 'build',
        queueTime: this.clock.now(),
      }),
    );
  }

  /** Agents take what is assigned to them. */
  takeJobs(): void {
    for (const job of this.world.unfinishedJobs(this.poolId)) if (job.agent) this.world.renewJob(job);
  }

  /** The job ends; a run-once agent's container ends with it and leaves its record behind. */
  finishJob(job: JobState, result: 'succeeded' | 'failed' | 'canceled' = 'succeeded'): void {
    const pod = job.agent ? this.cluster.pods.get(job.agent.name) : undefined;
    const once = pod?.pod.spec?.containers[0]?.args?.includes('--once') ?? false;
    this.world.finishJob(job, result, once);
    if (!pod || !once || !job.agent) return;
    pod.container = { kind: 'terminated', exitCode: 0, finishedAt: this.clock.now() };
    pod.version += 1;
    this.world.closeSession(job.agent);
  }

  /** Pods whose grace is over, or whose container has ended, disappear. */
  kubelet(): void {
    for (const pod of this.cluster.pods.values()) {
      if (pod.deletionDeadline === undefined) continue;
      this.cluster.pods.delete(pod.name);
      const agent = [...this.world.agents.values()].find(({ name }) => name === pod.name);
      if (agent) this.world.closeSession(agent);
    }
  }

  alivePods(): number {
    return [...this.cluster.pods.values()].filter(({ container }) => container.kind !== 'terminated').length;
  }
}
