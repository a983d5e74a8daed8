import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type SimulatedAzureDevOps,
  type SimulatedAzureDevOpsOptions,
  startSimulatedAzureDevOps,
} from '../../../src/sandbox/azure-devops/simulated-azure-devops.ts';
import { differences, recordedFields, recordedReservedAgent } from './wire-shapes.ts';

const token = 'token-1';
const authorization = `Basic ${Buffer.from(`anybody:${token}`).toString('base64')}`;
const commit = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00';
const statusPath = `/Infra/_apis/git/repositories/pools/commits/${commit}/statuses`;

let service: SimulatedAzureDevOps;
let poolId: number;

async function start(options: SimulatedAzureDevOpsOptions = {}): Promise<void> {
  await service?.close();
  service = await startSimulatedAzureDevOps({ tokens: [token], unmatchedJobs: 'wait', ...options });
  poolId = service.addPool('Linux');
}

beforeEach(() => start());
afterEach(() => service.close());

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function send(method: string, path: string, { body, headers }: Sent = {}): Promise<Response> {
  return fetch(`${service.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      authorization,
      accept: 'application/json;api-version=7.0',
      ...(body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function get(
  path: string,
): Promise<{ count: number; value: Record<string, unknown>[] } & Record<string, unknown>> {
  return (await send('GET', path)).json() as never;
}

const poolPath = (rest = '') => `/_apis/distributedtask/pools/${poolId}${rest}`;

describe('the answers of the simulated service have the shape of the real ones', () => {
  it('pools', async () => {
    service.addPool('Elastic', { options: 'elasticPool, singleUseAgents' });

    const { count, value } = await get('/_apis/distributedtask/pools');

    expect(count).toBe(2);
    expect(differences(value, 'list of TaskAgentPool')).toEqual([]);
    expect(differences(await get(poolPath()), 'TaskAgentPool')).toEqual([]);
  });

  it('agents, with everything that can be asked for', async () => {
    service.addAgent({ pool: 'Linux', name: 'a', capabilities: { java: '21' }, updating: true });
    const first = service.queueJob({ pool: 'Linux' });
    service.startJob(first);
    service.finishJob(first);
    service.queueJob({ pool: 'Linux' });
    const all = 'includeCapabilities=true&includeAssignedRequest=true&includeLastCompletedRequest=true';

    const { value } = await get(poolPath(`/agents?${all}`));

    expect(differences(value, 'list of TaskAgent')).toEqual([]);
    expect(Object.keys(value[0] ?? {})).toEqual(
      expect.arrayContaining(['systemCapabilities', 'userCapabilities', 'assignedRequest', 'lastCompletedRequest']),
    );
  });

  it('agents, with nothing that was not asked for', async () => {
    service.addAgent({ pool: 'Linux', name: 'a', capabilities: { java: '21' } });
    service.queueJob({ pool: 'Linux' });

    const [agent] = (await get(poolPath('/agents'))).value;

    for (const field of ['systemCapabilities', 'userCapabilities', 'assignedRequest', 'lastCompletedRequest']) {
      expect(agent).not.toHaveProperty(field);
    }
  });

  it('job requests, in each state with at least the fields of the recordings', async () => {
    service.addAgent({ pool: 'Linux', name: 'a' });
    const finished = service.queueJob({ pool: 'Linux', demands: ['Agent.Version -gtVersion 2.182.1'] });
    service.startJob(finished);
    service.finishJob(finished);
    const running = service.queueJob({ pool: 'Linux' });
    service.startJob(running);
    const queued = service.queueJob({ pool: 'Linux' });

    const { value } = await get(poolPath('/jobrequests'));

    expect(differences(value, 'list of TaskAgentJobRequest')).toEqual([]);
    const row = (requestId: number) => Object.keys(value.find((one) => one.requestId === requestId) ?? {}).toSorted();
    expect(row(queued)).toEqual([...recordedFields.queued].toSorted());
    expect(row(running)).toEqual([...recordedFields.running].toSorted());
    expect(row(finished)).toEqual([...recordedFields.finished, 'finishTime'].toSorted());
    const reserved = value.find((one) => one.requestId === running)?.reservedAgent;
    expect(Object.keys(reserved ?? {}).toSorted()).toEqual(recordedReservedAgent);
  });

  it('commit statuses', async () => {
    const body = {
      state: 2,
      description: 'fine',
      targetUrl: 'https://example.com',
      context: { name: 'config', genre: 'p' },
    };
    const posted = await send('POST', statusPath, { body });

    expect(posted.status).toBe(201);
    expect(differences(await posted.json(), 'GitStatus')).toEqual([]);
    expect(differences((await get(statusPath)).value, 'list of GitStatus')).toEqual([]);
  });

  it('locations, resource areas and packages', async () => {
    for (const area of ['Location', 'distributedtask', 'DistributedTask', 'git']) {
      const { value } = (await (await send('OPTIONS', `/_apis/${area}`)).json()) as { value: unknown[] };
      expect(value.length).toBeGreaterThan(0);
      expect(differences(value, 'list of ApiLocation')).toEqual([]);
    }
    expect(differences((await get('/_apis/ResourceAreas')).value, 'list of ResourceArea')).toEqual([]);
    const packages = await get('/_apis/distributedtask/packages/agent?platform=linux-x64&top=1');
    expect(differences(packages.value, 'list of PackageMetadata')).toEqual([]);
  });

  it('what writes are answered with', async () => {
    const created = (await (
      await send('POST', poolPath('/agents'), { body: { name: 'a', version: '4.0.0' } })
    ).json()) as {
      id: number;
    };
    const agent = poolPath(`/agents/${created.id}`);
    const body = { id: created.id, name: 'a', enabled: false };
    const answers = [
      created,
      await (await send('PATCH', agent, { body })).json(),
      await (await send('PUT', agent, { body: { ...body, enabled: true } })).json(),
      await (await send('PUT', `${agent}/usercapabilities`, { body: { java: '21' } })).json(),
      await get(agent),
    ];

    expect(differences(answers, 'list of TaskAgent')).toEqual([]);
  });

  it('what agents are answered with', async () => {
    const id = service.addAgent({ pool: 'Linux', name: 'a', online: false });
    const requestId = service.queueJob({ pool: 'Linux' });
    const session = (await (
      await send('POST', poolPath('/sessions'), { body: { ownerName: 'a', agent: { id, name: 'a' } } })
    ).json()) as { sessionId: string };
    const message = await get(poolPath(`/messages?sessionId=${session.sessionId}&lastMessageId=0`));
    const { lockToken } = JSON.parse(String(message.body)) as { lockToken: string };
    const request = poolPath(`/jobrequests/${requestId}`);

    expect(differences(session, 'TaskAgentSession')).toEqual([]);
    expect(differences(message, 'TaskAgentMessage')).toEqual([]);
    const renewal = { body: { requestId } };
    const renewed = await (await send('PATCH', `${request}?lockToken=${lockToken}`, renewal)).json();
    expect(differences(renewed, 'TaskAgentJobRequest')).toEqual([]);
    expect(differences(await get(request), 'TaskAgentJobRequest')).toEqual([]);
    expect((await send('PATCH', `${request}?lockToken=another`, renewal)).status).toBe(404);
    expect((await send('DELETE', poolPath(`/sessions/${session.sessionId}`))).status).toBe(204);
  });

  it('connection data and the use of parallel jobs', async () => {
    await start({ parallelJobs: 3 });
    const usage = await get('/_apis/distributedtask/resourceusage?parallelismTag=Private&poolIsHosted=false');

    expect(differences(await get('/_apis/connectionData'), 'ConnectionData')).toEqual([]);
    expect(differences(usage, 'ResourceUsage')).toEqual([]);
    expect(usage).toMatchObject({ usedCount: 0, resourceLimit: { totalCount: 3 } });
  });

  it('the check itself notices an unknown field, a wrong type and an unknown name', () => {
    const wrong = { id: 'one', status: 'asleep', colour: 'red' };

    expect(differences(wrong, 'TaskAgent')).toEqual([
      '.id: "one" is no integer',
      '.status: "asleep" is no one of offline|online',
      '.colour: unknown',
    ]);
  });
});

describe('the simulated service speaks HTTP as the real one does', () => {
  it('dates its answers by its clock, and names the version', async () => {
    service.setClock(() => Date.UTC(2030, 1, 2, 3, 4, 5));

    const { headers } = await send('GET', '/_apis/distributedtask/pools');

    expect(headers.get('date')).toBe('Sat, 02 Feb 2030 03:04:05 GMT');
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8; api-version=7.0');
  });

  it.each([
    { authorization: '', why: 'no credential' },
    { authorization: `Basic ${Buffer.from('me:wrong').toString('base64')}`, why: 'a wrong token' },
    { authorization: 'Bearer wrong', why: 'a wrong bearer token' },
  ])('answers $why with a sign-in page and 203', async ({ authorization: given }) => {
    const answer = await send('GET', '/_apis/distributedtask/pools', { headers: { authorization: given } });

    expect(answer.status).toBe(203);
    expect(answer.headers.get('content-type')).toContain('text/html');
  });

  it('takes a token as Bearer too, and the newest after a rotation', async () => {
    const bearer = (value: string) => send('GET', poolPath(), { headers: { authorization: `Bearer ${value}` } });

    expect((await bearer(token)).status).toBe(200);
    service.setTokens(['token-2']);
    expect((await bearer(token)).status).toBe(203);
    expect((await bearer('token-2')).status).toBe(200);
  });

  it.each([
    { method: 'POST', accept: 'application/json', status: 400, why: 'a write without version' },
    { method: 'GET', accept: 'application/json', status: 200, why: 'a read without version' },
    { method: 'GET', accept: 'application/json;api-version=9.0', status: 400, why: 'a version of the future' },
  ])('$why: $status', async ({ method, accept, status }) => {
    const body = method === 'POST' ? { body: { name: 'a' } } : {};

    expect((await send(method, poolPath('/agents'), { headers: { accept }, ...body })).status).toBe(status);
  });

  it('a Server has no resource areas and nothing newer than 7.0', async () => {
    await start({ profile: 'server', organization: 'Main' });

    expect(service.url).toMatch(/\/tfs\/Main$/);
    expect(await get('/_apis/ResourceAreas')).toEqual({ count: 0, value: null });
    const preview = { headers: { accept: 'application/json;api-version=7.2-preview.1' } };
    expect((await send('GET', poolPath(), preview)).status).toBe(400);
  });

  it.each([
    { path: '/_apis/distributedtask/pools/99', typeKey: 'TaskAgentPoolNotFoundException' },
    { path: '/_apis/distributedtask/pools/99/agents', typeKey: 'TaskAgentPoolNotFoundException' },
    { path: '/_apis/distributedtask/pools/99/jobrequests', typeKey: 'TaskAgentPoolNotFoundException' },
    { path: '/_apis/distributedtask/pools/1/agents/99', typeKey: 'TaskAgentNotFoundException' },
  ])('answers 404 $typeKey for $path', async ({ path, typeKey }) => {
    const answer = await send('GET', path);

    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ $id: '1', typeKey, message: expect.any(String), eventId: 3000 });
  });

  it('answers an unknown route in plain text', async () => {
    const answer = await send('GET', '/_apis/nothing');

    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('text/plain');
  });

  it('takes enums as numbers and as names, and answers names', async () => {
    for (const [index, status] of [1, 'offline', 'Offline'].entries()) {
      const answer = await send('POST', poolPath('/agents'), { body: { name: `agent-${index}`, status } });

      expect(await answer.json()).toMatchObject({ status: 'offline', enabled: true });
    }
  });

  it('records what was asked, and never a token', async () => {
    await send('GET', '/_apis/distributedtask/pools?poolName=Linux');

    expect(service.requests()).toMatchObject([
      { method: 'GET', path: '/_apis/distributedtask/pools?poolName=Linux', operation: 'listPools' },
    ]);
    expect(service.requests()[0]?.identity).toMatch(/^[0-9a-f]{12}$/);
    expect(JSON.stringify(service.requests())).not.toContain(token);
  });
});
