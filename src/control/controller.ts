import type { AcceptedSet } from '../definitions/accepted-set.ts';
import type { ParseOptions } from '../definitions/parse-revision.ts';
import { configStatus } from '../feedback/commit-status.ts';
import { ownerMark } from '../pool/names.ts';
import type { AzureDevOps } from '../ports/azure-devops.ts';
import type { Clock } from '../ports/clock.ts';
import type { AcceptedSetStore, Cluster } from '../ports/cluster.ts';
import type { ConfigSource } from '../ports/config-source.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { ConfigView, FormatTime, PoolDetailView, PoolView } from '../ports/status-source.ts';
import type { CommitStatusLoop } from './commit-status-loop.ts';
import { DefinitionLoop, type JudgedRevision } from './definition-loop.ts';
import { Heartbeats } from './heartbeats.ts';
import { PoolSupervisor } from './pool-supervisor.ts';
import { unreadyBecause } from './readiness.ts';
import { viewConfig, viewPool, viewPoolDetail } from './status-views.ts';
import { untilDone } from './until-done.ts';

export interface ControllerPorts {
  readonly azureDevOps: AzureDevOps;
  readonly kubernetes: KubernetesStart;
  readonly source: ConfigSource;
  /** Absent where commits get no status. */
  readonly statuses: CommitStatusLoop | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The cluster with what is only needed while starting. */
export interface KubernetesStart {
  readonly cluster: Cluster;
  readonly acceptedSet: AcceptedSetStore;
  start(signal: AbortSignal): Promise<void>;
  checkServerVersion(signal: AbortSignal): Promise<void>;
  missingPermissions(signal: AbortSignal): Promise<readonly string[]>;
}

export interface ControllerOptions extends ParseOptions {
  readonly instance: string;
  /** Genre of the commit statuses. */
  readonly statusGenre: string;
  readonly pollIntervalMs: number;
}

/** The whole: starts once the cluster answers, then runs the definition loop, the pool loops and the status loop. */
export class Controller {
  #startingProblem: string | undefined = 'starting';
  #missingPermissions: readonly string[] = [];
  #definitions: DefinitionLoop | undefined;
  #supervisor: PoolSupervisor | undefined;
  readonly #ports: ControllerPorts;
  readonly #options: ControllerOptions;
  readonly #heartbeats: Heartbeats;

  constructor(ports: ControllerPorts, options: ControllerOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#heartbeats = new Heartbeats(() => ports.clock.monotonic());
  }

  /** Runs until the signal aborts. Never rejects for what is wrong outside: it waits, and says so. */
  async run(signal: AbortSignal): Promise<void> {
    const namespaceUid = await this.#start(signal);
    if (namespaceUid === undefined) return;
    const supervisor = this.#supervise(namespaceUid);
    const definitions = this.#define(supervisor, signal);
    this.#supervisor = supervisor;
    this.#definitions = definitions;
    const stopWaking = this.#ports.kubernetes.cluster.onChange((pool) => supervisor.wake(pool));
    await Promise.all([definitions.run(signal), this.#ports.statuses?.run(signal)]);
    stopWaking();
    await supervisor.ended();
  }

  wakeDefinitions(): void {
    this.#definitions?.wake();
  }

  overdueLoops(): readonly string[] {
    return this.#heartbeats.overdue().map((loop) => `${loop} has not been heard of in time`);
  }

  unreadyBecause(): readonly string[] {
    return unreadyBecause({
      startingProblem: this.#startingProblem,
      missingPermissions: this.#missingPermissions,
      cacheAgeMs: this.#ports.kubernetes.cluster.view().ageMs,
      definitions: this.#definitions?.state,
    });
  }

  pools(formatTime: FormatTime): readonly PoolView[] {
    return (this.#supervisor?.reports() ?? []).map(({ target, report }) => viewPool(target, report, formatTime));
  }

  pool(name: string, formatTime: FormatTime): PoolDetailView | undefined {
    const found = this.#supervisor?.reports().find(({ target }) => target.spec.name === name);
    const findings = this.#definitions?.state.judged?.findings ?? [];
    return found && viewPoolDetail(found.target, found.report, { formatTime, findings });
  }

  config(): ConfigView {
    return viewConfig(this.#definitions?.state ?? { inForce: undefined, judged: undefined, failure: undefined });
  }

  /** Waits for the cluster; what it waits for is told by readiness. */
  async #start(signal: AbortSignal): Promise<string | undefined> {
    const { kubernetes, clock, logger } = this.#ports;
    const failed = (message: string | undefined): void => {
      this.#startingProblem = message;
    };
    const work = async (): Promise<string> => {
      await kubernetes.checkServerVersion(signal);
      this.#missingPermissions = await kubernetes.missingPermissions(signal);
      const uid = await kubernetes.cluster.namespaceUid(signal);
      await kubernetes.start(signal);
      return uid;
    };
    return untilDone({ clock, logger, failed }, work, signal);
  }

  #supervise(namespaceUid: string): PoolSupervisor {
    const { azureDevOps, clock, logger, metrics } = this.#ports;
    const { instance } = this.#options;
    const ownerOf = (pool: string): string => ownerMark(namespaceUid, { instance, pool });
    const { cluster } = this.#ports.kubernetes;
    return new PoolSupervisor(
      { azureDevOps, cluster, clock, logger, metrics, instance, ownerOf },
      {
        passed: () => undefined,
        gone: (spec) => this.#definitions?.forget(spec),
        resting: (loop, ms) => this.#heartbeats.expect(loop, ms),
        ended: (loop) => this.#heartbeats.forget(loop),
      },
    );
  }

  #define(supervisor: PoolSupervisor, signal: AbortSignal): DefinitionLoop {
    const { source, clock, logger, metrics, kubernetes } = this.#ports;
    const definitions: DefinitionLoop = new DefinitionLoop(
      { source, store: kubernetes.acceptedSet, clock, logger, metrics },
      this.#options,
      {
        accepted: (set) => this.#putInForce(supervisor, set, signal),
        judged: (verdict) => this.#tellCommit(verdict),
        resting: (ms) => this.#heartbeats.expect('definitions', ms),
      },
    );
    return definitions;
  }

  #putInForce(supervisor: PoolSupervisor, set: AcceptedSet, signal: AbortSignal): void {
    supervisor.apply(set, signal);
    this.#ports.metrics.configInForce(set.revision);
  }

  #tellCommit(verdict: JudgedRevision): void {
    this.#ports.statuses?.want(verdict.revision, configStatus(this.#options.statusGenre, verdict));
  }
}
