import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAzureDevOps } from '../../../../src/adapters/azure-devops/azure-devops.ts';
import { createRequestGate } from '../../../../src/adapters/azure-devops/request-gate.ts';
import {
  type AzureReposOptions,
  createAzureRepos,
} from '../../../../src/adapters/code-hosts/azure-repos/azure-repos.ts';
import { parseAzureReposUrl } from '../../../../src/adapters/code-hosts/azure-repos/azure-repos-url.ts';
import type { CommitStatus } from '../../../../src/ports/code-host.ts';
import {
  type SimulatedAzureDevOps,
  startSimulatedAzureDevOps,
} from '../../../../src/sandbox/azure-devops/simulated-azure-devops.ts';

const { signal } = new AbortController();
const commit = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00';
const clock = { now: () => Date.now(), monotonic: () => performance.now() };
const valid: CommitStatus = { genre: 'poolkeeper', name: 'config', state: 'succeeded', description: '3 pools' };

let service: SimulatedAzureDevOps;

beforeEach(async () => {
  service = await startSimulatedAzureDevOps({ tokens: ['token-1'] });
});

afterEach(() => service.close());

function repos(options: Partial<AzureReposOptions> = {}) {
  const repository = parseAzureReposUrl(`${service.url}/Shared%20Infra/_git/Pool%20files`);
  if (repository === undefined) throw new Error('not a repository');
  return createAzureRepos({
    ...clock,
    repository,
    credentialName: 'the file of CODE_HOST_TOKEN_FILE',
    readToken: () => Promise.resolve('token-1'),
    ...options,
  });
}

function page(from: number, length: number) {
  return Array.from({ length }, (_, index) => ({
    id: from + index,
    state: 'succeeded',
    description: '',
    context: { genre: 'ci', name: `check ${from + index}` },
  }));
}

describe('createAzureRepos', () => {
  it.each(['services', 'server'] as const)('posts a status and reads it back (%s)', async (profile) => {
    await service.close();
    service = await startSimulatedAzureDevOps({ tokens: ['token-1'], profile });
    const host = repos();

    await host.postStatus(commit, valid, signal);

    expect(await host.readStatuses(commit, signal)).toEqual([valid]);
    expect(service.statuses(commit)).toMatchObject([
      { state: 'succeeded', description: '3 pools', context: { genre: 'poolkeeper', name: 'config' } },
    ]);
  });

  it.each([
    ['succeeded', 'succeeded'],
    ['partially-succeeded', 'partiallySucceeded'],
    ['failed', 'failed'],
    ['error', 'error'],
  ] as const)('sends %s as %s', async (state, wire) => {
    const host = repos();
    await host.postStatus(commit, { ...valid, state }, signal);

    expect(service.statuses(commit)).toMatchObject([{ state: wire }]);
    expect(await host.readStatuses(commit, signal)).toMatchObject([{ state }]);
  });

  it('answers the newest status of each context, and asks for no more than that', async () => {
    const host = repos();
    await host.postStatus(commit, { ...valid, state: 'failed' }, signal);
    await host.postStatus(commit, { ...valid, name: 'applied' }, signal);
    await host.postStatus(commit, valid, signal);

    const statuses = await host.readStatuses(commit, signal);

    expect(statuses).toHaveLength(2);
    expect(statuses).toEqual(expect.arrayContaining([valid, { ...valid, name: 'applied' }]));
    const reads = service.requests().filter((request) => request.operation === 'listStatuses');
    expect(reads.map((request) => request.path)).toEqual([expect.stringContaining('latestOnly=true')]);
  });

  it('goes on to the next page as long as a page is full', async () => {
    service.failNext({ operation: 'listStatuses', status: 200, body: JSON.stringify({ value: page(1, 500) }) });
    service.failNext({ operation: 'listStatuses', status: 200, body: JSON.stringify({ value: page(501, 7) }) });

    expect(await repos().readStatuses(commit, signal)).toHaveLength(507);
    const reads = service.requests().filter((request) => request.operation === 'listStatuses');
    expect(reads[1]?.path).toContain('skip=500');
  });

  it.each([
    { first: { id: 4 }, second: { id: 9 }, why: 'by id' },
    {
      first: { creationDate: '2026-01-01T00:00:00Z' },
      second: { creationDate: '2026-01-02T00:00:00Z' },
      why: 'by date',
    },
  ])('finds the newest of a context itself when the service lists several: $why', async ({ first, second }) => {
    const context = { genre: 'poolkeeper', name: 'config' };
    const older = { ...first, state: 'failed', context };
    const newer = { ...second, state: 'succeeded', context };
    for (const value of [
      [older, newer],
      [newer, older],
    ]) {
      service.failNext({ operation: 'listStatuses', status: 200, body: JSON.stringify({ count: 2, value }) });

      expect(await repos().readStatuses(commit, signal)).toMatchObject([{ state: 'succeeded' }]);
    }
  });

  it('leaves out what others say that has no word here', async () => {
    const value = [{ id: 1, state: 'pending', description: null, context: { name: 'ci' } }];
    service.failNext({ operation: 'listStatuses', status: 200, body: JSON.stringify({ count: 1, value }) });

    expect(await repos().readStatuses(commit, signal)).toEqual([]);
  });

  it('S43: takes the token anew for every call', async () => {
    let token = 'token-1';
    const host = repos({ readToken: () => Promise.resolve(token) });
    await host.postStatus(commit, valid, signal);
    service.setTokens(['token-2']);
    token = 'token-2';

    await host.postStatus(commit, valid, signal);

    expect(service.statuses(commit)).toHaveLength(2);
  });

  it('says what to do about a refused token, without naming it', async () => {
    service.setTokens([]);

    await expect(repos().readStatuses(commit, signal)).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringMatching(/CODE_HOST_TOKEN_FILE.*Code \(status\).*Pool files/),
    });
  });

  it('S20: waits when Azure DevOps told the same identity of the same organization to wait', async () => {
    service.addPool('Linux');
    const gate = createRequestGate(clock);
    const azureDevOps = createAzureDevOps({ ...clock, gate, readToken: () => Promise.resolve('token-1') });
    const connection = {
      url: service.url,
      organization: service.organization,
      pool: 'Linux',
      credential: { secretName: 'azure-devops' },
    };
    service.failNext({ operation: 'listJobRequests', status: 429, headers: { 'retry-after': '30' } });
    await expect(azureDevOps.listJobRequests(connection, signal)).rejects.toMatchObject({ name: 'ThrottledError' });
    const sent = service.requests().length;

    await expect(repos({ gate }).postStatus(commit, valid, signal)).rejects.toMatchObject({ name: 'ThrottledError' });
    expect(service.requests()).toHaveLength(sent);
  });
});
