import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Fault, FaultList } from './faults.ts';
import { addJobRoutes } from './job-routes.ts';
import { addPoolRoutes } from './pool-routes.ts';
import type { RouteContext } from './route-context.ts';
import { addServiceRoutes, addStatusRoutes } from './service-routes.ts';
import { addSessionRoutes } from './session-routes.ts';
import { renderRefusal, ServiceRefusal } from './wire.ts';

/** A request as it came. The token is known only by its hash. */
export interface RecordedRequest {
  /** Of the simulated service's clock. */
  readonly time: number;
  readonly method: string;
  /** Without the organization, with the query. */
  readonly path: string;
  readonly operation: string;
  readonly identity: string;
  readonly userAgent: string;
}

export interface ServerOptions {
  readonly context: RouteContext;
  /** Everything is served below it: the organization or the collection. */
  readonly prefix: string;
  readonly faults: FaultList;
  readonly isKnownToken: (token: string) => boolean;
  readonly onRequest: (request: RecordedRequest) => void;
}

/** The HTTP side of the simulated service: credentials, versions, faults, the `Date` header, and the routes. */
export function createHttpServer(options: ServerOptions): FastifyInstance {
  const app = fastify({ forceCloseConnections: true, bodyLimit: 16 * 1024 * 1024 });
  const headersToAdd = new WeakMap<FastifyRequest, Readonly<Record<string, string>>>();

  app.addHook('onRequest', async (request, reply) => {
    const token = tokenOf(request.headers.authorization);
    const operation = request.routeOptions.config.operation ?? 'unknown';
    options.onRequest(describe(request, { token, operation, options }));
    const fault = options.faults.take(operation);
    if (fault !== undefined) {
      if (fault.delayMs !== undefined) await wait(fault.delayMs);
      if (answerWithFault(fault, reply)) return reply;
      headersToAdd.set(request, fault.headers ?? {});
    }
    if (!options.isKnownToken(token)) return sendSignInPage(reply);
    refuseVersion(request, options.context);
    return undefined;
  });
  app.addHook('onSend', async (request, reply) => {
    reply.headers({ date: new Date(options.context.world.now()).toUTCString(), ...headersToAdd.get(request) });
    const type = reply.getHeader('content-type');
    if (typeof type === 'string' && type.startsWith('application/json') && !type.includes('api-version')) {
      reply.header('content-type', `${type}; api-version=${versionOf(request) ?? '7.1'}`);
    }
  });
  app.setErrorHandler((error, request, reply) => {
    const refusal =
      error instanceof ServiceRefusal
        ? error
        : new ServiceRefusal(500, 'VssServiceException', `${request.url}: ${String(error)}`);
    return reply.code(refusal.status).send(renderRefusal(refusal));
  });
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .type('text/plain')
      .send(`The controller for path '${request.url}' was not found or does not implement IController.`),
  );
  app.register(
    (scope, _, done) => {
      addServiceRoutes(scope, options.context);
      addPoolRoutes(scope, options.context);
      addJobRoutes(scope, options.context);
      addSessionRoutes(scope, options.context);
      addStatusRoutes(scope, options.context);
      done();
    },
    { prefix: options.prefix },
  );
  return app;
}

/** Basic with any user name, or Bearer. */
function tokenOf(authorization: string | undefined): string {
  const [scheme = '', value = ''] = (authorization ?? '').split(' ');
  if (scheme.toLowerCase() === 'bearer') return value;
  const decoded = Buffer.from(value, 'base64').toString();
  return decoded.slice(decoded.indexOf(':') + 1);
}

/** Tells tokens apart without showing them. */
export function identityOf(token: string): string {
  return token === '' ? 'anonymous' : createHash('sha256').update(token).digest('hex').slice(0, 12);
}

function describe(
  request: FastifyRequest,
  what: { readonly token: string; readonly operation: string; readonly options: ServerOptions },
): RecordedRequest {
  const { token, operation, options } = what;
  return {
    time: options.context.world.now(),
    method: request.method,
    path: request.url.startsWith(options.prefix) ? request.url.slice(options.prefix.length) : request.url,
    operation,
    identity: identityOf(token),
    userAgent: request.headers['user-agent'] ?? '',
  };
}

/** true when the fault took the place of the answer. */
function answerWithFault(fault: Fault, reply: FastifyReply): boolean {
  if (fault.connection !== undefined) {
    breakConnection(fault.connection, reply);
    return true;
  }
  if (fault.status === undefined) return false;
  const { status, body = '', headers = {} } = fault;
  reply.code(status);
  if (body !== '') reply.header('content-type', 'application/json; charset=utf-8');
  reply.headers(headers).send(body);
  return true;
}

function breakConnection(how: 'reset' | 'truncated' | 'hang', reply: FastifyReply): void {
  reply.hijack();
  if (how === 'hang') return;
  if (how === 'reset') {
    reply.raw.socket?.destroy();
    return;
  }
  reply.raw.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': '1000' });
  reply.raw.write('{"count":2,"value":[{"id":', () => reply.raw.socket?.destroy());
}

/** What the service answers to a credential that it does not know: a success, with a page. */
function sendSignInPage(reply: FastifyReply): FastifyReply {
  return reply
    .code(203)
    .header('www-authenticate', 'Basic realm="https://simulated.invalid/", Bearer')
    .type('text/html; charset=utf-8')
    .send('<!DOCTYPE html><html><head><title>Sign In</title></head><body>Sign in to continue</body></html>');
}

/** The version travels in the Accept header, or in the query. */
function versionOf(request: FastifyRequest): string | undefined {
  const fromHeader = /api-version=([^;,\s]+)/.exec(request.headers.accept ?? '')?.[1];
  return fromHeader ?? /[?&]api-version=([^&]+)/.exec(request.url)?.[1];
}

function refuseVersion(request: FastifyRequest, context: RouteContext): void {
  if (request.method === 'OPTIONS' || request.routeOptions.config.operation === undefined) return;
  const version = versionOf(request);
  if (version === undefined) {
    if (request.method === 'GET') return;
    const message = `No api-version was supplied for the "${request.method}" request.`;
    throw new ServiceRefusal(400, 'VssVersionNotSpecifiedException', message);
  }
  const newest = context.profile === 'server' ? 7.0 : 7.2;
  if (Number.parseFloat(version) <= newest) return;
  const message = `The requested REST API version of ${version} is out of range for this server. The latest REST API version this server supports is ${newest}.`;
  throw new ServiceRefusal(400, 'VssVersionOutOfRangeException', message);
}
