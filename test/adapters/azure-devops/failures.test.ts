import { beforeEach, describe, expect, it } from 'vitest';
import { type AdapterFixture, everythingIn, token, useAdapterFixture } from './adapter-fixture.ts';
import { traps } from './traps.ts';

const { signal } = new AbortController();
const fixture = useAdapterFixture();
let service: AdapterFixture['service'];
let connection: AdapterFixture['connection'];
let adapter: AdapterFixture['adapter'];
let pass: AdapterFixture['pass'];

beforeEach(() => {
  ({ service, connection, adapter, pass } = fixture());
});

describe('every failure of the service is an error, never an empty answer', () => {
  it.each(traps)('$why: $error', async ({ fault, error, says }) => {
    const azureDevOps = adapter({ timeoutMs: fault.connection === 'hang' ? 200 : 30_000 });
    if (fault.connection === 'hang') await adapter().listAgents(connection, signal);
    else await azureDevOps.listAgents(connection, signal);
    service.failWhile({ ...fault, operation: 'listJobRequests' });

    const failure = await azureDevOps.listJobRequests(connection, signal).catch((thrown: unknown) => thrown);

    expect(failure).toMatchObject({ name: error, message: expect.stringMatching(says) });
    expect(everythingIn(failure)).not.toContain(token);
  });

  const startUp = ['listLocations', 'listResourceAreas', 'listPools'] as const;
  const firstTraps = traps.filter(({ fault }) => fault.connection !== 'hang');
  it.each(startUp.flatMap((operation) => firstTraps.map((trap) => ({ operation, ...trap }))))(
    'the same in the first call ($operation), $why: $error',
    async ({ operation, fault, error }) => {
      const azureDevOps = adapter();
      const repair = service.failWhile({ ...fault, operation });

      const failure = await azureDevOps.listAgents(connection, signal).catch((thrown: unknown) => thrown);

      expect(failure).toMatchObject({ name: error });
      expect(everythingIn(failure)).not.toContain(token);
      repair();
      pass(60_000);
      expect((await azureDevOps.listAgents(connection, signal)).value).toEqual([]);
    },
  );

  it('a server without the API is not one to ask again soon', async () => {
    service.failWhile({ operation: 'listLocations', status: 200, body: '{"count":0,"value":[]}' });

    await expect(adapter().listAgents(connection, signal)).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining('write the URL of an organization or collection'),
    });
  });

  it('an echo of the credential in an error is taken out', async () => {
    const basic = Buffer.from(`PAT:${token}`).toString('base64');
    service.failWhile({
      operation: 'listAgents',
      status: 400,
      body: JSON.stringify({ message: `bad ${token} in Basic ${basic}` }),
    });

    const failure = await adapter()
      .listAgents(connection, signal)
      .catch((thrown: unknown) => thrown);

    expect(failure).toMatchObject({ message: expect.stringContaining('bad [redacted] in Basic [redacted]') });
    expect(everythingIn(failure)).not.toContain(token);
    expect(everythingIn(failure)).not.toContain(basic);
  });

  it.each([
    {
      body: { count: 1, value: [{ name: 'x' }] },
      says: /list-agents: unexpected answer: 0\.id/,
      why: 'an agent without id',
    },
    { body: { count: 1, value: 'none' }, says: /list-agents: unexpected answer/, why: 'no list at all' },
    { body: { count: 3, value: null }, says: /list-agents: unexpected answer/, why: 'a count without its rows' },
    { body: [], says: /list-agents: unexpected answer|never/, why: 'a bare list', accepted: true },
    { body: { count: 0, value: null }, says: /never/, why: 'the wrapper of an empty list', accepted: true },
  ])('$why', async ({ body, says, accepted }) => {
    service.failWhile({ operation: 'listAgents', status: 200, body: JSON.stringify(body) });

    const answer = adapter().listAgents(connection, signal);

    if (accepted === true) expect((await answer).value).toEqual([]);
    else await expect(answer).rejects.toMatchObject({ name: 'TransientError', message: expect.stringMatching(says) });
  });

  it.each([
    { change: { status: 'asleep' }, why: 'a status that nobody knows' },
    { change: { enabled: 'yes' }, why: 'a word where a truth value belongs' },
    { change: { createdOn: 'yesterday' }, why: 'a date that is none' },
  ])('does not guess: $why', async ({ change }) => {
    const agent = {
      id: 1,
      name: 'linux-agent-0',
      status: 'online',
      enabled: true,
      createdOn: '2026-01-01T00:00:00Z',
      ...change,
    };
    service.failWhile({ operation: 'listAgents', status: 200, body: JSON.stringify({ count: 1, value: [agent] }) });

    await expect(adapter().listAgents(connection, signal)).rejects.toMatchObject({
      name: 'TransientError',
      message: expect.stringContaining('list-agents'),
    });
  });
});
