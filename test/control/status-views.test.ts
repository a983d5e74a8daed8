import { describe, expect, it } from 'vitest';
import { formatTime } from '../../src/adapters/system/system-clock.ts';
import { gaugesOf } from '../../src/control/pool-report.ts';
import type { PoolTarget } from '../../src/control/pool-target.ts';
import { viewConfig, viewPool, viewPoolDetail } from '../../src/control/status-views.ts';
import { PermanentError, ThrottledError, TransientError } from '../../src/ports/errors.ts';
import { PoolWorld } from '../support/pool-world.ts';

async function withOneAgent(): Promise<PoolWorld> {
  const world = new PoolWorld({ spec: { minAgents: 1 } });
  await world.pass();
  world.bringOnline();
  await world.advance(1);
  return world;
}

function view(world: PoolWorld, target: Partial<PoolTarget> = {}) {
  return viewPool({ ...world.reconciler.target, ...target }, world.reconciler.lastReport, formatTime);
}

describe('the status of a pool', () => {
  it('before its first pass says so', () => {
    const world = new PoolWorld();
    expect(view(world)).toMatchObject({
      connectionStatus: 'disconnected',
      lastPolled: null,
      lastError: null,
      agents: { registered: 0, max: 10 },
      conditions: [{ type: 'Ready', status: false, message: 'no pass yet' }],
    });
  });

  it('that serves', async () => {
    const world = await withOneAgent();
    expect(view(world)).toMatchObject({
      name: 'linux',
      organization: 'contoso',
      pool: 'linux-agents',
      connectionStatus: 'connected',
      active: true,
      runningAgents: 1,
      agents: { registered: 1, max: 10 },
      desiredAgents: 1,
      lastError: null,
      frozen: false,
      conditions: [{ type: 'Ready', status: true, message: '' }],
    });
  });

  it.each`
    fail                                                                                                  | connection        | why
    ${(world: PoolWorld) => world.azureDevOps.failWhile('listJobRequests', new TransientError('broken'))} | ${'disconnected'} | ${'it may pass'}
    ${(world: PoolWorld) => world.azureDevOps.failWhile('listAgents', new ThrottledError(1000))}          | ${'disconnected'} | ${'it passes as told'}
    ${(world: PoolWorld) => world.azureDevOps.failWhile('listAgents', new PermanentError('broken'))}      | ${'error'}        | ${'a person must act'}
    ${(world: PoolWorld) => {
  world.cluster.ageMs = 200_000;
}} | ${'connected'} | ${'the cluster is away, not Azure DevOps'}
    ${(world: PoolWorld) => world.cluster.failNext('createPod', new PermanentError('exceeded quota'))}    | ${'connected'}    | ${'the cluster refuses, not Azure DevOps'}
  `('after a failure: $connection, because $why', async ({ fail, connection }) => {
    const world = await withOneAgent();
    fail(world);
    world.queueJobs(2);
    await world.pass();

    const shown = view(world);
    expect(shown.connectionStatus).toBe(connection);
    expect(shown.lastError).toMatch(/broken|throttled|could not be read|quota/);
    expect(shown.conditions[0]).toEqual({ type: 'Ready', status: false, message: shown.lastError });
    const { lastReport } = world.reconciler;
    expect(lastReport && gaugesOf(lastReport).connected).toBe(connection === 'connected');
  });

  it('keeps what was seen of a quiet pool while a look at its jobs fails', async () => {
    const world = await withOneAgent();
    await world.advance(2);
    world.azureDevOps.failWhile('listJobRequests', new TransientError('500'));
    world.clock.advance(5000);

    const { report } = await world.reconciler.pass(false, new AbortController().signal);

    expect(report.lastError).toBe('500');
    expect(gaugesOf(report)).toMatchObject({
      connected: false,
      desiredAgents: 1,
      agents: [{ agentClass: 'default', phase: 'idle', count: 1 }],
    });
  });

  it.each`
    target                                 | shows                                                                        | why
    ${{ frozen: 'pools.yaml has errors' }} | ${{ type: 'Frozen', status: true, message: 'pools.yaml has errors' }}        | ${'it stays at its last good definition'}
    ${{ removed: true }}                   | ${{ type: 'Draining', status: true, message: 'its definition was removed' }} | ${'it ends'}
  `('says why: $why', async ({ target, shows }) => {
    const world = await withOneAgent();
    expect(view(world, target).conditions).toContainEqual(shows);
  });

  it('S77: names the agent that a person disabled', async () => {
    const world = await withOneAgent();
    world.agent('linux-agent-0').enabled = false;
    await world.advance(1);
    expect(view(world).conditions).toContainEqual({
      type: 'AgentDisabled',
      status: true,
      message: 'linux-agent-0 was disabled by a person and is left alone',
    });
  });

  it('lists slots, waiting jobs and the findings of this pool alone', async () => {
    const world = await withOneAgent();
    world.queueJobs(2);
    world.takeJobs();
    await world.advance(1);
    const finding = {
      severity: 'error',
      file: 'a.yaml',
      line: 1,
      column: 1,
      path: '',
      rule: 'r',
      message: 'm',
    } as const;
    const findings = [
      { ...finding, pool: 'linux' },
      { ...finding, pool: 'other' },
    ];
    const { target, lastReport } = world.reconciler;

    const detail = viewPoolDetail(target, lastReport, { formatTime, findings });

    expect(detail.slots).toMatchObject([{ index: 0, pod: 'linux-agent-0', agentClass: 'default', phase: 'busy' }]);
    expect(detail.waitingJobs).toMatchObject([
      { definition: 'build', demands: [], reason: 'agent-starting', message: 'an agent for it is starting' },
    ]);
    expect(detail.findings).toEqual([findings[0]]);
  });

  it('the configuration before anything is in force', () => {
    expect(viewConfig({ inForce: undefined, judged: undefined, failure: undefined })).toEqual({
      revision: null,
      files: [],
      findings: [],
      pools: [],
      lastError: null,
    });
  });
});
