import { setTimeout as sleep } from 'node:timers/promises';
import { type CoordinationV1Api, type V1Lease, V1MicroTime } from '@kubernetes/client-node';
import { ConflictError } from '../../ports/errors.ts';
import type { Leadership } from '../../ports/leadership.ts';
import type { Logger } from '../../ports/logger.ts';
import type { ApiCaller } from './api-caller.ts';
import { AbsentError } from './api-errors.ts';
import { mayTake, noteLease, type SeenLease } from './lease-state.ts';

export interface LeaseElectionOptions {
  readonly caller: ApiCaller;
  readonly coordination: CoordinationV1Api;
  readonly namespace: string;
  /** `poolkeeper-<instance>`. */
  readonly leaseName: string;
  /** Unique for each process, also for two of one host name. */
  readonly identity: string;
  readonly monotonic: () => number;
  readonly logger: Logger;
  readonly timings?: Partial<LeaseTimings>;
}

export interface LeaseTimings {
  /** A lease that nobody renewed for so long may be taken. */
  readonly durationMs: number;
  /** A leader that could not renew for so long stops writing, well before another may take over. */
  readonly renewWithinMs: number;
  readonly retryMs: number;
}

const leaseTimings: LeaseTimings = { durationMs: 15_000, renewWithinMs: 10_000, retryMs: 2000 };

export function createLeaseElection(options: LeaseElectionOptions): Leadership {
  return new LeaseElection(options);
}

class LeaseElection implements Leadership {
  #renewedAt = Number.NEGATIVE_INFINITY;
  #seen: SeenLease | undefined;
  #stopped: Promise<void> = Promise.resolve();
  readonly #options: LeaseElectionOptions;
  readonly #timings: LeaseTimings;

  constructor(options: LeaseElectionOptions) {
    this.#options = options;
    this.#timings = { ...leaseTimings, ...options.timings };
  }

  holds(): boolean {
    return this.#options.monotonic() - this.#renewedAt < this.#timings.renewWithinMs;
  }

  async acquire(stop: AbortSignal): Promise<AbortSignal | undefined> {
    const { logger, leaseName } = this.#options;
    while (!(await this.#tryRenew(stop))) {
      await this.#rest(stop);
      if (stop.aborted) return undefined;
    }
    logger.info({ lease: leaseName }, 'leading');
    const lost = new AbortController();
    this.#stopped = this.#keep(stop, lost);
    return AbortSignal.any([stop, lost.signal]);
  }

  async release(): Promise<void> {
    await this.#stopped;
    if (!this.holds()) return;
    this.#renewedAt = Number.NEGATIVE_INFINITY;
    const { signal } = new AbortController();
    // A lease that cannot be given up runs out by itself.
    await this.#write('', signal).catch(() => undefined);
  }

  /** Renews until that fails for too long, or somebody else has the lease. */
  async #keep(stop: AbortSignal, lost: AbortController): Promise<void> {
    while (!stop.aborted) {
      await this.#rest(stop);
      if (stop.aborted) return;
      const renewed = await this.#tryRenew(stop);
      if (renewed || this.holds()) continue;
      this.#options.logger.warn({ lease: this.#options.leaseName }, 'no longer leading');
      lost.abort();
      return;
    }
  }

  async #rest(stop: AbortSignal): Promise<void> {
    await sleep(this.#timings.retryMs, undefined, { signal: stop }).catch(() => undefined);
  }

  /** One attempt. The time counts from before the request: the server cannot have got it earlier. */
  async #tryRenew(stop: AbortSignal): Promise<boolean> {
    const asked = this.#options.monotonic();
    try {
      const held = await this.#write(this.#options.identity, stop);
      this.#renewedAt = held ? asked : Number.NEGATIVE_INFINITY;
      return held;
    } catch (error) {
      // Somebody else was faster: the lease may be theirs now, so ours ends at once.
      if (error instanceof ConflictError) this.#renewedAt = Number.NEGATIVE_INFINITY;
      else this.#options.logger.debug({ err: error }, 'lease not renewed');
      return false;
    }
  }

  /** Writes the holder if the lease may be ours; false when another holds it. */
  async #write(holder: string, signal: AbortSignal): Promise<boolean> {
    const lease = await this.#read(signal);
    if (lease === undefined) return this.#create(holder, signal);
    const { monotonic, identity } = this.#options;
    const now = monotonic();
    this.#seen = noteLease(lease, this.#seen, now);
    if (!mayTake(lease, this.#seen, { identity, now, durationMs: this.#timings.durationMs })) return false;
    await this.#replace(lease, holder, signal);
    return true;
  }

  async #read(signal: AbortSignal): Promise<V1Lease | undefined> {
    const { caller, coordination, namespace, leaseName: name } = this.#options;
    try {
      const call = { operation: 'get-leases', subject: `lease ${name}`, signal } as const;
      return await caller.call(call, (options) => coordination.readNamespacedLease({ name, namespace }, options));
    } catch (error) {
      if (error instanceof AbsentError) return undefined;
      throw error;
    }
  }

  async #create(holder: string, signal: AbortSignal): Promise<boolean> {
    const { caller, coordination, namespace, leaseName: name } = this.#options;
    const body: V1Lease = { metadata: { name }, spec: this.#spec(holder, 0) };
    const call = { operation: 'create-leases', subject: `lease ${name}`, signal } as const;
    await caller.call(call, (options) => coordination.createNamespacedLease({ namespace, body }, options));
    return true;
  }

  /** The resourceVersion in the body makes the server refuse if anybody wrote in between. */
  async #replace(lease: V1Lease, holder: string, signal: AbortSignal): Promise<void> {
    const { caller, coordination, namespace, leaseName: name, identity } = this.#options;
    const before = lease.spec?.leaseTransitions ?? 0;
    const changes = lease.spec?.holderIdentity === identity ? before : before + 1;
    const { metadata } = lease;
    const body: V1Lease = { ...(metadata && { metadata }), spec: this.#spec(holder, changes) };
    const call = { operation: 'update-leases', subject: `lease ${name}`, signal } as const;
    await caller.call(call, (options) => coordination.replaceNamespacedLease({ name, namespace, body }, options));
  }

  #spec(holderIdentity: string, leaseTransitions: number): NonNullable<V1Lease['spec']> {
    const leaseDurationSeconds = Math.max(1, Math.round(this.#timings.durationMs / 1000));
    return { holderIdentity, leaseTransitions, leaseDurationSeconds, renewTime: new V1MicroTime() };
  }
}
