import { afterEach, describe, expect, it } from 'vitest';
import { type StatusServer, startStatusServer } from '../../../src/adapters/http/status-server.ts';
import type { StatusSource } from '../../../src/ports/status-source.ts';

const servers: StatusServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(given: Partial<StatusSource> = {}): Promise<string> {
  const source: StatusSource = {
    overdueLoops: () => [],
    unreadyBecause: () => [],
    metricsText: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'poolkeeper_build_info 1\n' }),
    pools: () => [],
    pool: () => undefined,
    config: () => ({ revision: 'r1', files: [], findings: [], pools: [], lastError: null }),
    ...given,
  };
  const server = await startStatusServer({ host: '127.0.0.1', port: 0 }, source);
  servers.push(server);
  return server.url;
}

describe('the status server', () => {
  it.each`
    path                | status | body                           | why
    ${'/healthz'}       | ${200} | ${'the loops turn\n'}          | ${'nothing is overdue'}
    ${'/readyz'}        | ${200} | ${'ready\n'}                   | ${'nothing is missing'}
    ${'/metrics'}       | ${200} | ${'poolkeeper_build_info 1\n'} | ${'Prometheus reads it'}
    ${'/api/pools'}     | ${200} | ${'[]'}                        | ${'there is no pool yet'}
    ${'/api/pools/no'}  | ${404} | ${/there is no pool/}          | ${'nobody has that name'}
    ${'/api/pools/%ZZ'} | ${400} | ${/./}                         | ${'that is no path'}
    ${'/api/config'}    | ${200} | ${/"revision":"r1"/}           | ${'the revision in force'}
    ${'/other'}         | ${404} | ${/./}                         | ${'nothing is served there'}
  `('GET $path answers $status: $why', async ({ path, status, body }) => {
    const answer = await fetch(`${await serve()}${path}`);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toMatch(body);
  });

  it.each`
    path          | given                                             | why
    ${'/healthz'} | ${{ overdueLoops: () => ['pool a', 'pool b'] }}   | ${'two loops hang'}
    ${'/readyz'}  | ${{ unreadyBecause: () => ['pool a', 'pool b'] }} | ${'two things are missing'}
  `('GET $path answers 503 with every reason: $why', async ({ path, given }) => {
    const answer = await fetch(`${await serve(given)}${path}`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toBe('pool a\npool b\n');
  });

  it('gives the metrics the type that Prometheus asks for', async () => {
    const answer = await fetch(`${await serve()}/metrics`);
    expect(answer.headers.get('content-type')).toContain('version=0.0.4');
  });

  it('an answer that fails is one failed answer', async () => {
    const url = await serve({ metricsText: () => Promise.reject(new Error('no metrics')) });
    expect((await fetch(`${url}/metrics`)).status).toBe(500);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('changes nothing, whatever is sent', async () => {
    const url = await serve();
    const answers = ['POST', 'PUT', 'DELETE'].map((method) => fetch(`${url}/api/pools`, { method }));
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([404, 404, 404]);
  });
});
