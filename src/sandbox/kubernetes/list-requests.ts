import { randomUUID } from 'node:crypto';
import { expired } from './api-error.ts';
import type { KubeObject } from './kube-object.ts';
import { findTable } from './kubectl-table.ts';
import { getObject, type ObjectContext } from './object-requests.ts';
import { apiVersionOf, collectionOf, type ResourcePath } from './resource-kinds.ts';
import { parseSelectors } from './selectors.ts';

/** How the client wants its answer. */
export interface ReadRequest {
  readonly query: URLSearchParams;
  readonly accept: string;
}

/** One page, or everything when no limit is given. All pages of a list show the same moment. */
export function listObjects(context: ObjectContext, path: ResourcePath, request: ReadRequest): Record<string, unknown> {
  const { query, accept } = request;
  const token = query.get('continue');
  const { version, items } = token ? continued(context, token) : freshList(context, path);
  const limit = Number(query.get('limit') ?? 0);
  const chosen = items.filter(parseSelectors(query));
  const page = limit > 0 ? chosen.slice(0, limit) : chosen;
  const rest = chosen.slice(page.length);
  const metadata = {
    resourceVersion: version,
    ...(rest.length > 0 && { continue: keepPage(context, version, rest), remainingItemCount: rest.length }),
  };
  const table = findTable(path.kind.plural, { accept, objects: page, now: context.now() });
  if (table) return { ...table, metadata };
  return {
    kind: `${path.kind.kind}List`,
    apiVersion: apiVersionOf(path.kind),
    metadata,
    // Items of a typed list carry neither kind nor apiVersion.
    items: page.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item),
  };
}

export function readObject(context: ObjectContext, path: ResourcePath, { accept }: ReadRequest): object {
  const object = getObject(context, path);
  return findTable(path.kind.plural, { accept, objects: [object], now: context.now() }) ?? object;
}

function freshList({ store }: ObjectContext, path: ResourcePath): { version: string; items: readonly KubeObject[] } {
  return { version: String(store.version()), items: store.list(collectionOf(path.kind), path.namespace) };
}

function continued({ pages, store }: ObjectContext, token: string): { version: string; items: readonly KubeObject[] } {
  const items = pages.get(token);
  const version = token.split('.')[0] ?? '';
  if (!items || Number(version) < store.compactedVersion()) {
    throw expired('The provided continue parameter is too old to display a consistent list result.');
  }
  return { version, items };
}

function keepPage({ pages }: ObjectContext, version: string, rest: readonly KubeObject[]): string {
  const token = `${version}.${randomUUID()}`;
  pages.set(token, rest);
  const oldest = pages.keys().next().value;
  if (pages.size > 100 && oldest !== undefined) pages.delete(oldest);
  return token;
}
