import { createServer } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AdapterFixture, useAdapterFixture } from './adapter-fixture.ts';

const { signal } = new AbortController();
const fixture = useAdapterFixture();
let service: AdapterFixture['service'];
let connection: AdapterFixture['connection'];
let events: AdapterFixture['events'];
let adapter: AdapterFixture['adapter'];
let sent: AdapterFixture['sent'];

beforeEach(() => {
  ({ service, connection, events, adapter, sent } = fixture());
});

describe('calls', () => {
  it('end at once when their signal aborts, and are not reported', async () => {
    const azureDevOps = adapter();
    await azureDevOps.listAgents(connection, signal);
    events.length = 0;
    service.failNext({ operation: 'listAgents', connection: 'hang' });
    const stop = new AbortController();
    const call = azureDevOps.listAgents(connection, stop.signal);
    await service.waitFor(() => sent('listAgents') === 2);
    stop.abort(new Error('shutting down'));

    await expect(call).rejects.toThrow('shutting down');
    expect(events).toEqual([]);
  });

  it('leave no request behind once nobody waits for it', async () => {
    const closed = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const silent = createServer((request) => {
      request.socket.once('close', () => closed.resolve());
      arrived.resolve();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const stop = new AbortController();
    const call = adapter().listAgents({ ...connection, url: `http://127.0.0.1:${address.port}/org` }, stop.signal);
    await arrived.promise;
    stop.abort(new Error('stopped'));

    await expect(call).rejects.toThrow('stopped');
    await closed.promise;
    await new Promise((resolve) => silent.close(resolve));
  });

  it('that only read are sent once more when their connection was cut', async () => {
    const azureDevOps = adapter();
    await azureDevOps.listAgents(connection, signal);
    service.failNext({ operation: 'listAgents', connection: 'reset' });

    expect((await azureDevOps.listAgents(connection, signal)).value).toEqual([]);
    expect(sent('listAgents')).toBe(3);
  });

  it('that write are sent once only', async () => {
    const azureDevOps = adapter();
    const id = service.addAgent({ pool: 'Linux', name: 'linux-agent-0' });
    await azureDevOps.listAgents(connection, signal);
    const agent = { id, name: 'linux-agent-0', enabled: false };
    for (const operation of ['deleteAgent', 'updateAgent', 'addAgent']) {
      service.failWhile({ operation, connection: 'reset' });
    }
    const writes = [
      azureDevOps.deregisterAgent(connection, id, signal),
      azureDevOps.setAgentEnabled(connection, agent, signal),
      azureDevOps.registerPlaceholder(connection, { name: 'p', capabilities: {} }, signal),
    ];

    for (const outcome of await Promise.allSettled(writes)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'TransientError' } });
    }
    expect([sent('deleteAgent'), sent('updateAgent'), sent('addAgent')]).toEqual([1, 1, 1]);
  });

  it('share one request when they read the same at the same time, and end apart', async () => {
    const azureDevOps = adapter();
    service.failNext({ operation: 'listAgents', delayMs: 50 });
    const stop = new AbortController();
    const first = azureDevOps.listAgents(connection, stop.signal);
    const second = azureDevOps.listAgents(
      { ...connection, url: connection.url.toUpperCase().replace('HTTP', 'http') },
      signal,
    );
    await service.waitFor(() => sent('listAgents') === 1);
    stop.abort(new Error('stopped'));

    await expect(first).rejects.toThrow('stopped');
    expect((await second).value).toEqual([]);
    expect(sent('listAgents')).toBe(1);
    expect(events).toHaveLength(1);
  });

  it('do not share a request under another credential', async () => {
    const azureDevOps = adapter();
    const other = { ...connection, credential: { secretName: 'azure-devops', secretKey: 'pat' } };
    await Promise.all([azureDevOps.listAgents(connection, signal), azureDevOps.listAgents(other, signal)]);

    expect(sent('listAgents')).toBe(2);
  });

  it('start the client once for everybody', async () => {
    const azureDevOps = adapter();
    for (const name of ['A', 'B', 'C', 'D']) service.addPool(name);
    await Promise.all(['A', 'B', 'C', 'D'].map((pool) => azureDevOps.listAgents({ ...connection, pool }, signal)));
    await azureDevOps.listJobRequests(connection, signal);

    expect(sent('listLocations')).toBe(2);
    expect(sent('listResourceAreas')).toBe(1);
  });

  it('are reported once each, with what became of them', async () => {
    const azureDevOps = adapter();
    const id = service.addAgent({ pool: 'Linux', name: 'linux-agent-0' });
    service.queueJob({ pool: 'Linux' });
    await azureDevOps.listAgents(connection, signal);
    await azureDevOps.deregisterAgent(connection, id, signal).catch(() => undefined);
    await azureDevOps.renewPlaceholder(connection, 999, signal).catch(() => undefined);
    await azureDevOps.listAgents({ ...connection, pool: 'none' }, signal).catch(() => undefined);
    service.failNext({ operation: 'listAgents', status: 500 });
    await azureDevOps.listAgents(connection, signal).catch(() => undefined);

    expect(events.map(({ operation, result }) => `${operation} ${result}`)).toEqual([
      'list-agents ok',
      'deregister-agent busy',
      'renew-placeholder conflict',
      'list-agents permanent',
      'list-agents transient',
    ]);
    expect(events[0]).toMatchObject({ organization: 'sandbox', seconds: expect.any(Number) });
  });
});
