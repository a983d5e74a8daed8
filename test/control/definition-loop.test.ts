import { afterEach, describe, expect, it } from 'vitest';
import { DefinitionLoop, type JudgedRevision } from '../../src/control/definition-loop.ts';
import { type AcceptedSet, serializeAcceptedSet } from '../../src/definitions/accepted-set.ts';
import type { ConfigRevision } from '../../src/ports/config-source.ts';
import { PermanentError, TransientError } from '../../src/ports/errors.ts';
import { aFile, aPool } from '../definitions/a-definition.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { aPoolSpec } from '../support/pool-specs.ts';
import { RecordedMetrics } from '../support/recorded-metrics.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { settle, turn } from '../support/turn.ts';

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

function revision(id: string, pools: Readonly<Record<string, readonly string[]>>): ConfigRevision {
  const files = Object.entries(pools).map(([name, spec]) => aFile(`${name}.yaml`, aPool(name, spec)));
  return { revision: id, pathExists: true, files };
}

/** Everything round the loop, with what it did in the order in which it did it. */
function aLoop({ stored }: { stored?: string } = {}) {
  const clock = new ManualClock();
  const metrics = new RecordedMetrics();
  const events: string[] = [];
  const judged: JudgedRevision[] = [];
  const sets: AcceptedSet[] = [];
  const world = {
    text: stored,
    newest: undefined as ConfigRevision | undefined,
    fetchError: undefined as Error | undefined,
    readError: undefined as Error | undefined,
    writeError: undefined as Error | undefined,
    fetches: 0,
  };
  const store = {
    async read() {
      if (world.readError) throw world.readError;
      return world.text;
    },
    async write(text: string) {
      if (world.writeError) throw world.writeError;
      world.text = text;
      events.push('stored');
    },
  };
  const source = {
    async fetch(known: string | undefined) {
      world.fetches += 1;
      if (world.fetchError) throw world.fetchError;
      return world.newest === undefined || world.newest.revision === known ? undefined : world.newest;
    },
  };
  const loop = new DefinitionLoop(
    { source, store, clock, logger: silentLogger, metrics },
    { pollIntervalMs: 30_000, allowedUrls: ['https://dev.azure.com/'] },
    {
      accepted: (set) => {
        sets.push(set);
        events.push(`in force ${set.revision}: ${set.pools.map(({ spec, state }) => `${spec.name} ${state}`).join()}`);
      },
      judged: (verdict) => {
        judged.push(verdict);
        events.push(`judged ${verdict.revision}`);
      },
      resting: () => undefined,
    },
  );
  const stop = new AbortController();
  stops.push(stop);
  const start = async (): Promise<void> => {
    void loop.run(stop.signal);
    await settle();
  };
  return { world, clock, metrics, loop, events, judged, sets, start };
}

const stored = serializeAcceptedSet({
  revision: 'rev-0',
  pools: [{ spec: aPoolSpec(), source: { file: 'linux.yaml', line: 1 }, revision: 'rev-0', state: 'active' }],
});

describe('the definition loop', () => {
  it('S60: the stored set is in force from the start, also while the repository is away', async () => {
    const { world, events, loop, start, clock } = aLoop({ stored });
    world.fetchError = new TransientError('could not reach the repository');
    await start();
    await turn(clock, 3_600_000, 30_000);

    expect(events).toEqual(['in force rev-0: linux active']);
    expect(loop.state.failure?.message).toBe('could not reach the repository');
  });

  it('without a stored set and without the repository nothing is in force, and it is tried again', async () => {
    const { world, events, start, clock } = aLoop();
    world.fetchError = new TransientError('could not reach the repository');
    await start();
    await turn(clock, 120_000, 1000);
    expect(events).toEqual([]);
    expect(world.fetches).toBeGreaterThan(3);
    expect(world.fetches).toBeLessThan(12);

    world.fetchError = undefined;
    world.newest = revision('rev-1', { linux: [] });
    await turn(clock, 60_000, 1000);
    expect(events).toEqual(['stored', 'in force rev-1: linux active', 'judged rev-1']);
  });

  it.each`
    broken       | reads                                                 | why
    ${'away'}    | ${{ readError: new TransientError('no answer') }}     | ${'a removal could go unnoticed'}
    ${'refused'} | ${{ readError: new PermanentError('forbidden') }}     | ${'a removal could go unnoticed'}
    ${'damaged'} | ${{ text: stored.slice(0, -20) }}                     | ${'damage must never look like an empty set'}
    ${'foreign'} | ${{ text: '{"version":2,"revision":"","pools":[]}' }} | ${'a later version may mean something else'}
  `('S72: while the store is $broken nothing is judged: $why', async ({ reads }) => {
    const { world, events, loop, start, clock } = aLoop({ stored });
    Object.assign(world, reads);
    world.newest = revision('rev-1', {});
    const text = world.text;
    await start();
    await turn(clock, 300_000, 30_000);

    expect(events).toEqual([]);
    expect(world.fetches).toBe(0);
    expect(world.text).toBe(text);
    expect(loop.state.failure).toBeDefined();
  });

  it('a set is stored before it takes effect; what cannot be stored takes none and is tried again', async () => {
    const { world, events, start, clock } = aLoop({ stored });
    world.newest = revision('rev-1', { linux: [] });
    world.writeError = new TransientError('500');
    await start();
    await turn(clock, 60_000);
    expect(events).toEqual(['in force rev-0: linux active']);

    world.writeError = undefined;
    await turn(clock, 60_000);
    expect(events.slice(1, 3)).toEqual(['stored', expect.stringContaining('in force rev-1: linux active')]);
  });

  it('one revision is judged once', async () => {
    const { world, judged, start, clock } = aLoop();
    world.newest = revision('rev-1', { linux: [] });
    await start();
    await turn(clock, 300_000, 30_000);
    expect(judged.map(({ revision: id }) => id)).toEqual(['rev-1']);
    expect(world.fetches).toBeGreaterThan(8);
  });

  it('S45: a bad commit keeps the last good definition and is told; a later good one clears it', async () => {
    const { world, judged, sets, start, clock } = aLoop();
    world.newest = revision('rev-1', { linux: ['maxAgents: 5'] });
    await start();
    world.newest = revision('rev-2', { linux: ['minAgents: 9', 'maxAgents: 5'] });
    await turn(clock, 30_000);
    expect(sets.at(-1)?.pools).toMatchObject([{ state: 'frozen', revision: 'rev-1', spec: { maxAgents: 5 } }]);
    expect(judged.at(-1)?.findings).toMatchObject([{ severity: 'error', file: 'linux.yaml' }]);

    world.newest = revision('rev-3', { linux: ['maxAgents: 7'] });
    await turn(clock, 30_000);
    expect(sets.at(-1)?.pools).toMatchObject([{ state: 'active', revision: 'rev-3', spec: { maxAgents: 7 } }]);
    expect(judged.at(-1)?.findings).toEqual([]);
  });

  it('a removed pool drains, is forgotten when it is drained, and stays so after a restart', async () => {
    const { world, events, sets, loop, start, clock } = aLoop();
    world.newest = revision('rev-1', { linux: [], one: [], two: [] });
    await start();
    world.newest = revision('rev-2', { one: [], two: [] });
    await turn(clock, 30_000);
    expect(events.at(-2)).toBe('in force rev-2: one active,two active,linux draining');

    world.writeError = new TransientError('500');
    const [drained] = sets.at(-1)?.pools.filter(({ state }) => state === 'draining') ?? [];
    if (drained) loop.forget(drained.spec);
    await settle();
    expect(sets.at(-1)?.pools).toHaveLength(3);
    world.writeError = undefined;
    await turn(clock, 10_000);

    expect(events.slice(-2)).toEqual(['stored', 'in force rev-2: one active,two active']);
    const again = aLoop({ stored: world.text ?? '' });
    await again.start();
    expect(again.events).toEqual(['in force rev-2: one active,two active']);
  });

  it('a pool that came back is not forgotten with the one that drained', async () => {
    const { world, sets, loop, start, clock } = aLoop();
    world.newest = revision('rev-1', { linux: [], one: [], two: [] });
    await start();
    const [linux] = sets.at(-1)?.pools.filter(({ spec }) => spec.name === 'linux') ?? [];
    if (linux) loop.forget(linux.spec);
    await turn(clock, 30_000);
    expect(sets.at(-1)?.pools.map(({ spec }) => spec.name)).toEqual(['linux', 'one', 'two']);
  });

  it('a wake-up fetches at once', async () => {
    const { world, loop, start, judged } = aLoop();
    await start();
    world.newest = revision('rev-1', { linux: [] });
    loop.wake();
    await settle();
    await settle();
    expect(judged).toHaveLength(1);
  });
});
