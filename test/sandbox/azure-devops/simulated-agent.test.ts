import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedAgentOptions } from '../../../src/sandbox/agents/agent-options.ts';
import { runSimulatedAgent } from '../../../src/sandbox/agents/simulated-agent.ts';
import {
  type SimulatedAzureDevOps,
  startSimulatedAzureDevOps,
} from '../../../src/sandbox/azure-devops/simulated-azure-devops.ts';

const speeds = { startMs: 0, renewMs: 20, retryMs: 5, quietMs: 10, jobFactor: 1 };
const token = 'agent-token';

let service: SimulatedAzureDevOps;
let term: AbortController;
let kill: AbortController;

beforeEach(async () => {
  term = new AbortController();
  kill = new AbortController();
  service = await startSimulatedAzureDevOps({
    tokens: [token],
    unmatchedJobs: 'wait',
    speeds: { lockMs: 600, offlineAfterMs: 600, pollHoldMs: 50, sweepMs: 10 },
  });
  service.addPool('Linux');
});

afterEach(async () => {
  kill.abort();
  await service.close();
});

function run(options: Partial<SimulatedAgentOptions> = {}) {
  return runSimulatedAgent({
    url: service.url,
    token,
    pool: 'Linux',
    name: 'linux-agent-0',
    environment: {},
    once: true,
    signal: term.signal,
    kill: kill.signal,
    speeds,
    ...options,
  });
}

const online = () => service.agents('Linux').some((agent) => agent.online);
const job = (requestId: number) => service.jobs().find((one) => one.requestId === requestId);

describe('runSimulatedAgent', () => {
  it('runs one job and leaves, with nothing left behind', async () => {
    const requestId = service.queueJob({ pool: 'Linux', durationMs: 30 });

    const { exitCode } = await run();

    expect(exitCode).toBe(0);
    expect(job(requestId)).toMatchObject({ state: 'finished', result: 'succeeded', agent: 'linux-agent-0' });
    expect(service.agents('Linux')).toEqual([]);
  });

  it('takes one job only when it is to run one, however many wait', async () => {
    const first = service.queueJob({ pool: 'Linux', durationMs: 10 });
    const second = service.queueJob({ pool: 'Linux', durationMs: 10 });

    await run();

    expect(job(first)?.state).toBe('finished');
    expect(job(second)?.state).toBe('queued');
  });

  it('keeps taking jobs when it is a lasting agent', async () => {
    const ended = run({ once: false });
    const first = service.queueJob({ pool: 'Linux', durationMs: 10 });
    const second = service.queueJob({ pool: 'Linux', durationMs: 10 });
    await service.waitFor(() => job(first)?.state === 'finished' && job(second)?.state === 'finished');
    expect(online()).toBe(true);
    term.abort();

    expect(await ended).toEqual({ exitCode: 0 });
  });

  it('announces its environment, without the token and what VSO_AGENT_IGNORE names', async () => {
    const ended = run({
      environment: {
        JAVA_HOME: '/java',
        AZP_TOKEN: token,
        SECRET: 'x',
        VSO_AGENT_IGNORE: 'SECRET',
        LONG: 'x'.repeat(1024),
      },
    });
    await service.waitFor(online);
    const [agent] = service.agents('Linux');
    term.abort();
    await ended;

    expect(agent?.systemCapabilities).toMatchObject({
      JAVA_HOME: '/java',
      'Agent.Name': 'linux-agent-0',
      'Agent.OS': 'Linux',
    });
    for (const hidden of ['AZP_TOKEN', 'SECRET', 'VSO_AGENT_IGNORE', 'LONG']) {
      expect(agent?.systemCapabilities).not.toHaveProperty(hidden);
    }
  });

  it('ends with 17 when its name is taken, and leaves the other one alone', async () => {
    const id = service.addAgent({ pool: 'Linux', name: 'LINUX-AGENT-0', online: false });

    expect(await run()).toEqual({ exitCode: 17 });
    expect(service.agents('Linux')).toMatchObject([{ id, online: false }]);
  });

  it.each([
    { pool: 'Other', accepted: token, why: 'there is no such pool' },
    { pool: 'Linux', accepted: 'another-token', why: 'its token is refused' },
  ])('ends with 1 when $why', async ({ pool, accepted }) => {
    service.setTokens([accepted]);

    expect(await run({ pool })).toEqual({ exitCode: 1 });
  });

  it('ends with 1 when the service has deregistered it', async () => {
    const ended = run();
    await service.waitFor(online);
    service.forgetAgent(service.agents('Linux')[0]?.id ?? 0);

    expect(await ended).toEqual({ exitCode: 1 });
  });

  it('leaves in order on TERM while idle', async () => {
    const ended = run();
    await service.waitFor(online);
    term.abort();

    expect(await ended).toEqual({ exitCode: 0 });
    expect(service.agents('Linux')).toEqual([]);
  });

  it('S74: finishes its job on TERM first', async () => {
    const requestId = service.queueJob({ pool: 'Linux', durationMs: 100 });
    const ended = run({ once: false });
    await service.waitFor(() => job(requestId)?.state === 'running');
    term.abort();

    expect(await ended).toEqual({ exitCode: 0 });
    expect(job(requestId)).toMatchObject({ result: 'succeeded' });
  });

  it('ends its job on TERM when the reason says so', async () => {
    const requestId = service.queueJob({ pool: 'Linux', durationMs: 60_000 });
    const ended = run();
    await service.waitFor(() => job(requestId)?.state === 'running');
    term.abort('cancel-job');

    expect(await ended).toEqual({ exitCode: 0 });
    expect(job(requestId)).toMatchObject({ result: 'canceled' });
  });

  it('ends its job when the service cancels it', async () => {
    const requestId = service.queueJob({ pool: 'Linux', durationMs: 60_000 });
    const ended = run();
    await service.waitFor(() => job(requestId)?.state === 'running');
    service.cancelJob(requestId);

    expect(await ended).toEqual({ exitCode: 0 });
    expect(job(requestId)).toMatchObject({ result: 'canceled' });
  });

  it('stays online for a while when killed, then its job is abandoned', async () => {
    const requestId = service.queueJob({ pool: 'Linux', durationMs: 60_000 });
    const ended = run();
    await service.waitFor(() => job(requestId)?.state === 'running');
    kill.abort();

    expect(await ended).toEqual({ exitCode: 137 });
    expect(online()).toBe(true);
    await service.waitFor(() => !online());
    await service.waitFor(() => job(requestId)?.result === 'abandoned');
    expect(service.agents('Linux')).toHaveLength(1);
  });

  it('renews its lock, so that a job may take longer than one', async () => {
    const requestId = service.queueJob({ pool: 'Linux', durationMs: 900 });

    await run();

    expect(job(requestId)).toMatchObject({ result: 'succeeded' });
  });

  it('stays online while it waits for a message, however long the service holds its poll', async () => {
    await service.close();
    const patientService = { lockMs: 500, offlineAfterMs: 300, pollHoldMs: 5000, sweepMs: 5 };
    service = await startSimulatedAzureDevOps({ tokens: [token], unmatchedJobs: 'wait', speeds: patientService });
    service.addPool('Linux');
    const wentOffline: string[] = [];
    service.on('agent-offline', (event) => wentOffline.push(event.agent ?? ''));
    const ended = run();
    await service.waitFor(() => service.requests().some((request) => request.operation === 'getMessage'));
    const start = performance.now();
    await service.waitFor(() => performance.now() - start > 700);

    expect(wentOffline).toEqual([]);
    term.abort();
    expect(await ended).toEqual({ exitCode: 0 });
  });

  it('goes on after failures of the service', async () => {
    service.failNext({ operation: 'getMessage', status: 500, times: 2 });
    service.failNext({ operation: 'updateJobRequest', status: 503, times: 3 });
    const requestId = service.queueJob({ pool: 'Linux', durationMs: 20 });

    expect(await run()).toEqual({ exitCode: 0 });
    expect(job(requestId)).toMatchObject({ result: 'succeeded' });
  });

  it('can hang after its job: online, and given nothing more', async () => {
    const first = service.queueJob({ pool: 'Linux', durationMs: 10 });
    const ended = run({ fault: 'hangs-after-job' });
    await service.waitFor(() => job(first)?.state === 'finished');
    const second = service.queueJob({ pool: 'Linux' });

    expect(online()).toBe(true);
    expect(job(second)?.state).toBe('queued');
    kill.abort();
    expect(await ended).toEqual({ exitCode: 137 });
  });

  it('can fail to come online', async () => {
    const ended = run({ fault: 'never-online' });
    kill.abort();

    expect(await ended).toEqual({ exitCode: 137 });
    expect(service.agents('Linux')).toEqual([]);
  });
});
