import { beforeEach, describe, expect, it } from 'vitest';
import { type AdapterFixture, useAdapterFixture } from './adapter-fixture.ts';

const { signal } = new AbortController();
const fixture = useAdapterFixture();
let service: AdapterFixture['service'];
let connection: AdapterFixture['connection'];
let adapter: AdapterFixture['adapter'];
let pass: AdapterFixture['pass'];

beforeEach(() => {
  ({ service, connection, adapter, pass } = fixture());
});

const refusal = (typeKey: string, message: string) => JSON.stringify({ typeKey, message });
const busyType = 'TaskAgentJobStillRunningException';

describe('deregisterAgent', () => {
  it.each([
    { status: 409, body: refusal(busyType, 'Agent "a" is running a job for pool "p"'), why: 'as documented' },
    { status: 400, body: refusal(busyType, 'no'), why: 'another status with the type' },
    { status: 403, body: refusal('', 'Agent "a" is running a job for pool "p"'), why: 'only the text' },
    {
      status: 409,
      body: JSON.stringify({ typeName: `Some.Namespace.${busyType}, Some.Assembly` }),
      why: 'the long type name',
    },
  ])('S18: knows a refusal: $why', async ({ status, body }) => {
    const id = service.addAgent({ pool: 'Linux', name: 'linux-agent-0' });
    service.failNext({ operation: 'deleteAgent', status, body });

    await expect(adapter().deregisterAgent(connection, id, signal)).rejects.toMatchObject({ name: 'AgentBusyError' });
  });

  it.each([
    { status: 409, body: refusal('SomethingElse', 'no'), error: 'ConflictError' },
    { status: 500, body: refusal(busyType, 'is running a job'), error: 'TransientError' },
    { status: 403, body: refusal('AccessDeniedException', 'Access denied.'), error: 'PermanentError' },
  ])('does not take $status $body for one', async ({ status, body, error }) => {
    const id = service.addAgent({ pool: 'Linux', name: 'linux-agent-0' });
    service.failNext({ operation: 'deleteAgent', status, body });

    await expect(adapter().deregisterAgent(connection, id, signal)).rejects.toMatchObject({ name: error });
  });

  it('does not take just any "not found" for an absent agent: its pod may run a job', async () => {
    const id = service.addAgent({ pool: 'Linux', name: 'linux-agent-0' });
    service.failNext({
      operation: 'deleteAgent',
      status: 404,
      headers: { 'content-type': 'text/plain' },
      body: 'no such route',
    });

    await expect(adapter().deregisterAgent(connection, id, signal)).rejects.toMatchObject({ name: 'TransientError' });
    expect(service.agents('Linux')).toHaveLength(1);
  });

  it('takes a vague "not found" for an absent agent once the list proves it', async () => {
    service.failNext({ operation: 'deleteAgent', status: 404, body: refusal('', 'gone') });

    expect(await adapter().deregisterAgent(connection, 77, signal)).toBe('absent');
  });

  it.each([200, 204])('accepts an empty answer with status %d', async (status) => {
    service.failNext({ operation: 'deleteAgent', status, body: '' });

    expect(await adapter().deregisterAgent(connection, 77, signal)).toBe('deregistered');
  });

  it('does not accept a sign-in page as done', async () => {
    service.failNext({
      operation: 'deleteAgent',
      status: 203,
      headers: { 'content-type': 'text/html' },
      body: '<html></html>',
    });

    await expect(adapter().deregisterAgent(connection, 77, signal)).rejects.toMatchObject({ name: 'PermanentError' });
  });
});

describe('setAgentEnabled', () => {
  it('notices when the service did not take the change', async () => {
    const id = service.addAgent({ pool: 'Linux', name: 'linux-agent-0' });
    service.failNext({ operation: 'updateAgent', status: 200, body: JSON.stringify({ id, enabled: true }) });

    const change = adapter().setAgentEnabled(connection, { id, name: 'linux-agent-0', enabled: false }, signal);

    await expect(change).rejects.toMatchObject({
      name: 'TransientError',
      message: expect.stringContaining('did not take'),
    });
  });
});

describe('agents', () => {
  it('that are being updated are shown so', async () => {
    service.addAgent({ pool: 'Linux', name: 'linux-agent-0', updating: true });

    expect((await adapter().listAgents(connection, signal)).value).toMatchObject([{ updating: true }]);
  });

  it('have the capabilities of the user before those of the system, whatever their case', async () => {
    const agent = { id: 5, systemCapabilities: { Java: '8', os: 'linux' }, userCapabilities: { JAVA: '21' } };
    service.failNext({ operation: 'getAgent', status: 200, body: JSON.stringify(agent) });

    expect(await adapter().readCapabilities(connection, 5, signal)).toEqual({ JAVA: '21', os: 'linux' });
  });

  it('without any capabilities have none', async () => {
    service.failNext({ operation: 'getAgent', status: 200, body: '{"id":5,"systemCapabilities":null}' });

    expect(await adapter().readCapabilities(connection, 5, signal)).toEqual({});
  });
});

describe('placeholders', () => {
  const placeholder = { name: 'linux-placeholder-default', capabilities: { POOLKEEPER_PLACEHOLDER: 'default' } };

  it('are enabled offline records of a version above all demands', async () => {
    await adapter().registerPlaceholder(connection, placeholder, signal);

    expect(service.agents('Linux')).toMatchObject([
      {
        name: placeholder.name,
        online: false,
        enabled: true,
        version: '99.999.9',
        systemCapabilities: { POOLKEEPER_PLACEHOLDER: 'default', POOLKEEPER_RENEWED: expect.any(String) },
      },
    ]);
  });

  it('are renewed by the clock of the service, however wrong our own is', async () => {
    const serverStart = Date.UTC(2031, 0, 1);
    service.setClock(() => serverStart);
    const azureDevOps = adapter({ now: () => 0 });
    const registered = await azureDevOps.registerPlaceholder(connection, placeholder, signal);
    if (registered.kind !== 'registered') throw new Error('not registered');
    pass(600_000);

    const { renewedAt } = await azureDevOps.renewPlaceholder(connection, registered.id, signal);

    expect(registered.renewedAt).toBeGreaterThanOrEqual(serverStart);
    expect(renewedAt - registered.renewedAt).toBeGreaterThanOrEqual(600_000);
    expect(renewedAt - registered.renewedAt).toBeLessThan(605_000);
    expect(service.agents('Linux')[0]?.userCapabilities).toEqual({
      POOLKEEPER_RENEWED: new Date(renewedAt).toISOString(),
    });
  });

  it('never go back in time between two renewals, though a Date has whole seconds only', async () => {
    let serverTime = Date.UTC(2031, 0, 1);
    service.setClock(() => serverTime);
    let monotonic = 0;
    const azureDevOps = adapter({ monotonic: () => monotonic });
    const registered = await azureDevOps.registerPlaceholder(connection, placeholder, signal);
    if (registered.kind !== 'registered') throw new Error('not registered');
    const renewals = [registered.renewedAt];
    for (const stepMs of [300, 300, 300, 300, 5000, 700]) {
      monotonic += stepMs;
      serverTime += stepMs;
      renewals.push((await azureDevOps.renewPlaceholder(connection, registered.id, signal)).renewedAt);
    }

    expect(renewals.map((renewedAt) => renewedAt - Date.UTC(2031, 0, 1))).toEqual([0, 300, 600, 900, 1200, 6200, 6900]);
  });

  it('follow the clock of the service when it is set back', async () => {
    service.setClock(() => Date.UTC(2031, 0, 1));
    const azureDevOps = adapter();
    const registered = await azureDevOps.registerPlaceholder(connection, placeholder, signal);
    if (registered.kind !== 'registered') throw new Error('not registered');
    service.setClock(() => Date.UTC(2030, 0, 1));
    await azureDevOps.listAgents(connection, signal);

    const { renewedAt } = await azureDevOps.renewPlaceholder(connection, registered.id, signal);

    expect(renewedAt).toBeLessThan(Date.UTC(2030, 0, 2));
  });

  it.each([
    { status: 409, body: refusal('TaskAgentExistsException', 'already contains an agent'), why: 'as documented' },
    { status: 409, body: '', why: 'a bare conflict' },
  ])('know a taken name: $why', async ({ status, body }) => {
    service.failNext({ operation: 'addAgent', status, body });

    expect(await adapter().registerPlaceholder(connection, placeholder, signal)).toEqual({ kind: 'name-taken' });
  });

  it('are not said to be registered when the answer has no id', async () => {
    service.failNext({ operation: 'addAgent', status: 200, body: '{}' });

    await expect(adapter().registerPlaceholder(connection, placeholder, signal)).rejects.toMatchObject({
      name: 'TransientError',
      message: expect.stringContaining('register-placeholder'),
    });
  });
});
