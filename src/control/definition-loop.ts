import { acceptRevision } from '../definitions/accept.ts';
import {
  type AcceptedSet,
  forgetDrained,
  parseAcceptedSet,
  serializeAcceptedSet,
} from '../definitions/accepted-set.ts';
import { diffAcceptedSets, type PoolChange } from '../definitions/diff.ts';
import type { Finding } from '../definitions/finding.ts';
import { type ParseOptions, parseRevision } from '../definitions/parse-revision.ts';
import type { DocumentCounts } from '../definitions/parsed-revision.ts';
import type { ReadFailure } from '../pool/observation.ts';
import type { PoolSpec } from '../pool/spec.ts';
import type { Clock } from '../ports/clock.ts';
import type { AcceptedSetStore } from '../ports/cluster.ts';
import type { ConfigRevision, ConfigSource } from '../ports/config-source.ts';
import { PermanentError } from '../ports/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import { AsyncWake } from './async-wake.ts';
import { nextDelay } from './next-delay.ts';
import { readFailure } from './read-failure.ts';

export interface DefinitionPorts {
  readonly source: ConfigSource;
  readonly store: AcceptedSetStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface DefinitionEvents {
  /** A set takes effect: at start the stored one, then one per revision and per drained pool. */
  accepted(set: AcceptedSet): void;
  /** A revision was judged, once, valid or not. */
  judged(verdict: JudgedRevision): void;
  /** The loop sleeps for that long. */
  resting(ms: number): void;
}

export interface JudgedRevision {
  readonly revision: string;
  readonly findings: readonly Finding[];
  readonly counts: DocumentCounts;
  readonly files: readonly string[];
}

export interface DefinitionOptions extends ParseOptions {
  readonly pollIntervalMs: number;
}

/** Where the definitions stand, for readiness and the API. */
export interface DefinitionState {
  readonly inForce: AcceptedSet | undefined;
  readonly judged: JudgedRevision | undefined;
  readonly failure: ReadFailure | undefined;
}

/**
 * Fetches revisions, judges them and puts what is good in force. Whatever fails, what is in force stays in force; a set
 * is stored before it takes effect.
 */
export class DefinitionLoop {
  #inForce: AcceptedSet | undefined;
  #judged: JudgedRevision | undefined;
  #failure: ReadFailure | undefined;
  #storeRead = false;
  #drained: PoolSpec[] = [];
  readonly #ports: DefinitionPorts;
  readonly #options: DefinitionOptions;
  readonly #events: DefinitionEvents;
  readonly #wake: AsyncWake;

  constructor(ports: DefinitionPorts, options: DefinitionOptions, events: DefinitionEvents) {
    this.#ports = ports;
    this.#options = options;
    this.#events = events;
    this.#wake = new AsyncWake(ports.clock);
  }

  get state(): DefinitionState {
    return { inForce: this.#inForce, judged: this.#judged, failure: this.#failure };
  }

  /** Asks for a fetch now. */
  wake(): void {
    this.#wake.wake();
  }

  /** A removed pool has drained and need not be remembered any longer. */
  forget(spec: PoolSpec): void {
    this.#drained.push(spec);
    this.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      this.#wake.take();
      const failure = await this.#attempt(signal);
      if (signal.aborted) return;
      this.#tell(failure);
      failures = failure === undefined ? 0 : failures + 1;
      const outcome = failure === undefined ? ({ kind: 'settled' } as const) : ({ kind: 'failed', failure } as const);
      const { pollIntervalMs } = this.#options;
      const delay = nextDelay(outcome, { pollIntervalMs, failures, random: this.#ports.clock.random() });
      this.#events.resting(delay);
      await this.#wake.sleep({ atLeastMs: 0, atMostMs: delay }, signal);
    }
  }

  async #attempt(signal: AbortSignal): Promise<ReadFailure | undefined> {
    const started = this.#ports.clock.monotonic();
    const seconds = (): number => (this.#ports.clock.monotonic() - started) / 1000;
    try {
      await this.#readStore(signal);
      await this.#forgetDrained(signal);
      const fetched = await this.#ports.source.fetch(this.#judged?.revision, signal);
      if (fetched === undefined) this.#ports.metrics.configLoaded({ result: 'unchanged', seconds: seconds() });
      else await this.#judge(fetched, { signal, seconds });
      return undefined;
    } catch (error) {
      if (!signal.aborted) this.#ports.metrics.configLoaded({ result: 'failed', seconds: seconds() });
      return readFailure(error);
    }
  }

  /** Without the stored set nothing is judged: a removal could go unnoticed, or a frozen pool lose its definition. */
  async #readStore(signal: AbortSignal): Promise<void> {
    if (this.#storeRead) return;
    const text = await this.#ports.store.read(signal);
    if (text !== undefined) this.#takeEffect(parseStored(text));
    this.#storeRead = true;
  }

  async #forgetDrained(signal: AbortSignal): Promise<void> {
    while (this.#inForce !== undefined && this.#drained.length > 0) {
      const [spec] = this.#drained;
      const set = spec ? forgetDrained(this.#inForce, spec) : this.#inForce;
      await this.#ports.store.write(serializeAcceptedSet(set), signal);
      this.#takeEffect(set);
      this.#drained.shift();
    }
  }

  async #judge(
    fetched: ConfigRevision,
    { signal, seconds }: { readonly signal: AbortSignal; readonly seconds: () => number },
  ): Promise<void> {
    const { revision, pathExists } = fetched;
    const previous = this.#inForce;
    const parsed = await parseRevision(fetched.files, this.#options);
    const acceptance = acceptRevision({ previous, parsed, revision, pathExists });
    await this.#ports.store.write(serializeAcceptedSet(acceptance.set), signal);
    const findings = [...missingFolder(fetched), ...parsed.findings, ...acceptance.findings];
    this.#judged = { revision, findings, counts: parsed.counts, files: fetched.files.map(({ path }) => path) };
    this.#takeEffect(acceptance.set);
    this.#events.judged(this.#judged);
    const frozenPools = acceptance.set.pools.filter(({ state }) => state === 'frozen').length;
    this.#ports.metrics.configLoaded({ result: 'accepted', documents: parsed.counts, frozenPools, seconds: seconds() });
    this.#log(this.#judged, diffAcceptedSets(previous, acceptance.set));
  }

  #takeEffect(set: AcceptedSet): void {
    this.#inForce = set;
    this.#events.accepted(set);
  }

  #log({ revision, findings, counts }: JudgedRevision, changes: readonly PoolChange[]): void {
    const errors = findings.filter(({ severity }) => severity === 'error');
    const fields = { revision, ...counts, changes };
    if (errors.length === 0) this.#ports.logger.info(fields, 'revision in force');
    else this.#ports.logger.warn({ ...fields, errors: errors.slice(0, 20) }, 'revision in force, with errors');
  }

  /** A failure is told when it begins or changes, and when it ends. */
  #tell(failure: ReadFailure | undefined): void {
    const before = this.#failure?.message;
    this.#failure = failure;
    if (failure?.message === before) return;
    if (failure) this.#ports.logger.warn({ cause: failure.cause, error: failure.message }, 'definitions not loaded');
    else this.#ports.logger.info({ revision: this.#judged?.revision }, 'definitions load again');
  }
}

/** A path that is not there is more likely a slip in the settings than a repository without pools. */
function missingFolder({ pathExists }: ConfigRevision): readonly Finding[] {
  if (pathExists) return [];
  const message =
    'the folder that CONFIG_REPO_PATH names does not exist in this revision; correct the setting, or add it';
  return [{ severity: 'error', file: '.', line: 1, column: 1, path: '', rule: 'folder-missing', message }];
}

function parseStored(text: string): AcceptedSet {
  try {
    return parseAcceptedSet(text);
  } catch (cause) {
    throw new PermanentError(
      "the stored set of accepted definitions is damaged, so nothing is changed: restore the ConfigMaps poolkeeper-…-accepted-… of the agents' namespace, or delete them to start anew from the repository",
      { cause },
    );
  }
}
