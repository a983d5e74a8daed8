import type { ServerResponse } from 'node:http';
import { expired, failureStatus } from './api-error.ts';
import type { KubeObject } from './kube-object.ts';
import { findTable } from './kubectl-table.ts';
import type { ReadRequest } from './list-requests.ts';
import type { ObjectStore, StoreEvent } from './object-store.ts';
import { apiVersionOf, collectionOf, type ResourcePath } from './resource-kinds.ts';
import { parseSelectors, type Selector } from './selectors.ts';

export interface WatchRequest extends ReadRequest {
  readonly path: ResourcePath;
  readonly response: ServerResponse;
}

/** Sends one watch event as it is, whatever it says. */
export interface OpenWatch {
  readonly plural: string;
  send(type: string, object: unknown): void;
  /** Cuts the connection in the middle, as a network does. */
  drop(): void;
}

/** Streams changes until the client leaves, the asked time is over, or the watch is dropped. */
export function openWatch(
  store: ObjectStore,
  request: WatchRequest,
  options: { readonly bookmarkIntervalMs: number; readonly opened: Set<OpenWatch>; readonly now: () => number },
): void {
  const { path, query, accept, response } = request;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const send = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`);
  const from = Number(query.get('resourceVersion') ?? 0);
  if (from > 0 && from < store.compactedVersion()) {
    send('ERROR', failureStatus(expired(`too old resource version: ${from} (${store.compactedVersion()})`)));
    response.end();
    return;
  }
  const watch: OpenWatch = { plural: path.kind.plural, send, drop: () => response.destroy() };
  options.opened.add(watch);
  const deliver = deliverer(path, parseSelectors(query), (type, object) =>
    send(type, findTable(path.kind.plural, { accept, objects: [object], now: options.now() }) ?? object),
  );
  if (from === 0)
    for (const object of store.list(collectionOf(path.kind), path.namespace)) deliver(initial(path, object));
  for (const event of store.changesSince(from === 0 ? store.version() : from)) deliver(event);
  const unsubscribe = store.subscribe(deliver);
  const timers = startTimers(store, request, { send, bookmarkIntervalMs: options.bookmarkIntervalMs });
  response.on('close', () => {
    unsubscribe();
    options.opened.delete(watch);
    for (const timer of timers) clearInterval(timer);
  });
}

function startTimers(
  store: ObjectStore,
  { path, query, response }: WatchRequest,
  { send, bookmarkIntervalMs }: { send: (type: string, object: unknown) => void; bookmarkIntervalMs: number },
): readonly NodeJS.Timeout[] {
  const wanted = query.get('allowWatchBookmarks') === 'true';
  const bookmark = () => {
    const metadata = { resourceVersion: String(store.version()), creationTimestamp: null };
    if (wanted) send('BOOKMARK', { kind: path.kind.kind, apiVersion: apiVersionOf(path.kind), metadata });
  };
  const seconds = Number(query.get('timeoutSeconds') ?? 1800);
  const end = setTimeout(() => {
    bookmark();
    response.end();
  }, seconds * 1000);
  return [end.unref(), setInterval(bookmark, bookmarkIntervalMs).unref()];
}

function initial(path: ResourcePath, object: KubeObject): StoreEvent {
  return { type: 'ADDED', collection: collectionOf(path.kind), object, previous: undefined, version: 0 };
}

function deliverer(path: ResourcePath, matches: Selector, send: (type: string, object: KubeObject) => void) {
  return (event: StoreEvent): void => {
    const type = concerns(path, event) ? seenType(event, matches) : undefined;
    if (type !== undefined) send(type, event.object);
  };
}

function concerns({ kind, namespace }: ResourcePath, { collection, object }: StoreEvent): boolean {
  return collection === collectionOf(kind) && (namespace === undefined || object.metadata.namespace === namespace);
}

/** An object that stops matching the selector is a deletion to this watcher, one that begins to match an addition. */
function seenType({ type, object, previous }: StoreEvent, matches: Selector): StoreEvent['type'] | undefined {
  const is = matches(object);
  const was = previous !== undefined && matches(previous);
  if (!is && !was) return undefined;
  if (type === 'DELETED' || !is) return 'DELETED';
  return was ? 'MODIFIED' : 'ADDED';
}
