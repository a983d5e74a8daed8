import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AccessRequest, type Authorizer, reviewAccess } from './access-reviews.ts';
import { ApiError, badRequest, failureStatus } from './api-error.ts';
import { findDiscovery } from './discovery.ts';
import type { Fault, Faults, RecordedRequest, Verb } from './faults.ts';
import { listObjects, type ReadRequest, readObject } from './list-requests.ts';
import { createObject, deleteNamedObject, type ObjectContext, patchObject, replaceObject } from './object-requests.ts';
import { parseResourcePath, type ResourcePath } from './resource-kinds.ts';
import { type OpenWatch, openWatch } from './watch-stream.ts';

export interface ApiServerOptions {
  readonly context: ObjectContext;
  /** Bearer token → user. */
  readonly tokens: ReadonlyMap<string, string>;
  /** Lets in who brings no token at all. */
  readonly allowAnonymous: boolean;
  readonly authorize: Authorizer;
  readonly faults: Faults;
  readonly recorded: RecordedRequest[];
  readonly watches: Set<OpenWatch>;
  readonly bookmarkIntervalMs: number;
  readonly version: string;
  readonly changed: () => void;
}

interface Exchange {
  readonly url: URL;
  readonly path: ResourcePath | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly recorded: RecordedRequest;
}

export function createApiServer(options: ApiServerOptions): Server {
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    response.sendDate = false;
    response.setHeader('date', new Date(options.context.now()).toUTCString());
    answer(options, request, response).catch((error: unknown) => {
      sendError(response, error);
    });
  });
  // Watches stay open for minutes.
  server.requestTimeout = 0;
  return server;
}

async function answer(options: ApiServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = parseResourcePath(url.pathname);
  const user = authenticate(options, request);
  const recorded = record({ url, path, method: request.method ?? 'GET', user, at: options.context.now() });
  remember(options.recorded, recorded);
  options.changed();
  const exchange: Exchange = { url, path, request, response, recorded };
  const fault = options.faults.take(recorded);
  if (fault && fault.kind !== 'lose-answer') {
    fail(fault, response);
    return;
  }
  const body = await readBody(request);
  if (recorded.verb === 'watch' && path) {
    authorize(options, exchange);
    openWatch(
      options.context.store,
      { path, ...readRequest(url, request), response },
      {
        bookmarkIntervalMs: options.bookmarkIntervalMs,
        opened: options.watches,
        now: options.context.now,
      },
    );
    return;
  }
  const { status, value } = handle(options, exchange, body);
  if (fault) response.destroy();
  else send(response, status, value);
}

/** Enough for any test; a sandbox that runs for days must not grow. */
const keptRequests = 50_000;

function remember(recorded: RecordedRequest[], request: RecordedRequest): void {
  recorded.push(request);
  if (recorded.length > keptRequests) recorded.splice(0, keptRequests / 2);
}

function authenticate({ tokens, allowAnonymous }: ApiServerOptions, request: IncomingMessage): string {
  const { authorization } = request.headers;
  if (authorization === undefined && allowAnonymous) return 'anonymous';
  const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
  const user = tokens.get(token);
  if (user === undefined) throw new ApiError({ status: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  return user;
}

function record(seen: {
  readonly url: URL;
  readonly path: ResourcePath | undefined;
  readonly method: string;
  readonly user: string;
  readonly at: number;
}): RecordedRequest {
  const { url, path, user, at } = seen;
  return {
    verb: verbOf(seen.method, url, path),
    resource: path?.kind.plural ?? url.pathname,
    group: path?.kind.group ?? '',
    // A namespace is itself in its namespace, as far as roles are concerned.
    namespace: path?.namespace ?? (path?.kind.kind === 'Namespace' ? path.name : undefined),
    name: path?.name,
    user,
    at,
  };
}

const writeVerbs: Readonly<Record<string, Verb>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

function verbOf(method: string, url: URL, path: ResourcePath | undefined): Verb {
  const write = writeVerbs[method];
  if (write) return write;
  if (url.searchParams.get('watch') === 'true') return 'watch';
  return path && path.name === undefined ? 'list' : 'get';
}

function authorize({ authorize: allows }: ApiServerOptions, { recorded }: Exchange): void {
  const { user, verb, resource, group, namespace } = recorded;
  const wanted: AccessRequest = { user, verb, resource, group, namespace };
  if (allows(wanted)) return;
  throw new ApiError({
    status: 403,
    reason: 'Forbidden',
    message: `${resource} is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "${namespace ?? ''}"`,
    details: { kind: resource },
  });
}

interface Answer {
  readonly status: number;
  readonly value: unknown;
}

function handle(options: ApiServerOptions, exchange: Exchange, body: unknown): Answer {
  const { url, path, recorded } = exchange;
  if (path) {
    authorize(options, exchange);
    return { status: recorded.verb === 'create' ? 201 : 200, value: handleObject(options.context, exchange, body) };
  }
  if (url.pathname === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews') {
    return { status: 201, value: reviewAccess(body, recorded.user, options.authorize) };
  }
  const value = findDiscovery(url.pathname, options.version);
  if (value === undefined) {
    throw new ApiError({
      status: 404,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
    });
  }
  return { status: 200, value };
}

function handleObject(context: ObjectContext, { url, path, request, recorded }: Exchange, body: unknown): unknown {
  if (!path) throw badRequest('no resource');
  const query = url.searchParams;
  const read = readRequest(url, request);
  switch (recorded.verb) {
    case 'create':
      return createObject(context, path, body);
    case 'update':
      return replaceObject(context, path, body);
    case 'patch':
      return patchObject(context, path, { body, contentType: request.headers['content-type'] ?? '' });
    case 'delete':
      return deleteNamedObject(context, path, { body, query });
    case 'list':
      return listObjects(context, path, read);
    case 'get':
    case 'watch':
      return readObject(context, path, read);
    default:
      return recorded.verb satisfies never;
  }
}

function readRequest(url: URL, request: IncomingMessage): ReadRequest {
  return { query: url.searchParams, accept: request.headers.accept ?? '' };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest("couldn't get version/kind; json parse error");
  }
}

function fail(fault: Exclude<Fault, { kind: 'lose-answer' }>, response: ServerResponse): void {
  if (fault.kind === 'hang') return;
  if (fault.kind === 'drop') {
    response.destroy();
    return;
  }
  const { status, reason = 'InternalError', message = 'ordered to fail', headers = {} } = fault;
  sendError(response, new ApiError({ status, reason, message, headers }));
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const said = error instanceof Error ? error.message : String(error);
  const refusal =
    error instanceof ApiError ? error : new ApiError({ status: 500, reason: 'InternalError', message: said });
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  send(response, refusal.status, failureStatus(refusal));
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
