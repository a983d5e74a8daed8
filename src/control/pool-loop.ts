import type { Action } from '../pool/actions.ts';
import { AsyncWake } from './async-wake.ts';
import { failureOf, nextDelay } from './next-delay.ts';
import type { PoolPorts } from './pool-ports.ts';
import { type Pass, PoolReconciler } from './pool-reconciler.ts';
import { gaugesOf, type PoolReport } from './pool-report.ts';
import type { PoolTarget } from './pool-target.ts';
import { readFailure } from './read-failure.ts';

export interface PoolLoopEvents {
  /** After every pass. */
  passed(pass: Pass): void;
  /** A removed pool is drained: nothing of ours is left. */
  gone(target: PoolTarget): void;
  /** The loop sleeps for at most that long. */
  resting(ms: number): void;
}

/** However often a pool is woken, its passes begin at least this far apart. */
const minGapMs = 1000;

/** Runs the passes of one pool, one after another, until the signal aborts or a removed pool is gone. */
export class PoolLoop {
  readonly #ports: PoolPorts;
  readonly #events: PoolLoopEvents;
  readonly #reconciler: PoolReconciler;
  readonly #wake: AsyncWake;
  #failures = 0;
  #lastFailure: string | undefined;

  constructor(ports: PoolPorts, target: PoolTarget, events: PoolLoopEvents) {
    this.#ports = ports;
    this.#events = events;
    this.#reconciler = new PoolReconciler(ports, target);
    this.#wake = new AsyncWake(ports.clock);
  }

  get target(): PoolTarget {
    return this.#reconciler.target;
  }

  get lastReport(): PoolReport | undefined {
    return this.#reconciler.lastReport;
  }

  /** Asks for a pass soon. The pass reads everything again: a wake-up is a hint, never an order. */
  wake(): void {
    this.#wake.wake();
  }

  retarget(target: PoolTarget): void {
    this.#reconciler.retarget(target);
    this.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const pass = await this.pass(signal);
      if (pass?.gone) return this.#events.gone(this.target);
      await this.#rest(pass, signal);
    }
  }

  /** One pass with everything that is told about it; undefined when it ended in an error that nobody expected. */
  async pass(signal: AbortSignal): Promise<Pass | undefined> {
    const { clock, metrics, logger } = this.#ports;
    const started = clock.monotonic();
    try {
      const pass = await this.#reconciler.pass(this.#wake.take(), signal);
      if (!signal.aborted) this.#tell(pass, (clock.monotonic() - started) / 1000);
      return pass;
    } catch (err) {
      this.#failures += 1;
      metrics.passCompleted({
        pool: this.target.spec.name,
        result: 'transient',
        seconds: (clock.monotonic() - started) / 1000,
      });
      logger.error({ pool: this.target.spec.name, err }, 'pass failed unexpectedly');
      return undefined;
    }
  }

  async #rest(pass: Pass | undefined, signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    const outcome = pass?.outcome ?? { kind: 'failed' as const, failure: readFailure(new Error('unexpected')) };
    const pollIntervalMs = this.target.spec.pollIntervalSeconds * 1000;
    const delay = nextDelay(outcome, { pollIntervalMs, failures: this.#failures, random: clock.random() });
    this.#events.resting(delay);
    // A failed read is waited out: a wake-up must not shorten what the server or the back-off asked for.
    const shortest = outcome.kind === 'failed' || failureOf(outcome)?.cause === 'throttled' ? delay : minGapMs;
    await this.#wake.sleep({ atLeastMs: Math.min(shortest, delay), atMostMs: delay }, signal);
  }

  #tell(pass: Pass, seconds: number): void {
    const { metrics } = this.#ports;
    const pool = this.target.spec.name;
    const failure = failureOf(pass.outcome);
    this.#failures = failure ? this.#failures + 1 : 0;
    const result = failure?.cause ?? 'ok';
    metrics.passCompleted({ pool, result: pass.breaches.length > 0 ? 'breach' : result, seconds });
    if (pass.breaches.length > 0) metrics.invariantBroken(pool);
    // The gauges of a name are those of the pool in force.
    if (this.target.continuedUnderSameName !== true) metrics.poolObserved(gaugesOf(pass.report));
    for (const { action, result: applied } of pass.applied) {
      metrics.actionApplied({ pool, kind: action.kind, reason: action.reason, result: applied });
      if (applied === 'done') this.#tellCreation(pass, action);
    }
    this.#log(pass, seconds);
    this.#events.passed(pass);
  }

  #tellCreation({ report }: Pass, action: Action): void {
    if (action.kind !== 'create-pod' || action.job === undefined || report.observation === undefined) return;
    const waited = report.observation.azureDevOpsTime - action.job.queuedAt;
    this.#ports.metrics.podCreatedForJob(this.target.spec.name, Math.max(0, waited) / 1000);
  }

  /** One event per pass: loud when something was done or an outage begins or ends, quiet otherwise. */
  #log({ outcome, applied, breaches, report }: Pass, seconds: number): void {
    const { logger } = this.#ports;
    const fields = {
      pool: this.target.spec.name,
      revision: this.target.revision,
      desiredAgents: report.plan?.desiredAgents,
      slots: report.plan?.slots.length,
      waitingJobs: report.plan?.waiting.length,
      actions: applied.map(({ action, result }) => `${action.kind} (${action.reason}): ${result}`),
      durationMs: Math.round(seconds * 1000),
    };
    const error = failureOf(outcome)?.message;
    const changed = error !== this.#lastFailure;
    this.#lastFailure = error;
    if (breaches.length > 0) logger.error({ ...fields, breaches }, 'plan refused');
    else if (error !== undefined && changed) logger.warn({ ...fields, error }, 'pool reconciled with errors');
    else if (applied.length > 0 || changed) logger.info(fields, 'pool reconciled');
    else logger.debug(fields, 'pool reconciled');
  }
}
