import { leaderOnlyAzureDevOps, leaderOnlyCluster } from '../../src/control/leader-only.ts';
import type { PoolPorts } from '../../src/control/pool-ports.ts';
import { type Pass, PoolReconciler } from '../../src/control/pool-reconciler.ts';
import type { PoolTarget } from '../../src/control/pool-target.ts';
import { noRecorder } from '../../src/ports/recorder.ts';
import { RecordedMetrics } from '../support/recorded-metrics.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { faultyAzureDevOps, faultyCluster } from './faulty-ports.ts';
import { LaggingCache } from './lagging-cache.ts';
import type { PassFacts } from './pass-facts.ts';
import type { ReplicaContext, RunningReplica } from './replica-context.ts';

/** One process of the controller. It forgets everything when it crashes, and its calls end with it. */
export class Replica implements RunningReplica {
  readonly name: string;
  readonly context: ReplicaContext;
  cache: LaggingCache;
  facts: PassFacts;
  crashed = false;
  /** Counts the lives of this process: calls of an earlier one have no effect any more. */
  life = 0;
  #reconciler: PoolReconciler;
  #jumpsSeen: number | undefined;

  constructor(name: string, context: ReplicaContext) {
    this.name = name;
    this.context = context;
    this.cache = new LaggingCache(context.site);
    this.facts = this.#newFacts();
    this.#jumpsSeen = undefined;
    this.#reconciler = this.#start();
  }

  retarget(): void {
    this.#reconciler.retarget(this.#target());
  }

  /** What it saw last, for whoever must explain a failure. */
  describe(): readonly string[] {
    const slots = this.#reconciler.lastReport?.plan?.slots ?? [];
    const parts = slots.map(({ pod, phase, detail, agent, drifted, disabledByPerson, requestId, recordUnproven }) =>
      JSON.stringify({
        pod: pod.name,
        uid: pod.uid,
        class: pod.agentClass,
        phase,
        detail,
        drifted,
        disabledByPerson,
        requestId,
        recordUnproven,
        retiring: pod.retiring,
        agent: agent && { id: agent.id, online: agent.online, enabled: agent.enabled },
      }),
    );
    return parts.map((part) => `${this.name} sees ${part}`);
  }

  restart(): void {
    this.life += 1;
    this.crashed = false;
    this.#jumpsSeen = undefined;
    this.cache = new LaggingCache(this.context.site);
    this.#reconciler = this.#start();
  }

  /** One pass; undefined when the process crashed in it. */
  async pass(woken: boolean): Promise<Pass | undefined> {
    const { witness } = this.context.site;
    this.facts = this.#newFacts();
    try {
      const pass = await this.#reconciler.pass(woken, new AbortController().signal);
      if (!this.crashed) this.#judge(pass);
      return this.crashed ? undefined : pass;
    } catch (error) {
      witness.expect(
        this.crashed,
        () => `a pass failed unexpectedly: ${error instanceof Error ? error.stack : 'no error at all'}`,
      );
      return undefined;
    } finally {
      if (this.crashed) this.restart();
    }
  }

  #judge({ breaches, applied }: Pass): void {
    const { witness } = this.context.site;
    witness.expect(breaches.length === 0, () => `a plan was refused: ${breaches.join('; ')}`);
    for (const { action, result } of applied) {
      const what = 'pod' in action ? action.pod.name : 'agent' in action ? action.agent.name : JSON.stringify(action);
      witness.tell(`${this.name}: ${action.kind} ${what} (${action.reason}): ${result}`);
    }
  }

  #newFacts(): PassFacts {
    const { clock, spec, removed, clockJumps } = this.context.site;
    const alivePods = this.context.site.alivePods().length;
    const clockJumped = this.#jumpsSeen !== undefined && this.#jumpsSeen !== clockJumps;
    this.#jumpsSeen = clockJumps;
    this.context.site.passes += 1;
    return {
      number: this.context.site.passes,
      startedAt: clock.now(),
      spec,
      removed,
      alivePods,
      clockJumped,
      unread: new Set(),
      cacheAgeMs: 0,
      seenPods: new Set(),
    };
  }

  #target(): PoolTarget {
    const { spec, removed, specs } = this.context.site;
    return { spec, removed, revision: `rev-${specs.length}` };
  }

  #start(): PoolReconciler {
    const { site, mutation } = this.context;
    const holds = (): boolean => this.context.leads(this);
    const ports: PoolPorts = {
      azureDevOps: leaderOnlyAzureDevOps(faultyAzureDevOps(this), { holds }),
      cluster: leaderOnlyCluster(faultyCluster(this), { holds }),
      clock: site.clock,
      metrics: new RecordedMetrics(),
      logger: silentLogger,
      recorder: noRecorder,
      instance: 'default',
      ownerOf: () => site.owner,
      predecessorPods: () => 0,
    };
    return new PoolReconciler(mutation?.ports?.(ports, site) ?? ports, this.#target(), mutation?.plan);
  }
}
