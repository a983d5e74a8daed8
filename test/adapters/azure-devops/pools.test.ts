import { beforeEach, describe, expect, it } from 'vitest';
import { type AdapterFixture, useAdapterFixture } from './adapter-fixture.ts';

const { signal } = new AbortController();
const fixture = useAdapterFixture();
let service: AdapterFixture['service'];
let connection: AdapterFixture['connection'];
let adapter: AdapterFixture['adapter'];
let sent: AdapterFixture['sent'];

beforeEach(() => {
  ({ service, connection, adapter, sent } = fixture());
});

describe('the pool of a connection', () => {
  it.each([
    { kind: { isHosted: true }, says: /is hosted by Microsoft/, why: 'a hosted pool' },
    { kind: { poolType: 'deployment' }, says: /is a deployment pool/, why: 'a deployment pool' },
    { kind: { options: 'elasticPool' }, says: /is an elastic pool/, why: 'an elastic pool' },
    { kind: { options: 'elasticPool, singleUseAgents' }, says: /is an elastic pool/, why: 'an elastic pool with more' },
  ] as const)('is refused when it is $why', async ({ kind, says }) => {
    service.addPool('Special', kind);

    await expect(adapter().listAgents({ ...connection, pool: 'special' }, signal)).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringMatching(says),
    });
  });

  it.each(['none', 'singleUseAgents', 'preserveAgentOnJobFailure'])('may have the option %s', async (options) => {
    service.addPool('Plain', { options });

    expect((await adapter().listAgents({ ...connection, pool: 'Plain' }, signal)).value).toEqual([]);
  });

  it('is refused when the name is not unique', async () => {
    service.addPool('linux');

    await expect(adapter().listAgents(connection, signal)).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining('exists 2 times'),
    });
  });

  it('must be the very name, not one that the service finds similar', async () => {
    const value = [{ id: 1, name: 'Linux-2' }];
    service.failWhile({ operation: 'listPools', status: 200, body: JSON.stringify({ count: 1, value }) });

    await expect(adapter().listAgents(connection, signal)).rejects.toMatchObject({
      name: 'PermanentError',
      message: expect.stringContaining('does not exist'),
    });
  });

  it('is looked up once', async () => {
    const azureDevOps = adapter();
    for (let pass = 0; pass < 3; pass += 1) {
      await azureDevOps.listAgents(connection, signal);
      await azureDevOps.listJobRequests(connection, signal);
    }

    expect(sent('listPools')).toBe(1);
  });

  it('is looked up again when the service does not know its id any more', async () => {
    const azureDevOps = adapter();
    await azureDevOps.listAgents(connection, signal);
    service.removePool('Linux');
    service.addPool('Linux');
    const id = service.addAgent({ pool: 'Linux', name: 'linux-agent-0' });

    expect((await azureDevOps.listAgents(connection, signal)).value).toMatchObject([{ id }]);
    expect(sent('listPools')).toBe(2);
  });

  it('that is gone is said to be gone, at every pass', async () => {
    const azureDevOps = adapter();
    await azureDevOps.listAgents(connection, signal);
    service.removePool('Linux');

    for (let pass = 0; pass < 2; pass += 1) {
      await expect(azureDevOps.listAgents(connection, signal)).rejects.toMatchObject({ name: 'PermanentError' });
    }
  });

  it('never lends the id of its agent to a pool that took its name', async () => {
    const azureDevOps = adapter();
    service.addAgent({ pool: 'Linux', name: 'linux-agent-0' });
    const [agent] = (await azureDevOps.listAgents(connection, signal)).value;
    service.removePool('Linux');
    service.addPool('Linux');
    service.addAgent({ pool: 'Linux', name: 'linux-agent-0' });

    const removal = azureDevOps.deregisterAgent(connection, agent?.id ?? 0, signal);

    await expect(removal).rejects.toMatchObject({ name: 'TransientError' });
    expect(service.agents('Linux')).toHaveLength(1);
    expect((await azureDevOps.listAgents(connection, signal)).value).toHaveLength(1);
  });
});

describe('S22: jobs', () => {
  it('sees all 350 that have not ended, and none of 20,000 that have', async () => {
    const azureDevOps = adapter();
    service.addHistory('Linux', 20_000);
    service.addAgent({ pool: 'Linux', name: 'linux-placeholder-default', online: false });
    const queued = Array.from({ length: 350 }, () => service.queueJob({ pool: 'Linux' }));

    const jobs = (await azureDevOps.listJobRequests(connection, signal)).value;

    expect(jobs.map((job) => job.requestId)).toEqual(queued);
    expect(service.requests().filter((request) => request.operation === 'listJobRequests')).toMatchObject([
      { path: expect.stringContaining('completedRequestCount=0') },
    ]);
  });

  it('leaves out those that ended, even if the service lists them', async () => {
    const queueTime = '2026-01-01T00:00:00Z';
    const value = [
      { requestId: 1, queueTime, result: 'succeeded' },
      { requestId: 2, queueTime, result: 'aResultOfTomorrow' },
      { requestId: 3, queueTime, finishTime: queueTime },
      { requestId: 4, queueTime, result: null, demands: [{ name: 'java' }, { name: 'os', value: 'linux' }] },
      { requestId: 5, queueTime, demands: null, matchesAllAgentsInPool: true },
    ];
    service.failWhile({ operation: 'listJobRequests', status: 200, body: JSON.stringify({ count: 5, value }) });

    expect((await adapter().listJobRequests(connection, signal)).value).toEqual([
      {
        requestId: 4,
        queuedAt: Date.parse(queueTime),
        demands: ['java', 'os -equals linux'],
        matchesAllAgentsInPool: false,
      },
      { requestId: 5, queuedAt: Date.parse(queueTime), demands: [], matchesAllAgentsInPool: true },
    ]);
  });

  it('carry the clock of the service', async () => {
    service.setClock(() => Date.UTC(2031, 4, 6, 7, 8, 9));

    expect((await adapter().listJobRequests(connection, signal)).serverTime).toBe(Date.UTC(2031, 4, 6, 7, 8, 9));
  });
});
