import { beforeEach, describe, expect, it } from 'vitest';
import type { AzureDevOpsOptions } from '../../../src/adapters/azure-devops/azure-devops.ts';
import type { Fault } from '../../../src/sandbox/azure-devops/faults.ts';
import { type AdapterFixture, token, useAdapterFixture } from './adapter-fixture.ts';

const { signal } = new AbortController();
const fixture = useAdapterFixture();
let service: AdapterFixture['service'];
let connection: AdapterFixture['connection'];
let events: AdapterFixture['events'];
let adapter: AdapterFixture['adapter'];
let pass: AdapterFixture['pass'];

beforeEach(() => {
  ({ service, connection, events, adapter, pass } = fixture());
});

function wait(fault: Omit<Fault, 'operation'>): void {
  service.failNext({ ...fault, operation: 'listJobRequests' });
}

const readToken: AzureDevOpsOptions['readToken'] = ({ secretName }) =>
  Promise.resolve(secretName === 'azure-devops' ? token : 'another-token');

describe('S20, S64: a service that asks to wait is left alone', () => {
  it('sends nothing for that identity until the time is over', async () => {
    const azureDevOps = adapter();
    await azureDevOps.listAgents(connection, signal);
    wait({ status: 429, headers: { 'retry-after': '30' }, body: '' });
    await expect(azureDevOps.listJobRequests(connection, signal)).rejects.toMatchObject({ retryAfterMs: 30_000 });
    const requests = service.requests().length;

    pass(29_000);
    const early = await azureDevOps.listAgents(connection, signal).catch((thrown: unknown) => thrown);
    pass(1_100);

    expect(early).toMatchObject({ name: 'ThrottledError' });
    expect(early).toHaveProperty('retryAfterMs', expect.closeTo(1000, -3));
    expect(service.requests()).toHaveLength(requests);
    expect((await azureDevOps.listAgents(connection, signal)).value).toEqual([]);
  });

  it('heeds a Retry-After on a 200, whose answer counts', async () => {
    const azureDevOps = adapter();
    service.queueJob({ pool: 'Linux' });
    wait({ headers: { 'retry-after': '20', 'x-ratelimit-remaining': '0' } });

    expect((await azureDevOps.listJobRequests(connection, signal)).value).toHaveLength(1);
    await expect(azureDevOps.listJobRequests(connection, signal)).rejects.toMatchObject({ name: 'ThrottledError' });
    expect(events[0]).toMatchObject({ result: 'ok', rateLimitRemaining: 0, throttledSeconds: 20 });
    expect(events[1]).toMatchObject({ result: 'throttled' });
  });

  it.each([
    { headers: {}, waitMs: 30_000, why: 'no time was given' },
    { headers: { 'retry-after': 'soon' }, waitMs: 30_000, why: 'the time makes no sense' },
    { headers: { 'retry-after': '999999999' }, waitMs: 3_600_000, why: 'the time is absurd' },
    { headers: { 'retry-after': '0.5' }, waitMs: 500, why: 'the time has decimals' },
  ])('waits $waitMs ms when $why', async ({ headers, waitMs }) => {
    wait({ status: 429, headers, body: '' });

    await expect(adapter().listJobRequests(connection, signal)).rejects.toMatchObject({ retryAfterMs: waitMs });
  });

  it('reads a Retry-After that is a date by the clock of the service', async () => {
    const serverNow = Date.UTC(2030, 0, 1);
    service.setClock(() => serverNow);
    wait({ status: 429, headers: { 'retry-after': new Date(serverNow + 40_000).toUTCString() }, body: '' });

    await expect(adapter().listJobRequests(connection, signal)).rejects.toMatchObject({ retryAfterMs: 40_000 });
  });

  it('does not make another credential wait', async () => {
    service.setTokens([token, 'another-token']);
    const azureDevOps = adapter({ readToken });
    wait({ status: 429, headers: { 'retry-after': '30' }, body: '' });
    await expect(azureDevOps.listJobRequests(connection, signal)).rejects.toMatchObject({ name: 'ThrottledError' });

    const other = { ...connection, credential: { secretName: 'other' } };
    expect((await azureDevOps.listJobRequests(other, signal)).value).toEqual([]);
  });

  it('lets a call end that was under way', async () => {
    const azureDevOps = adapter();
    await azureDevOps.listAgents(connection, signal);
    service.failNext({ operation: 'listAgents', delayMs: 100 });
    const underWay = azureDevOps.listAgents(connection, signal);
    wait({ status: 429, headers: { 'retry-after': '30' }, body: '' });
    await expect(azureDevOps.listJobRequests(connection, signal)).rejects.toMatchObject({ name: 'ThrottledError' });

    expect((await underWay).value).toEqual([]);
  });
});
