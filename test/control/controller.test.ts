import { afterEach, describe, expect, it } from 'vitest';
import { formatTime } from '../../src/adapters/system/system-clock.ts';
import { Controller, type KubernetesStart } from '../../src/control/controller.ts';
import type { ConfigRevision } from '../../src/ports/config-source.ts';
import { PermanentError } from '../../src/ports/errors.ts';
import { type Leadership, soleLeader } from '../../src/ports/leadership.ts';
import { noRecorder } from '../../src/ports/recorder.ts';
import { aFile, aPool } from '../definitions/a-definition.ts';
import { PoolWorld } from '../support/pool-world.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { settle, turn } from '../support/turn.ts';

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

function aController(leadership: Leadership = soleLeader) {
  const world = new PoolWorld();
  const outside = {
    newest: undefined as ConfigRevision | undefined,
    stored: undefined as string | undefined,
    missing: [] as readonly string[],
    versionError: undefined as Error | undefined,
  };
  const kubernetes: KubernetesStart = {
    cluster: world.cluster,
    acceptedSet: {
      read: async () => outside.stored,
      write: async (text) => {
        outside.stored = text;
      },
    },
    start: async () => undefined,
    checkServerVersion: async () => {
      if (outside.versionError) throw outside.versionError;
    },
    missingPermissions: async () => outside.missing,
  };
  const source = {
    fetch: async (known: string | undefined) => (outside.newest?.revision === known ? undefined : outside.newest),
  };
  const { azureDevOps, clock, metrics } = world;
  const controller = new Controller(
    {
      azureDevOps,
      kubernetes,
      leadership,
      source,
      statuses: undefined,
      clock,
      logger: silentLogger,
      metrics,
      recorder: noRecorder,
    },
    { instance: 'default', statusGenre: 'poolkeeper', pollIntervalMs: 30_000, allowedUrls: ['https://dev.azure.com/'] },
  );
  const stop = new AbortController();
  stops.push(stop);
  const commit = (revision: string, ...names: readonly string[]): void => {
    const files = names.map((name) => aFile(`${name}.yaml`, aPool(name)));
    outside.newest = { revision, pathExists: true, files };
  };
  return { world, outside, controller, stop, commit, clock };
}

describe('the controller', () => {
  it('waits for a cluster that it can use, says what it waits for, and then becomes ready', async () => {
    const { controller, outside, stop, commit, clock } = aController();
    outside.versionError = new PermanentError('Kubernetes is too old');
    void controller.run(stop.signal);
    await turn(clock, 20_000);
    expect(controller.unreadyBecause()).toEqual(['Kubernetes is too old']);

    outside.versionError = undefined;
    await turn(clock, 20_000);
    expect(controller.unreadyBecause()).toEqual(['no revision is in force yet']);
    commit('rev-1', 'linux');
    await turn(clock, 40_000);
    expect(controller.unreadyBecause()).toEqual([]);
    expect(controller.pools(formatTime)).toMatchObject([{ name: 'linux', connectionStatus: 'connected' }]);
    expect(controller.config()).toMatchObject({ revision: 'rev-1', files: ['linux.yaml'] });
  });

  it('notices that a missing permission was given', async () => {
    const { controller, outside, stop, commit, clock } = aController();
    outside.missing = ['create pods'];
    commit('rev-1', 'linux');
    void controller.run(stop.signal);
    await turn(clock, 5000);
    expect(controller.unreadyBecause()).toEqual([expect.stringContaining('create pods')]);

    outside.missing = [];
    await turn(clock, 61_000);
    expect(controller.unreadyBecause()).toEqual([]);
  });

  it('S46: a pool that leaves the repository drains, is forgotten in the store, and leaves no series', async () => {
    const { controller, world, outside, stop, commit, clock } = aController();
    world.addPool('two-agents');
    world.addPool('three-agents');
    commit('rev-1', 'linux', 'two', 'three');
    void controller.run(stop.signal);
    await turn(clock, 10_000);
    expect(world.agentNames()).toContain('linux-placeholder-default');

    commit('rev-2', 'two', 'three');
    await turn(clock, 60_000);

    expect(world.agentNames()).toEqual(['three-placeholder-default', 'two-placeholder-default']);
    expect(outside.stored).not.toContain('linux');
    expect(controller.pools(formatTime).map(({ name }) => name)).toEqual(['three', 'two']);
    expect([...world.metrics.gauges.keys()].toSorted()).toEqual(['three', 'two']);
    expect(controller.overdueLoops()).toEqual([]);
  });

  it('S58: who no longer leads writes nothing more, and goes on from the store when it leads again', async () => {
    let leading = new AbortController();
    let holds = true;
    const turnsToLead: ((signal: AbortSignal) => void)[] = [];
    const { controller, world, stop, commit, clock } = aController({
      acquire: () => (holds ? Promise.resolve(leading.signal) : new Promise((resolve) => turnsToLead.push(resolve))),
      holds: () => holds,
      release: async () => undefined,
    });
    commit('rev-1', 'linux');
    void controller.run(stop.signal);
    await turn(clock, 10_000);

    holds = false;
    leading.abort();
    await settle();
    world.queueJobs(1);
    const calls = world.azureDevOps.calls.length;
    await turn(clock, 60_000);
    expect(world.azureDevOps.calls).toHaveLength(calls);
    expect(world.podNames()).toEqual([]);
    expect([...world.metrics.gauges.keys()]).toEqual([]);
    expect(controller.unreadyBecause()).toEqual([]);

    holds = true;
    leading = new AbortController();
    turnsToLead.shift()?.(leading.signal);
    await turn(clock, 10_000);
    expect(world.podNames()).toEqual(['linux-agent-0']);
    leading.abort();
  });

  it('ends when it is asked to', async () => {
    const { controller, stop, commit, clock } = aController();
    commit('rev-1', 'linux');
    const running = controller.run(stop.signal);
    await turn(clock, 5000);
    stop.abort();
    await expect(running).resolves.toBeUndefined();
  });
});
