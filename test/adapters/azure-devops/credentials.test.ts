import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PermanentError } from '../../../src/ports/errors.ts';
import { type AdapterFixture, everythingIn, token, useAdapterFixture } from './adapter-fixture.ts';

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

describe('S43: credentials', () => {
  it('takes a rotated token at once when the old one is refused, and says nothing', async () => {
    let current = token;
    const azureDevOps = adapter({ readToken: () => Promise.resolve(current) });
    await azureDevOps.listAgents(connection, signal);
    current = 'rotated-token';
    service.setTokens([current]);

    expect((await azureDevOps.listAgents(connection, signal)).value).toEqual([]);
    expect(events.map((event) => event.result)).toEqual(['ok', 'ok']);
  });

  it('keeps a token for 15 seconds, and reads it for all at once', async () => {
    let reads = 0;
    const readToken = () => {
      reads += 1;
      return Promise.resolve(token);
    };
    const azureDevOps = adapter({ readToken });
    await Promise.all([azureDevOps.listAgents(connection, signal), azureDevOps.listJobRequests(connection, signal)]);
    await azureDevOps.listAgents(connection, signal);
    expect(reads).toBe(1);
    pass(15_001);
    await azureDevOps.listAgents(connection, signal);

    expect(reads).toBe(2);
  });

  it('passes on why there is no token', async () => {
    const missing = new PermanentError('Secret "azure-devops" does not exist: create it');

    await expect(adapter({ readToken: () => Promise.reject(missing) }).listAgents(connection, signal)).rejects.toBe(
      missing,
    );
    expect(service.requests()).toEqual([]);
  });

  it('sends an Entra token as Bearer', async () => {
    const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln';
    service.setTokens([jwt]);

    expect((await adapter({ readToken: () => Promise.resolve(jwt) }).listAgents(connection, signal)).value).toEqual([]);
  });

  it.each([
    { url: 'http://dev.azure.com/contoso', says: /unencrypted: write https/, why: 'the hosted service over http' },
    { url: 'http://contoso.visualstudio.com', says: /unencrypted: write https/, why: 'its older name over http' },
    {
      url: 'https://me:secret@tfs.example.com/tfs',
      says: /host tfs\.example\.com\) holds a user name/,
      why: 'a credential in the URL',
    },
    { url: 'ftp://tfs.example.com/tfs', says: /neither https nor http/, why: 'another protocol' },
    { url: 'tfs', says: /cannot be read/, why: 'no URL' },
  ])('sends none to $why', async ({ url, says }) => {
    const failure = await adapter()
      .listAgents({ ...connection, url }, signal)
      .catch((thrown: unknown) => thrown);

    expect(failure).toMatchObject({ name: 'PermanentError', message: expect.stringMatching(says) });
    expect(everythingIn(failure)).not.toContain('secret@');
  });
});

describe('S70: the credential goes to no other host', () => {
  let other: Server;
  let visits: (string | undefined)[];
  let otherUrl: string;

  beforeEach(async () => {
    visits = [];
    other = createServer((request, response) => {
      visits.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json').end('{"count":0,"value":[]}');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address: AddressInfo | string | null = other.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    otherUrl = `http://127.0.0.1:${address.port}`;
  });

  afterEach(() => new Promise<void>((resolve) => other.close(() => resolve())));

  it.each(['listLocations', 'listResourceAreas', 'listPools', 'listAgents'])(
    'not by a redirect of %s',
    async (operation) => {
      service.failWhile({ operation, status: 307, headers: { location: `${otherUrl}/x` }, body: '' });

      await expect(adapter().listAgents(connection, signal)).rejects.toMatchObject({ name: 'PermanentError' });
      expect(visits).toEqual([]);
    },
  );

  it('not by a resource area that lies elsewhere', async () => {
    const area = {
      id: 'a85b8835-c1a1-4aac-ae97-1c3d0ba72dbd',
      name: 'distributedtask',
      locationUrl: `${otherUrl}/org/`,
    };
    service.failWhile({
      operation: 'listResourceAreas',
      status: 200,
      body: JSON.stringify({ count: 1, value: [area] }),
    });

    await expect(adapter().listAgents(connection, signal)).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining('not sent to another host'),
    });
    expect(visits).toEqual([]);
  });
});

describe('a proxy', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is not asked for a service on this machine', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');

    expect((await adapter().listAgents(connection, signal)).value).toEqual([]);
  });

  it('is asked for any other host', async () => {
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');

    await expect(
      adapter().listAgents({ ...connection, url: 'http://tfs.example.com/tfs/Main' }, signal),
    ).rejects.toMatchObject({ name: 'TransientError', message: expect.stringContaining('127.0.0.1:9') });
  });
});
