import { capabilities, labels, ownerMark } from '../../src/pool/names.ts';
import type { PoolSpec } from '../../src/pool/spec.ts';
import type { AgentState } from '../../src/sandbox/azure-devops/state.ts';
import { World } from '../../src/sandbox/azure-devops/world.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryAzureDevOps } from '../support/memory-azure-devops.ts';
import { MemoryCluster, type MemoryPod } from '../support/memory-cluster.ts';
import { type FaultOptions, Faults } from './faults.ts';
import { Random } from './random.ts';
import { randomSpec } from './random-spec.ts';
import { Witness } from './witness.ts';

/** Everything that is outside of the controller, and what is in force: the truth that the invariants are judged by. */
export class Site {
  readonly clock = new ManualClock();
  readonly random: Random;
  readonly faults: Faults;
  readonly witness: Witness;
  readonly service: World;
  readonly azureDevOps: MemoryAzureDevOps;
  readonly cluster: MemoryCluster;
  readonly poolId: number;
  readonly owner = ownerMark('1234567890abcdef', { instance: 'default', pool: 'linux' });
  /** The definition in force; removed while it is not in the repository. */
  spec: PoolSpec;
  removed = false;
  /** All definitions of this run, so that a pod can be compared with what it was built from. */
  readonly specs: PoolSpec[] = [];
  /** Agents that came to harm by a fault of the world: their jobs may be lost. */
  readonly harmed = new Set<number>();
  /** Pods whose deletion was asked for, by uid. */
  readonly deletedByController = new Set<string>();
  readonly deletedByOthers = new Set<string>();
  /** Agents that a person disabled, with the time. */
  readonly disabledByPerson = new Map<number, number>();
  /** How far one server's answers are off, beyond the constant difference between the two clocks. */
  serviceJumpMs = 0;
  clusterJumpMs = 0;
  /** Passes begun by all controllers. */
  passes = 0;
  /** How often a server's clock has jumped. */
  clockJumps = 0;

  constructor(seed: number, options: FaultOptions = {}) {
    this.random = new Random(seed);
    const started = this.clock.now();
    this.witness = new Witness(() => ((this.clock.now() - started) / 1000).toFixed(1).padStart(8));
    this.faults = new Faults(this.random, options);
    const skew = this.random.pick([0, 0, 600_000, -600_000, 7_200_000, -7_200_000]);
    const speeds = { lockMs: 600_000, offlineAfterMs: 120_000, pollHoldMs: 50_000, sweepMs: 1000 };
    const now = (): number => this.clock.now() + skew;
    this.service = new World({ now, speeds, unmatchedJobs: 'wait', parallelJobs: undefined });
    this.azureDevOps = new MemoryAzureDevOps(this.service);
    this.cluster = new MemoryCluster(() => this.clusterNow(), 'default');
    this.spec = randomSpec(this.random, undefined);
    this.specs.push(this.spec);
    const pool = { name: this.spec.connection.pool, isHosted: false, poolType: 'automation', options: 'none' } as const;
    this.poolId = this.service.addPool(pool).id;
  }

  /** The clock of the cluster: all its stamps are of this clock, older ones of what it was before it jumped. */
  clusterNow(): number {
    return this.clock.now() + this.clusterJumpMs;
  }

  setClocks(serviceJumpMs: number, clusterJumpMs: number): void {
    if (serviceJumpMs === this.serviceJumpMs && clusterJumpMs === this.clusterJumpMs) return;
    this.serviceJumpMs = serviceJumpMs;
    this.clusterJumpMs = clusterJumpMs;
    this.clockJumps += 1;
    this.witness.tell(`world: the service's clock is off by ${serviceJumpMs}, the cluster's by ${clusterJumpMs} ms`);
  }

  ownPods(): MemoryPod[] {
    return [...this.cluster.pods.values()].filter(({ pod }) => pod.metadata?.labels?.[labels.pool] === 'linux');
  }

  /** The record with the name of the pod, if it is ours. */
  agentOf(podName: string): AgentState | undefined {
    return this.ownAgents().find(({ name }) => name === podName);
  }

  /** Agents and placeholders of ours. */
  ownAgents(): AgentState[] {
    return [...this.service.agents.values()].filter(
      ({ systemCapabilities }) => systemCapabilities[capabilities.owner] === this.owner,
    );
  }

  podOf(uid: string): MemoryPod | undefined {
    return [...this.cluster.pods.values()].find((pod) => pod.uid === uid);
  }

  /** Pods that count against the cap. One that hangs on long after its deadline, without an agent, does not. */
  alivePods(): MemoryPod[] {
    return this.ownPods().filter((pod) => {
      if (pod.container.kind === 'terminated') return false;
      const undead = pod.deletionDeadline !== undefined && this.clusterNow() >= pod.deletionDeadline + 60_000;
      return !undead || this.agentOf(pod.name) !== undefined;
    });
  }
}
