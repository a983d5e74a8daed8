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

describe('a job that no class can run', () => {
  it('is told which demand fails in which class, and gets no pod', async () => {
    const world = new PoolWorld({
      unmatchedJobs: 'wait',
      spec: {
        agentClasses: [
          anAgentClass({ name: 'java', capabilities: { java: '17' } }),
          anAgentClass({ name: 'node', capabilities: { node: '24' } }),
        ],
      },
    });
    await world.pass();
    world.queueJobs(1, ['java -equals 11', 'Agent.Version -gtVersion 2.163.1']);

    const pass = await world.pass();

    expect(world.podNames()).toEqual([]);
    expect(pass.report.plan?.waiting.map(({ reason, message }) => [reason, message])).toEqual([
      [
        'no-class-matches',
        'no agent class of this pool meets its demands: java lacks java -equals 11; node lacks java -equals 11',
      ],
    ]);
  });

  it('S26: a job that fits two classes starts one pod, of the class with fewer surplus capabilities, then file order', async () => {
    const classes = [
      anAgentClass({ name: 'big', capabilities: { java: '17', maven: '3' } }),
      anAgentClass({ name: 'small', capabilities: { java: '17' } }),
      anAgentClass({ name: 'other', capabilities: { java: '17', sdk: '1' } }),
    ];
    const world = new PoolWorld({ spec: { agentClasses: classes } });
    await world.pass();
    world.queueJobs(1, ['java']);
    await world.advance(3);

    expect(world.podNames()).toHaveLength(1);
    expect(world.pod(0).pod.metadata?.labels?.['poolkeeper.dev/agent-class']).toBe('small');
  });

  it('S05: classes have bounds of their own', async () => {
    const classes = [
      anAgentClass({ name: 'a', capabilities: { a: '1' }, maxAgents: 2 }),
      anAgentClass({ name: 'b', capabilities: { b: '1' }, maxAgents: 2 }),
    ];
    const world = new PoolWorld({ spec: { agentClasses: classes } });
    await world.pass();
    world.queueJobs(3, ['a']);
    world.queueJobs(1, ['b']);
    await world.pass();

    const started = world
      .podNames()
      .map((name) => world.cluster.pods.get(name)?.pod.metadata?.labels?.['poolkeeper.dev/agent-class']);
    expect(started.toSorted((a = '', b = '') => a.localeCompare(b))).toEqual(['a', 'a', 'b']);
  });
});
