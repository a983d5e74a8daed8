import { describe, expect, it } from 'vitest';
import { TransientError } from '../../src/ports/errors.ts';
import { anAgentClass } from '../support/pool-specs.ts';
import { PoolWorld } from '../support/pool-world.ts';

function registerStranger(world: PoolWorld, online: boolean): void {
  const stranger = {
    name: 'linux-agent-0',
    version: '4.0.0',
    osDescription: '',
    enabled: true,
    systemCapabilities: {},
  };
  const agent = world.world.registerAgent(world.poolId, stranger);
  if (online && agent !== 'name-taken') world.world.openSession(agent, { ownerName: 'elsewhere', pinned: true });
}

const docker = anAgentClass({ name: 'docker', capabilities: { docker: 'yes' } });

describe('what the simulation found', () => {
  it('S67: a pod that ended because its name was taken goes, and the record of somebody else stays', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1 } });
    await world.pass();
    registerStranger(world, true);
    world.bringOnline(0);

    await world.advance(2);

    expect(world.podNames()).toEqual(['linux-agent-1']);
    expect(world.agentNames()).toContain('linux-agent-0');
  });

  it('S67: a pod that never registers is not kept for ever by an offline record of somebody else', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1 } });
    await world.pass();
    world.startContainer(world.pod(0));
    registerStranger(world, false);

    await world.advance(20, 60_000);
    world.kubelet();

    expect(world.podNames()).toEqual(['linux-agent-1']);
    expect(world.agentNames()).toContain('linux-agent-0');
  });

  it('S37: a lowered maximum is reached although each class alone needs no more than it', async () => {
    const classes = [anAgentClass(), { ...docker, minAgents: 1 }];
    const world = new PoolWorld({ spec: { standbyAgents: 1, ttlIdleSeconds: 600, agentClasses: classes } });
    await world.pass();
    world.bringOnline();
    await world.advance(2);
    expect(world.podNames()).toHaveLength(2);
    world.redefine({ maxAgents: 1 });

    await world.advance(4);
    world.kubelet();
    await world.advance(4);

    expect(world.podNames()).toHaveLength(1);
    expect(world.pod(0).pod.metadata?.labels?.['poolkeeper.dev/agent-class']).toBe('docker');
  });

  it('S42: a replacement does not exceed the maximum of its class', async () => {
    const small = { ...docker, minAgents: 1, maxAgents: 1 };
    const world = new PoolWorld({ spec: { ttlIdleSeconds: 600, agentClasses: [anAgentClass(), small] } });
    await world.pass();
    world.bringOnline();
    await world.advance(2);
    world.redefine({ agentClasses: [anAgentClass(), { ...small, shape: { ...small.shape, image: 'agent:2' } }] });

    await world.advance(1);

    expect(world.podNames()).toHaveLength(1);
    await world.advance(2);
    world.kubelet();
    await world.advance(1);
    expect(world.pod(0).pod.spec?.containers[0]?.image).toBe('agent:2');
  });

  it('S42: after a failed start of the new template the replacement is tried again, and the old agent serves on', async () => {
    const world = new PoolWorld({ spec: { minAgents: 1, ttlIdleSeconds: 86_400 } });
    await world.pass();
    world.bringOnline();
    await world.advance(2);
    const [agentClass = anAgentClass()] = world.spec.agentClasses;
    world.redefine({ agentClasses: [{ ...agentClass, shape: { ...agentClass.shape, image: 'agent:2' } }] });
    await world.advance(1);
    const failed = world.pod(1);
    world.startContainer(failed);
    failed.container = { kind: 'terminated', exitCode: 1 };

    await world.advance(6);
    world.bringOnline();
    await world.advance(4);
    world.kubelet();

    expect(world.podNames().map((name) => world.cluster.pods.get(name)?.pod.spec?.containers[0]?.image)).toEqual([
      'agent:2',
    ]);
  });

  it('S21: a pod that hangs on after its deadline counts against the cap while the agents cannot be read', async () => {
    const world = new PoolWorld({ spec: { maxAgents: 1, minAgents: 1, ttlIdleSeconds: 600 } });
    await world.pass();
    world.bringOnline();
    await world.pass();
    world.pod(0).deletionDeadline = world.clock.now() + 1000;
    world.azureDevOps.failWhile('listAgents', new TransientError('503'));
    world.queueJobs(1);

    await world.advance(4, 60_000);

    expect(world.podNames()).toEqual(['linux-agent-0']);
  });
});
