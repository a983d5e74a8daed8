import type { AcceptedPool, AcceptedSet } from '../definitions/accepted-set.ts';
import { registeredHere } from '../pool/slots.ts';
import { identityKey, type PoolSpec } from '../pool/spec.ts';
import { PoolLoop } from './pool-loop.ts';
import type { PoolPorts } from './pool-ports.ts';
import type { Pass } from './pool-reconciler.ts';
import type { PoolReport } from './pool-report.ts';
import type { PoolTarget } from './pool-target.ts';

export interface SupervisorEvents {
  passed(pass: Pass): void;
  /** A removed pool is drained. */
  gone(spec: PoolSpec): void;
  /** A pool's loop sleeps for at most that long. */
  resting(loop: string, ms: number): void;
  /** A pool's loop will not be heard of again. */
  ended(loop: string): void;
}

interface RunningPool {
  readonly loop: PoolLoop;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** One loop per identity of the accepted set, each on its own: what happens to one never delays another. */
export class PoolSupervisor {
  readonly #ports: Omit<PoolPorts, 'predecessorPods'>;
  readonly #events: SupervisorEvents;
  readonly #running = new Map<string, RunningPool>();
  /** Drained, but not forgotten yet: their loops have ended. */
  readonly #drained = new Set<string>();
  #pools: readonly AcceptedPool[] = [];

  constructor(ports: Omit<PoolPorts, 'predecessorPods'>, events: SupervisorEvents) {
    this.#ports = ports;
    this.#events = events;
  }

  /** Puts a set in force: starts, retargets and ends loops. */
  apply(set: AcceptedSet, signal: AbortSignal): void {
    this.#pools = set.pools;
    const wanted = new Map(set.pools.map((pool) => [identityKey(pool.spec), pool]));
    for (const [identity, running] of this.#running) {
      if (!wanted.has(identity)) this.#end(identity, running);
    }
    for (const [identity, pool] of wanted) {
      const running = this.#running.get(identity);
      const backAgain = pool.state !== 'draining' && this.#drained.has(identity);
      if (running === undefined || backAgain) this.#start(identity, targetOf(pool), signal);
      else if (!isSameTarget(running.loop.target, targetOf(pool))) running.loop.retarget(targetOf(pool));
    }
  }

  /** Something about that pool's pods or claims changed. */
  wake(pool: string): void {
    for (const { loop } of this.#running.values()) if (loop.target.spec.name === pool) loop.wake();
  }

  /** The latest report of every pool, in the order of the accepted set; a pool before its first pass has none. */
  reports(): readonly { readonly target: PoolTarget; readonly report: PoolReport | undefined }[] {
    return this.#pools.flatMap((pool) => {
      const running = this.#running.get(identityKey(pool.spec));
      return running ? [{ target: running.loop.target, report: running.loop.lastReport }] : [];
    });
  }

  /** Resolves when every loop has ended its pass. What was measured belongs to the one who goes on. */
  async ended(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ done }) => done));
    for (const { spec } of this.#pools) this.#ports.metrics.poolForgotten(spec.name);
  }

  #start(identity: string, target: PoolTarget, signal: AbortSignal): void {
    const stop = new AbortController();
    const ports = { ...this.#ports, predecessorPods: (spec: PoolSpec) => this.#predecessorPods(spec) };
    const loop = new PoolLoop(ports, target, {
      passed: (pass) => this.#events.passed(pass),
      gone: (ended) => this.#tellGone(identity, ended),
      resting: (ms) => this.#events.resting(loopName(target), ms),
    });
    this.#drained.delete(identity);
    this.#events.resting(loopName(target), 0);
    const done = loop.run(AbortSignal.any([signal, stop.signal]));
    this.#running.set(identity, { loop, stop, done });
  }

  #tellGone(identity: string, target: PoolTarget): void {
    this.#drained.add(identity);
    this.#events.ended(loopName(target));
    this.#events.gone(target.spec);
  }

  #end(identity: string, { loop, stop }: RunningPool): void {
    stop.abort();
    this.#running.delete(identity);
    this.#drained.delete(identity);
    this.#events.ended(loopName(loop.target));
    const { name } = loop.target.spec;
    if (!this.#pools.some(({ spec }) => spec.name === name)) this.#ports.metrics.poolForgotten(name);
  }

  /** Live pods of draining pools with another name that this one continues. */
  #predecessorPods(spec: PoolSpec): number {
    const predecessors = this.#pools.filter(
      (pool) => pool.state === 'draining' && pool.replacedBy === spec.name && pool.spec.name !== spec.name,
    );
    const pods = this.#ports.cluster.view().pods.filter(({ agentContainer }) => agentContainer.kind !== 'terminated');
    return predecessors.reduce(
      (sum, old) =>
        sum +
        pods.filter((pod) => pod.pool === old.spec.name && registeredHere(pod.registeredWith, old.spec.connection))
          .length,
      0,
    );
  }
}

function loopName({ spec }: PoolTarget): string {
  return `pool ${spec.name} on ${spec.connection.pool}`;
}

function targetOf({ spec, revision, state, reason, replacedBy }: AcceptedPool): PoolTarget {
  return {
    spec,
    revision,
    removed: state === 'draining',
    ...(replacedBy === spec.name && { continuedUnderSameName: true }),
    ...(state === 'frozen' && { frozen: reason ?? 'frozen' }),
  };
}

function isSameTarget(a: PoolTarget, b: PoolTarget): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
