import { describe, expect, it } from 'vitest';
import { TransientError } from '../../src/ports/errors.ts';
import { MemoryCluster } from '../support/memory-cluster.ts';
import { aPoolSpec } from '../support/pool-specs.ts';
import { PoolWorld } from '../support/pool-world.ts';

describe('ownership', () => {
  it('S67: a foreign pod of our name costs the index, nothing else', async () => {
    const world = new PoolWorld();
    await world.pass();
    world.cluster.addPod({ metadata: { name: 'linux-agent-0' } });
    world.queueJobs(1);

    await world.advance(2);

    expect(world.podNames()).toEqual(['linux-agent-0', 'linux-agent-1']);
    expect(world.pod(0).pod.metadata?.labels).toBeUndefined();
  });

  it('S67: two pools of one namespace never touch what is the other one’s', async () => {
    const world = new PoolWorld({ spec: { minAgents: 2 } });
    world.addPool('other-agents');
    const other = world.startController({
      spec: aPoolSpec({
        name: 'linux-agent',
        minAgents: 2,
        connection: { ...world.spec.connection, pool: 'other-agents' },
      }),
    });
    const signal = new AbortController().signal;
    await world.pass();
    await other.pass(true, signal);
    world.bringOnline();
    world.remove();
    for (let n = 0; n < 6; n += 1) {
      await world.advance(1, 20_000);
      await other.pass(true, signal);
      world.kubelet();
    }

    expect(world.passes.at(-1)?.gone).toBe(true);
    expect(world.podNames()).toEqual(['linux-agent-agent-0', 'linux-agent-agent-1']);
    expect(world.agentNames()).toEqual([
      'linux-agent-agent-0',
      'linux-agent-agent-1',
      'linux-agent-placeholder-default',
    ]);
  });

  it('S43: the token is in no pod, status, metric or action, only the name of its key', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1 } });
    await world.pass();
    world.bringOnline();
    await world.advance(2);

    const shown = JSON.stringify([
      [...world.cluster.pods.values()].map(({ pod }) => pod),
      world.passes,
      world.metrics.events,
      [...world.world.agents.values()].map(({ systemCapabilities }) => systemCapabilities),
    ]);

    expect(shown).not.toContain('secret-token');
    expect(world.pod(0).pod.spec?.containers[0]?.env).toContainEqual({
      name: 'AZP_TOKEN',
      valueFrom: { secretKeyRef: { name: 'azdo-pat', key: 'token' } },
    });
  });

  it('S43: a Secret that is missing keeps the pool from creating agents, and says what to do', async () => {
    const world = new PoolWorld();
    await world.pass();
    world.cluster.secrets.clear();
    world.queueJobs(1);
    await world.pass();
    expect(world.podNames()).toEqual([]);
    expect(world.passes.at(-1)?.report.lastError).toContain('Secret azdo-pat does not exist');

    world.cluster.secrets.set('azdo-pat', { pat: 'new-token' });
    await world.advance(1);
    expect(world.pod(0).pod.spec?.containers[0]?.env).toContainEqual(
      expect.objectContaining({ valueFrom: { secretKeyRef: { name: 'azdo-pat', key: 'pat' } } }),
    );
  });

  it('S68: a second cluster creates nothing while the first lives, and takes over when it is gone for 30 minutes', async () => {
    const first = new PoolWorld();
    await first.pass();
    const second = first.startController({}, { ownerOf: (pool) => `87654321/default/${pool}` });
    first.queueJobs(1);
    const signal = new AbortController().signal;

    const contested = await second.pass(true, signal);
    expect(contested.applied).toEqual([]);
    expect(contested.report.plan?.waiting.map(({ message }) => message).join()).toContain(
      'another Poolkeeper (owner 12345678/default/linux)',
    );

    first.clock.advance(29 * 60_000);
    await second.pass(true, signal);
    expect(first.podNames()).toEqual([]);
    first.clock.advance(2 * 60_000);
    await second.pass(true, signal);
    await second.pass(true, signal);

    expect(first.podNames()).toEqual(['linux-agent-0']);
    expect(first.agentNames()).toEqual(['linux-placeholder-default']);
  });

  it.each`
    failing               | why
    ${'listAgents'}       | ${'it could not read the agents for half an hour'}
    ${'readCapabilities'} | ${'it could not read the capabilities for half an hour'}
  `('S68: a second cluster takes nothing from a living first one because $why', async ({ failing }) => {
    const first = new PoolWorld();
    await first.pass();
    const second = first.startController({}, { ownerOf: (pool) => `87654321/default/${pool}` });
    const signal = new AbortController().signal;
    await second.pass(true, signal);
    const [placeholder] = [...first.world.agents.keys()];
    for (let minutes = 0; minutes < 40; minutes += 1) {
      first.clock.advance(60_000);
      await first.pass();
      first.azureDevOps.failWhile(failing, new TransientError('503'));
      await second.pass(true, signal);
      first.azureDevOps.failWhile(failing, undefined);
    }

    await second.pass(true, signal);
    await second.pass(true, signal);

    expect([...first.world.agents.keys()]).toEqual([placeholder]);
    expect((await first.pass()).report.observation?.fence).toEqual({ kind: 'held' });
  });

  it('a record of another that never comes online is not read again in every pass', async () => {
    const world = new PoolWorld();
    await world.pass();
    for (const index of [0, 1, 2]) {
      world.world.registerAgent(world.poolId, {
        name: `linux-agent-${index}`,
        version: '4.0.0',
        osDescription: '',
        enabled: true,
        systemCapabilities: {},
      });
    }

    await world.advance(24);

    expect(world.azureDevOps.calls.filter((call) => call === 'readCapabilities').length).toBeLessThanOrEqual(9);
  });

  it('an agent that registers without its mark is known as ours as soon as it is online with it', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1 } });
    await world.pass();
    const pod = world.pod(0);
    world.startContainer(pod);
    const agent = world.world.registerAgent(world.poolId, {
      name: pod.name,
      version: '4.0.0',
      osDescription: '',
      enabled: true,
      systemCapabilities: {},
    });
    await world.advance(1);
    if (agent === 'name-taken') throw new Error('name taken');
    agent.systemCapabilities = { POOLKEEPER_OWNER: '12345678/default/linux' };
    world.clock.advance(1000);
    world.world.openSession(agent, { ownerName: pod.name, pinned: true });

    await world.advance(1);

    expect(world.passes.at(-1)?.report.plan?.slots.map(({ phase }) => phase)).toEqual(['idle']);
  });

  it('S68: with another instance name both serve jobs', async () => {
    const first = new PoolWorld({ spec: { minAgents: 1 } });
    await first.pass();
    const other = first.startController(
      {},
      {
        cluster: new MemoryCluster(() => first.clock.now(), 'blue', first.cluster),
        instance: 'blue',
        ownerOf: (pool) => `87654321/blue/${pool}`,
      },
    );
    await other.pass(true, new AbortController().signal);

    expect(first.podNames()).toEqual(['blue-linux-agent-0', 'linux-agent-0']);
  });

  it.each`
    ttlIdleSeconds | why
    ${0}           | ${'still there after its only job'}
    ${600}         | ${'long offline'}
  `('S77: an agent that a person disabled is left alone, also when it is $why', async ({ ttlIdleSeconds }) => {
    const world = new PoolWorld({ spec: { minAgents: 1, ttlIdleSeconds } });
    await world.pass();
    world.bringOnline();
    const [job] = world.queueJobs(1);
    world.takeJobs();
    await world.advance(1);
    if (job) world.world.finishJob(job, 'succeeded');
    const agent = world.agent('linux-agent-0');
    world.world.setEnabled(agent, false);
    if (ttlIdleSeconds > 0) world.world.closeSession(agent);

    await world.advance(20, 60_000);

    expect(world.podNames()).toContain('linux-agent-0');
    expect(world.agentNames()).toContain('linux-agent-0');
    expect(world.pod(0).pod.metadata?.annotations?.['poolkeeper.dev/retiring']).toBeUndefined();
  });

  it('S77: an agent that a person disabled is left alone, counted and reported', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1, maxAgents: 2, ttlIdleSeconds: 60 } });
    await world.pass();
    world.bringOnline();
    await world.pass();
    world.agent('linux-agent-0').enabled = false;

    await world.advance(30, 60_000);

    expect(world.podNames()).toContain('linux-agent-0');
    expect(world.podNames()).toHaveLength(2);
    expect(world.passes.at(-1)?.report.plan?.slots.find(({ index }) => index === 0)?.disabledByPerson).toBe(true);
    world.agent('linux-agent-0').enabled = true;
    await world.advance(4);
    expect(world.passes.at(-1)?.report.plan?.slots.find(({ index }) => index === 0)?.disabledByPerson ?? false).toBe(
      false,
    );
  });
});
