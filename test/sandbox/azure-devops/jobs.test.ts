import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type SimulatedAzureDevOps,
  type SimulatedAzureDevOpsOptions,
  startSimulatedAzureDevOps,
} from '../../../src/sandbox/azure-devops/simulated-azure-devops.ts';

const pool = 'Linux';
const accept = 'application/json;api-version=7.0';
const authorization = `Basic ${Buffer.from(':token-1').toString('base64')}`;

let service: SimulatedAzureDevOps;
let now: number;

async function start(options: SimulatedAzureDevOpsOptions = {}): Promise<void> {
  await service?.close();
  now = Date.UTC(2030, 0, 1);
  const speeds = { lockMs: 600_000, offlineAfterMs: 120_000, sweepMs: 5 };
  service = await startSimulatedAzureDevOps({ tokens: ['token-1'], now: () => now, speeds, ...options });
  service.addPool(pool);
}

beforeEach(() => start());
afterEach(() => service.close());

const job = (requestId: number) => service.jobs().find((one) => one.requestId === requestId);

async function send(method: string, path: string, body?: object): Promise<Response> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const url = `${service.url}/_apis/distributedtask/pools/1${path}`;
  return fetch(url, { method, headers: { authorization, accept, ...type }, ...content });
}

async function rows(query: string): Promise<Record<string, unknown>[]> {
  return ((await (await send('GET', `/jobrequests${query}`)).json()) as { value: Record<string, unknown>[] }).value;
}

describe('a job', () => {
  it('goes to the agent that is online, enabled, free and able, the oldest job first', () => {
    service.addAgent({ pool, name: 'offline', online: false, capabilities: { java: '1' } });
    service.addAgent({ pool, name: 'disabled', enabled: false, capabilities: { java: '1' } });
    service.addAgent({ pool, name: 'unable' });
    const first = service.queueJob({ pool, demands: ['java'] });
    const second = service.queueJob({ pool, demands: ['java'] });
    expect(job(first)?.state).toBe('queued');

    service.addAgent({ pool, name: 'able', capabilities: { Java: '21' } });

    expect(job(first)).toMatchObject({ state: 'assigned', agent: 'able' });
    expect(job(second)?.state).toBe('queued');
    service.startJob(first);
    expect(job(first)?.state).toBe('running');
    service.finishJob(first);
    expect(job(second)).toMatchObject({ state: 'assigned', agent: 'able' });
  });

  it.each([
    { unmatchedJobs: 'fail', state: 'finished', result: 'failed' },
    { unmatchedJobs: 'wait', state: 'queued', result: undefined },
  ] as const)('that no registered agent could run: $unmatchedJobs', async ({ unmatchedJobs, state, result }) => {
    await start({ unmatchedJobs });
    service.addAgent({ pool, name: 'other', online: false });

    expect(job(service.queueJob({ pool, demands: ['java'] }))).toMatchObject({ state, result });
  });

  it('waits when a matching agent is only offline, and names it', async () => {
    const id = service.addAgent({ pool, name: 'placeholder', online: false, version: '99.999.9' });
    service.queueJob({ pool, demands: ['Agent.Version -gtVersion 3.218.0'] });

    expect(await rows('?completedRequestCount=0')).toMatchObject([{ matchedAgents: [{ id, status: 'offline' }] }]);
  });

  it('that is cancelled while it waits ends at once; with an agent, when the agent ends it', () => {
    service.addAgent({ pool, name: 'a' });
    const running = service.queueJob({ pool });
    service.startJob(running);
    const waiting = service.queueJob({ pool });
    service.cancelJob(waiting);
    service.cancelJob(running);

    expect(job(waiting)).toMatchObject({ result: 'canceled', agent: undefined });
    expect(job(running)?.state).toBe('running');
  });

  it('of an agent that goes offline is abandoned when its lock has run out', async () => {
    const id = service.addAgent({ pool, name: 'a' });
    const requestId = service.queueJob({ pool });
    service.startJob(requestId);
    service.setAgentOnline(id, false);
    now += 599_000;
    service.setClock(() => now);
    expect(job(requestId)?.state).toBe('running');
    now += 2_000;
    service.setClock(() => now);

    expect(job(requestId)).toMatchObject({ result: 'abandoned' });
  });

  it('goes on when its agent is disabled, which then gets nothing more', async () => {
    const id = service.addAgent({ pool, name: 'a' });
    const first = service.queueJob({ pool });
    const second = service.queueJob({ pool });
    expect((await send('PATCH', `/agents/${id}`, { id, name: 'a', enabled: false })).status).toBe(200);
    service.finishJob(first);

    expect(job(first)?.result).toBe('succeeded');
    expect(job(second)?.state).toBe('queued');
  });

  it('waits for a parallel job to be free, across pools', async () => {
    await start({ parallelJobs: 1, unmatchedJobs: 'wait' });
    service.addPool('Other');
    service.addAgent({ pool, name: 'a' });
    service.addAgent({ pool: 'Other', name: 'b' });
    const first = service.queueJob({ pool });
    const second = service.queueJob({ pool: 'Other' });
    expect(job(second)?.state).toBe('queued');
    service.finishJob(first);

    expect(job(second)?.state).toBe('assigned');
  });

  it('is told of as it goes', () => {
    const told: string[] = [];
    for (const kind of ['job-queued', 'job-assigned', 'job-started', 'job-finished'] as const) {
      service.on(kind, (event) => told.push(`${event.kind} ${event.requestId} ${event.agent ?? ''}`.trim()));
    }
    service.addAgent({ pool, name: 'a' });
    const id = service.queueJob({ pool });
    service.startJob(id);
    service.finishJob(id);

    expect(told).toEqual([`job-queued ${id}`, `job-assigned ${id} a`, `job-started ${id} a`, `job-finished ${id} a`]);
  });
});

describe('the forms of the job query', () => {
  let finished: number;
  let running: number;
  let queued: number;
  let agentId: number;

  beforeEach(() => {
    agentId = service.addAgent({ pool, name: 'a' });
    finished = service.queueJob({ pool });
    service.finishJob(finished);
    running = service.queueJob({ pool });
    service.startJob(running);
    queued = service.queueJob({ pool });
  });

  const ids = (list: readonly Record<string, unknown>[]) => list.map((row) => row.requestId);

  it('plain: everything, with the matched agents', async () => {
    const all = await rows('');

    expect(ids(all)).toEqual([finished, running, queued]);
    expect(all[2]).toHaveProperty('matchedAgents');
    expect(all[0]).not.toHaveProperty('matchedAgents');
  });

  it('completedRequestCount=0: only what has not ended, with the matched agents', async () => {
    const unfinished = await rows('?completedRequestCount=0');

    expect(ids(unfinished)).toEqual([running, queued]);
    expect(unfinished[1]).toHaveProperty('matchedAgents');
  });

  it('agentIds: only what these agents have or had', async () => {
    expect(ids(await rows(`?agentIds=${agentId}&completedRequestCount=5`))).toEqual([finished, running]);
    expect(ids(await rows('?agentIds=77'))).toEqual([]);
  });

  it('$top: with what has ended, without matched agents, newest first, in pages', async () => {
    const first = await send('GET', '/jobrequests?$top=2');
    const { value } = (await first.json()) as { value: Record<string, unknown>[] };
    const next = first.headers.get('x-ms-continuationtoken');

    expect(ids(value)).toEqual([queued, running]);
    expect(value[0]).not.toHaveProperty('matchedAgents');
    expect(ids(await rows(`?$top=2&continuationToken=${next}`))).toEqual([finished]);
  });

  it('$top gives at most 200 rows, whatever is asked for', async () => {
    service.addHistory(pool, 250);

    expect(await rows('?$top=1000&completedRequestCount=0')).toHaveLength(200);
  });
});

describe('an agent', () => {
  it('S18: cannot be removed while it has a job', async () => {
    const id = service.addAgent({ pool, name: 'a' });
    const requestId = service.queueJob({ pool });
    const refused = await send('DELETE', `/agents/${id}`);
    service.finishJob(requestId);

    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({
      typeKey: 'TaskAgentJobStillRunningException',
      message: 'Agent "a" is running a job for pool "Linux"',
    });
    expect((await send('DELETE', `/agents/${id}`)).status).toBe(204);
  });

  it('of a taken name is refused, whatever its case', async () => {
    service.addAgent({ pool, name: 'Linux-agent-0' });
    const refused = await send('POST', '/agents', { name: 'linux-agent-0' });

    expect(refused.status).toBe(409);
    expect(await refused.json()).toMatchObject({ typeKey: 'TaskAgentExistsException' });
  });

  it('cannot have two sessions', async () => {
    const id = service.addAgent({ pool, name: 'a', online: false });
    const session = { ownerName: 'a', agent: { id, name: 'a' } };

    expect((await send('POST', '/sessions', session)).status).toBe(200);
    const second = await send('POST', '/sessions', session);
    expect(second.status).toBe(409);
    expect(await second.json()).toMatchObject({ typeKey: 'TaskAgentSessionConflictException' });
  });

  it('has its user capabilities replaced as a whole, and they count at once', async () => {
    const id = service.addAgent({ pool, name: 'a' });
    service.addAgent({ pool, name: 'b', online: false, capabilities: { java: '1' } });
    const requestId = service.queueJob({ pool, demands: ['java'] });
    await send('PUT', `/agents/${id}/usercapabilities`, { first: '1' });
    await send('PUT', `/agents/${id}/usercapabilities`, { java: '21' });

    expect(service.agents(pool)[0]?.userCapabilities).toEqual({ java: '21' });
    expect(job(requestId)).toMatchObject({ state: 'assigned', agent: 'a' });
  });
});

describe('faults', () => {
  it('happen as often as told, to the operation that was named', async () => {
    service.failNext({ operation: 'listAgents', status: 500, times: 2 });
    const statuses: number[] = [];
    for (const path of ['/agents', '/jobrequests', '/agents', '/agents'])
      statuses.push((await send('GET', path)).status);

    expect(statuses).toEqual([500, 200, 500, 200]);
  });

  it('go on until they are ended', async () => {
    const end = service.failWhile({ operation: 'listAgents', status: 503, headers: { 'retry-after': '3' }, body: 'x' });
    const during = await send('GET', '/agents');
    end();

    expect(during.status).toBe(503);
    expect(during.headers.get('retry-after')).toBe('3');
    expect(await during.text()).toBe('x');
    expect((await send('GET', '/agents')).status).toBe(200);
  });

  it('may only add headers to the real answer', async () => {
    service.addAgent({ pool, name: 'a' });
    service.failNext({ operation: 'listAgents', headers: { 'retry-after': '9' } });
    const answer = await send('GET', '/agents');

    expect(answer.headers.get('retry-after')).toBe('9');
    expect(await answer.json()).toMatchObject({ count: 1 });
  });
});
