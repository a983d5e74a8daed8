import type { AcceptedSet } from '../definitions/accepted-set.ts';
import type { ParseOptions } from '../definitions/parse-revision.ts';
import { configStatus } from '../feedback/commit-status.ts';
import { ownerMark } from '../pool/names.ts';
import type { AzureDevOps } from '../ports/azure-devops.ts';
import type { Clock } from '../ports/clock.ts';
import type { AcceptedSetStore, Cluster } from '../ports/cluster.ts';
import type { ConfigSource } from '../ports/config-source.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Recorder } from '../ports/recorder.ts';
import type { ConfigView, FormatTime, PoolDetailView, PoolView } from '../ports/status-source.ts';
import type { CommitStatusLoop } from './commit-status-loop.ts';
import { DefinitionLoop, type JudgedRevision } from './definition-loop.ts';
import { Heartbeats } from './heartbeats.ts';
import { leaderOnlyAzureDevOps, leaderOnlyCluster, leaderOnlyStore } from './leader-only.ts';
import { PoolSupervisor } from './pool-supervisor.ts';
import { reading } from './read-failure.ts';
import { unreadyBecause } from './readiness.ts';
import { viewConfig, viewPool, viewPoolDetail } from './status-views.ts';
import { untilDone } from './until-done.ts';

export interface ControllerPorts {
  readonly azureDevOps: AzureDevOps;
  readonly kubernetes: KubernetesStart;
  readonly leadership: Leadership;
  readonly source: ConfigSource;
  /** Absent where commits get no status. */
  readonly statuses: CommitStatusLoop | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly recorder: Recorder;
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

/** How soon missing permissions are asked about again. */
const permissionsAgainMs = 60_000;

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
    const { leadership, metrics } = this.#ports;
    const watching = this.#watchPermissions(signal);
    while (!signal.aborted) {
      metrics.leading(false);
      const leading = await leadership.acquire(signal);
      if (leading === undefined) break;
      metrics.leading(true);
      await this.#lead(namespaceUid, leading);
    }
    await leadership.release();
    await watching;
  }

  /** A Role that is applied after the start is noticed without a restart. */
  async #watchPermissions(signal: AbortSignal): Promise<void> {
    const { clock, kubernetes } = this.#ports;
    while (this.#missingPermissions.length > 0) {
      await clock.sleep(permissionsAgainMs, signal);
      if (signal.aborted) return;
      const missing = await reading(() => kubernetes.missingPermissions(signal));
      if (missing.kind === 'read') this.#missingPermissions = missing.value;
    }
  }

  /** Everything that writes: from the moment of leading until the signal aborts. It begins from what is stored. */
  async #lead(namespaceUid: string, leading: AbortSignal): Promise<void> {
    const supervisor = this.#supervise(namespaceUid);
    const definitions = this.#define(supervisor, leading);
    this.#supervisor = supervisor;
    this.#definitions = definitions;
    const stopWaking = this.#ports.kubernetes.cluster.onChange((pool) => supervisor.wake(pool));
    await Promise.all([definitions.run(leading), this.#ports.statuses?.run(leading)]);
    stopWaking();
    await supervisor.ended();
    this.#supervisor = undefined;
    this.#definitions = undefined;
    this.#heartbeats.forgetAll();
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
      standby: this.#definitions === undefined,
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
    const { clock, logger, metrics, leadership, recorder } = this.#ports;
    const { instance } = this.#options;
    const azureDevOps = leaderOnlyAzureDevOps(this.#ports.azureDevOps, leadership);
    const ownerOf = (pool: string): string => ownerMark(namespaceUid, { instance, pool });
    const cluster = leaderOnlyCluster(this.#ports.kubernetes.cluster, leadership);
    return new PoolSupervisor(
      { azureDevOps, cluster, clock, logger, metrics, recorder, instance, ownerOf },
      {
        passed: () => undefined,
        gone: (spec) => this.#definitions?.forget(spec),
        resting: (loop, ms) => this.#heartbeats.expect(loop, ms),
        ended: (loop) => this.#heartbeats.forget(loop),
      },
    );
  }

  #define(supervisor: PoolSupervisor, signal: AbortSignal): DefinitionLoop {
    const { source, clock, logger, metrics, kubernetes, leadership } = this.#ports;
    const store = leaderOnlyStore(kubernetes.acceptedSet, leadership);
    const definitions: DefinitionLoop = new DefinitionLoop({ source, store, clock, logger, metrics }, this.#options, {
      accepted: (set) => this.#putInForce(supervisor, set, signal),
      judged: (verdict) => this.#tellCommit(verdict),
      resting: (ms) => this.#heartbeats.expect('definitions', ms),
    });
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
