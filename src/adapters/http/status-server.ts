import fastify from 'fastify';
import type { StatusSource } from '../../ports/status-source.ts';

export interface StatusServer {
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves health, metrics and the API. No log-in: expose it inside the cluster only. */
export async function startStatusServer(
  address: { readonly host: string; readonly port: number },
  source: StatusSource,
): Promise<StatusServer> {
  const server = fastify({ bodyLimit: 1024, forceCloseConnections: true });
  server.get('/healthz', (_request, reply) => report(reply, source.overdueLoops(), 'the loops turn'));
  server.get('/readyz', (_request, reply) => report(reply, source.unreadyBecause(), 'ready'));
  server.get('/metrics', async (_request, reply) => {
    const { contentType, body } = await source.metricsText();
    return reply.type(contentType).send(body);
  });
  server.get('/api/pools', () => source.pools());
  server.get<{ Params: { name: string } }>('/api/pools/:name', (request, reply) => {
    const pool = source.pool(request.params.name);
    return pool ?? reply.code(404).send({ error: `there is no pool of that name; /api/pools lists all` });
  });
  server.get('/api/config', () => source.config());
  server.get('/', (_request, reply) =>
    reply.type('text/plain').send('Poolkeeper. See /api/pools, /api/config, /metrics, /healthz and /readyz.\n'),
  );
  await server.listen({ host: address.host, port: address.port });
  const [bound] = server.addresses();
  const port = typeof bound === 'object' ? bound.port : address.port;
  const host = address.host === '0.0.0.0' || address.host === '::' ? '127.0.0.1' : address.host;
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, close: () => server.close() };
}

interface Reply {
  code(status: number): Reply;
  type(contentType: string): Reply;
  send(body: string): unknown;
}

function report(reply: Reply, problems: readonly string[], healthy: string): unknown {
  const body = problems.length === 0 ? healthy : problems.join('\n');
  return reply
    .code(problems.length === 0 ? 200 : 503)
    .type('text/plain; charset=utf-8')
    .send(`${body}\n`);
}
