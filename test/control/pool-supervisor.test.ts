import { afterEach, describe, expect, it } from 'vitest';
import { PoolSupervisor } from '../../src/control/pool-supervisor.ts';
import type { AcceptedPool } from '../../src/definitions/accepted-set.ts';
import type { PoolConnection, PoolSpec } from '../../src/pool/spec.ts';
import type { AzureDevOps } from '../../src/ports/azure-devops.ts';
import { TransientError } from '../../src/ports/errors.ts';
import { aPoolSpec } from '../support/pool-specs.ts';
import { PoolWorld, type PoolWorldOptions } from '../support/pool-world.ts';
import { turn } from '../support/turn.ts';

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

function accepted(spec: PoolSpec, given: Partial<AcceptedPool> = {}): AcceptedPool {
  return { spec, source: { file: 'pools.yaml', line: 1 }, revision: 'rev-1', state: 'active', ...given };
}

function supervise(options: PoolWorldOptions, azureDevOps?: (world: PoolWorld) => AzureDevOps) {
  const world = new PoolWorld(options);
  const stop = new AbortController();
  stops.push(stop);
  const events: string[] = [];
  const supervisor = new PoolSupervisor(
    { ...world.ports(), ...(azureDevOps && { azureDevOps: azureDevOps(world) }) },
    {
      passed: () => undefined,
      gone: (spec) => events.push(`gone ${spec.name}`),
      resting: () => undefined,
      ended: (loop) => events.push(`ended ${loop}`),
    },
  );
  const apply = (...pools: readonly AcceptedPool[]): void => supervisor.apply({ revision: 'r', pools }, stop.signal);
  const passes = (pool: string, result = ''): number =>
    world.metrics.events.filter((event) => event.startsWith(`pass ${pool} ${result}`)).length;
  return { world, supervisor, apply, stop, events, passes };
}

/** The calls for one organization take a minute and fail. */
function hanging(organization: string): (world: PoolWorld) => AzureDevOps {
  return (world) =>
    new Proxy<AzureDevOps>(world.azureDevOps, {
      get: (target, method: keyof AzureDevOps) => {
        return async (connection: PoolConnection, ...rest: never[]) => {
          if (connection.organization !== organization)
            return Reflect.apply(target[method], target, [connection, ...rest]) as unknown;
          await world.clock.sleep(60_000, new AbortController().signal);
          throw new TransientError('no answer within 60 s');
        };
      },
    });
}

describe('the loops of the pools', () => {
  it('S42: an organization that hangs costs its own pool, and no other one', async () => {
    const fast = aPoolSpec();
    const slow = aPoolSpec({ name: 'slow', connection: { ...fast.connection, organization: 'slow' } });
    const { world, supervisor, apply, passes } = supervise({}, hanging('slow'));
    apply(accepted(slow), accepted(fast));
    await turn(world.clock, 2000);
    world.queueJobs(1);

    await turn(world.clock, 60_000);

    expect(world.podNames()).toEqual(['linux-agent-0']);
    expect(passes('linux', 'ok')).toBeGreaterThanOrEqual(12);
    expect(passes('slow', 'ok')).toBe(0);
    await turn(world.clock, 180_000);
    const status = Object.fromEntries(
      supervisor.reports().map(({ target, report }) => [target.spec.name, report?.connection]),
    );
    expect(status).toEqual({ slow: 'disconnected', linux: 'connected' });
    expect(world.metrics.gauges.get('slow')?.connected).toBe(false);
  });

  it('S78: after a rename the old agents finish under the cap of the new pool, and its agents follow', async () => {
    const { world, apply, events } = supervise({ spec: { maxAgents: 3 } });
    apply(accepted(world.spec));
    await turn(world.clock, 1000);
    const jobs = world.queueJobs(2);
    await turn(world.clock, 5000);
    world.bringOnline();
    world.takeJobs();
    await turn(world.clock, 5000);

    const renamed = aPoolSpec({ name: 'tux', maxAgents: 3 });
    world.queueJobs(3);
    apply(accepted(renamed), accepted(world.spec, { state: 'draining', replacedBy: 'tux' }));
    await turn(world.clock, 20_000);

    expect(world.podNames()).toEqual(['linux-agent-0', 'linux-agent-1', 'tux-agent-0']);
    for (const job of jobs) world.finishJob(job);
    await turn(world.clock, 30_000);
    expect(jobs.map(({ result }) => result)).toEqual(['succeeded', 'succeeded']);
    expect(world.podNames()).toEqual(['tux-agent-0', 'tux-agent-1', 'tux-agent-2']);
    expect(events).toContain('gone linux');
    apply(accepted(renamed));
    expect(world.metrics.gauges.has('linux')).toBe(false);
    expect(world.agentNames()).toEqual(['tux-placeholder-default']);
  });

  it('a removed pool that comes back before it was forgotten runs again', async () => {
    const { world, apply, events } = supervise({});
    apply(accepted(world.spec));
    await turn(world.clock, 6000);
    apply(accepted(world.spec, { state: 'draining' }));
    await turn(world.clock, 10_000);
    expect(events).toEqual(['ended pool linux on linux-agents', 'gone linux']);

    apply(accepted(world.spec, { revision: 'rev-3' }));
    await turn(world.clock, 6000);
    world.queueJobs(1);
    await turn(world.clock, 6000);

    expect(world.podNames()).toEqual(['linux-agent-0']);
  });

  it('however often it is woken, a pool begins a pass once a second', async () => {
    const { world, supervisor, apply, passes } = supervise({});
    apply(accepted(world.spec));
    await turn(world.clock, 1000);
    const before = passes('linux');

    for (let n = 0; n < 100; n += 1) {
      supervisor.wake('linux');
      await turn(world.clock, 100, 100);
    }

    expect(passes('linux') - before).toBeLessThanOrEqual(11);
    expect(passes('linux') - before).toBeGreaterThanOrEqual(9);
  });

  it('a failure is waited out, whoever wakes the pool', async () => {
    const { world, supervisor, apply, passes } = supervise({});
    world.azureDevOps.failWhile('listAgents', new TransientError('500'));
    apply(accepted(world.spec));
    await turn(world.clock, 30_000);
    const before = passes('linux');

    for (let n = 0; n < 10; n += 1) {
      supervisor.wake('linux');
      await turn(world.clock, 1000);
    }

    expect(passes('linux') - before).toBeLessThanOrEqual(1);
  });

  it('S71: the gauges of a name are those of the pool in force, not of the one that drains', async () => {
    const { world, apply } = supervise({});
    world.addPool('other-agents');
    const moved = aPoolSpec({ maxAgents: 7, connection: { ...world.spec.connection, pool: 'other-agents' } });
    apply(accepted(world.spec));
    await turn(world.clock, 2000);
    world.queueJobs(1);
    await turn(world.clock, 6000);
    world.bringOnline();
    world.takeJobs();

    apply(accepted(moved), accepted(world.spec, { state: 'draining', replacedBy: 'linux' }));
    for (let n = 0; n < 10; n += 1) {
      await turn(world.clock, 1000);
      expect(world.metrics.gauges.get('linux')).toMatchObject({ maxAgents: 7, agents: [] });
    }
  });

  it('who stops leading leaves no metrics of the pools behind', async () => {
    const { world, supervisor, apply, stop } = supervise({});
    apply(accepted(world.spec));
    await turn(world.clock, 2000);
    expect(world.metrics.gauges.has('linux')).toBe(true);

    stop.abort();
    await supervisor.ended();

    expect(world.metrics.gauges.has('linux')).toBe(false);
  });

  it('an error that nobody expected ends one pass, never the loop', async () => {
    const { world, apply, passes } = supervise({});
    world.cluster.failView(3);
    apply(accepted(world.spec));
    await turn(world.clock, 60_000);

    expect(passes('linux', 'transient')).toBe(3);
    expect(passes('linux', 'ok')).toBeGreaterThan(3);
  });
});
