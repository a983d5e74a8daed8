import { describe, expect, it } from 'vitest';
import { anAgentClass } from '../support/pool-specs.ts';
import { PoolWorld } from '../support/pool-world.ts';

describe('classes', () => {
  it('S27: a demand that names an image gets that class; others run on the default image', async () => {
    const world = new PoolWorld({
      unmatchedJobs: 'wait',
      spec: {
        agentClasses: [
          anAgentClass(),
          anAgentClass({ name: 'java', capabilities: { java: 'true' }, shape: { image: 'img1' } }),
        ],
      },
    });
    await world.pass();
    world.queueJobs(1, ['Agent.Version -gtVersion 2.163.1', 'java']);
    world.queueJobs(1, ['npm']);

    await world.pass();

    const images = world.podNames().map((name) => world.cluster.pods.get(name)?.pod.spec?.containers[0]?.image);
    expect(images).toEqual(['img1', 'agent:1']);
    expect(world.pod(0).pod.metadata?.labels?.['poolkeeper.dev/agent-class']).toBe('java');
    expect(world.pod(0).pod.spec?.containers[0]?.env).toEqual(
      expect.arrayContaining([
        { name: 'AZP_CAPABILITY', value: 'java' },
        { name: 'java', value: 'true' },
      ]),
    );
  });
});
