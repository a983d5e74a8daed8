import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ThrottledError } from '../../ports/errors.ts';
import type { Logger } from '../../ports/logger.ts';
import { ExpiredError } from './api-errors.ts';
import { type BackOff, createBackOff } from './back-off.ts';
import type { ObjectCache } from './object-cache.ts';
import type { WatchEnd } from './watch-once.ts';
import type { Cached } from './wire-object.ts';

/** How one kind of object is listed, watched and read. */
export interface ReflectedKind<T> {
  /** For the log, for example `pods`. */
  readonly resource: string;
  listPage(page: ListPage, signal: AbortSignal): Promise<ListedPage>;
  watch(from: WatchFrom, onEvent: (type: string, object: unknown) => void, signal: AbortSignal): Promise<WatchEnd>;
  /** undefined for an object that is nobody's. */
  read(object: unknown): Cached<T> | undefined;
}

export interface ListPage {
  readonly limit: number;
  readonly continueFrom: string | undefined;
}

export interface ListedPage {
  readonly items: readonly unknown[];
  readonly version: string;
  readonly continueFrom: string | undefined;
}

export interface WatchFrom {
  readonly version: string;
  readonly timeoutSeconds: number;
}

export interface ReflectorTimings {
  /** The server ends a watch after this time and up to a quarter more. */
  readonly watchSeconds: number;
  /** A list is never older than this. */
  readonly relistMs: number;
  /**
   * A watch without an event or bookmark for this long proves nothing: list again. Servers send a bookmark every
   * minute, the first one after two minutes (measured on 1.34), and nothing may be removed by a cache older than 150 s.
   */
  readonly idleMs: number;
  readonly backOffMinMs: number;
  readonly backOffMaxMs: number;
  /** A round that lasted this long was healthy: the back-off starts over. */
  readonly healthyMs: number;
}

export const reflectorTimings: ReflectorTimings = {
  watchSeconds: 240,
  relistMs: 300_000,
  idleMs: 130_000,
  backOffMinMs: 1000,
  backOffMaxMs: 30_000,
  healthyMs: 60_000,
};

export interface ReflectorOptions<T> {
  readonly kind: ReflectedKind<T>;
  readonly cache: ObjectCache<T>;
  readonly logger: Logger;
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly timings: ReflectorTimings;
  /** Never throws. */
  readonly changed: (pools: Iterable<string>) => void;
}

/** Keeps a cache equal to the server's objects of one kind. */
export interface Reflector {
  /** Runs until the signal aborts; never rejects. `listed` is called after the first whole list. */
  run(signal: AbortSignal, listed: () => void): Promise<void>;
  /**
   * Milliseconds since the cache was last proven: the start of the latest whole list, or the latest event or bookmark.
   * An open watch that says nothing proves nothing.
   */
  ageMs(): number;
}

const pageLimit = 500;

export function createReflector<T>(options: ReflectorOptions<T>): Reflector {
  const state: ReflectorState = {
    provenAt: Number.NEGATIVE_INFINITY,
    listedAt: Number.NEGATIVE_INFINITY,
    mustList: true,
    failing: false,
    skipped: 0,
    backOff: createBackOff({
      minMs: options.timings.backOffMinMs,
      maxMs: options.timings.backOffMaxMs,
      random: options.random,
    }),
  };
  return {
    ageMs: () => options.monotonic() - state.provenAt,
    async run(signal, listed) {
      while (!signal.aborted) {
        const startedAt = options.monotonic();
        const askedToWaitMs = await attemptRound(options, state, { signal, listed });
        if (options.monotonic() - startedAt >= options.timings.healthyMs) state.backOff.reset();
        else await sleep(Math.max(askedToWaitMs, state.backOff.next()), undefined, { signal }).catch(() => undefined);
      }
    },
  };
}

interface ReflectorState {
  provenAt: number;
  listedAt: number;
  mustList: boolean;
  failing: boolean;
  /** Objects of the latest list that are nobody's. */
  skipped: number;
  readonly backOff: BackOff;
}

interface Run {
  readonly signal: AbortSignal;
  readonly listed: () => void;
}

/**
 * Lists if that is due, then watches until the watch ends for whatever reason. Returns how long the server asked to be
 * left alone.
 */
async function attemptRound<T>(options: ReflectorOptions<T>, state: ReflectorState, run: Run): Promise<number> {
  try {
    if (state.mustList) {
      await listAll(options, state, run.signal);
      run.listed();
    }
    const end = await watchFromCache(options, state, run.signal);
    const listIsDue = options.monotonic() - state.listedAt >= options.timings.watchSeconds * 1000;
    state.mustList = end !== 'closed' || listIsDue;
    return 0;
  } catch (error) {
    if (!run.signal.aborted) noteFailure(options, state, error);
    return error instanceof ThrottledError ? error.retryAfterMs : 0;
  }
}

function noteFailure<T>(options: ReflectorOptions<T>, state: ReflectorState, error: unknown): void {
  const listIsOld = options.monotonic() - state.listedAt >= options.timings.relistMs;
  if (error instanceof ExpiredError || listIsOld) state.mustList = true;
  if (!state.failing) options.logger.warn({ resource: options.kind.resource, err: error }, 'kubernetes watch failing');
  state.failing = true;
}

async function listAll<T>(options: ReflectorOptions<T>, state: ReflectorState, signal: AbortSignal): Promise<void> {
  const startedAt = options.monotonic();
  const objects: Cached<T>[] = [];
  let skipped = 0;
  let page: ListedPage | undefined;
  do {
    page = await options.kind.listPage({ limit: pageLimit, continueFrom: page?.continueFrom }, signal);
    for (const item of page.items) {
      const object = options.kind.read(item);
      if (object) objects.push(object);
      else skipped += 1;
    }
  } while (page.continueFrom !== undefined);
  noteSkipped(options, state, skipped);
  const pools = options.cache.replace(objects, page.version);
  state.listedAt = startedAt;
  state.mustList = false;
  proven(options, state, startedAt);
  options.changed(pools);
}

/** Said when it changes, not with every list. */
function noteSkipped<T>({ logger, kind }: ReflectorOptions<T>, state: ReflectorState, skipped: number): void {
  const { resource } = kind;
  if (skipped > 0 && skipped !== state.skipped)
    logger.warn({ resource, skipped }, 'objects with damaged labels ignored');
  state.skipped = skipped;
}

async function watchFromCache<T>(
  options: ReflectorOptions<T>,
  state: ReflectorState,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const { kind, cache, timings, random } = options;
  const untilRelist = Math.ceil(Math.max(0, state.listedAt + timings.relistMs - options.monotonic()));
  const from = {
    version: cache.version(),
    timeoutSeconds: Math.ceil(timings.watchSeconds * (1 + random() / 4)),
  };
  const onEvent = (type: string, object: unknown) => takeEvent(options, state, { type, object });
  return kind.watch(from, onEvent, AbortSignal.any([signal, AbortSignal.timeout(untilRelist)]));
}

const WatchedObject = z.object({
  metadata: z.object({ name: z.string().default(''), uid: z.string().default(''), resourceVersion: z.string() }),
});

/** An exception here would vanish in the library, and with it every later event of that line. */
function takeEvent<T>(
  options: ReflectorOptions<T>,
  state: ReflectorState,
  event: { readonly type: string; readonly object: unknown },
): void {
  try {
    const { metadata } = WatchedObject.parse(event.object);
    const pools = applyEvent(options, event, metadata);
    proven(options, state, options.monotonic());
    options.changed(pools);
  } catch (error) {
    options.logger.error({ resource: options.kind.resource, err: error }, 'kubernetes event not understood');
  }
}

function applyEvent<T>(
  { kind, cache }: ReflectorOptions<T>,
  event: { readonly type: string; readonly object: unknown },
  metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string },
): Iterable<string> {
  if (event.type === 'BOOKMARK') {
    cache.reached(metadata.resourceVersion);
    return [];
  }
  const object = event.type === 'DELETED' ? undefined : kind.read(event.object);
  if (object) return cache.set(object) ? [object.pool] : [];
  // Gone, or changed so that it is nobody's any more.
  const removed = cache.remove(metadata);
  return removed ? [removed.pool] : [];
}

function proven<T>(options: ReflectorOptions<T>, state: ReflectorState, at: number): void {
  state.provenAt = Math.max(state.provenAt, at);
  if (state.failing) options.logger.info({ resource: options.kind.resource }, 'kubernetes watch works again');
  state.failing = false;
}
