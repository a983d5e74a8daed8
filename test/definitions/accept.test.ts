import { describe, expect, it } from 'vitest';
import { type Acceptance, acceptRevision } from '../../src/definitions/accept.ts';
import {
  type AcceptedSet,
  forgetDrained,
  parseAcceptedSet,
  serializeAcceptedSet,
} from '../../src/definitions/accepted-set.ts';
import { parseRevision } from '../../src/definitions/parse-revision.ts';
import { aFile, aPool, parse } from './a-definition.ts';

type Files = Readonly<Record<string, string>>;

async function accept(previous: AcceptedSet | undefined, revision: string, files: Files): Promise<Acceptance> {
  return acceptRevision({ previous, parsed: await parse(files), revision, pathExists: true });
}

/** What is in force after these revisions, named 1, 2, 3 and so on. */
async function acceptAll(...revisions: Files[]): Promise<Acceptance> {
  let last: Acceptance | undefined;
  for (const [index, files] of revisions.entries()) last = await accept(last?.set, String(index + 1), files);
  if (!last) throw new Error('no revision given');
  return last;
}

/** `name@pool state`, with the reason where there is one. */
function inShort({ set }: Acceptance): string[] {
  return set.pools.map(({ spec, state, reason }) => {
    const text = `${spec.name}@${spec.connection.pool} ${state}`;
    return reason === undefined ? text : `${text}: ${reason}`;
  });
}

const broken = (name: string) => aPool(name, ['maxAgents: none']);
const three = { 'a.yaml': aPool('a'), 'b.yaml': aPool('b'), 'c.yaml': aPool('c') };
const { 'a.yaml': a, ...withoutA } = three;

describe('freezing', () => {
  it('S45: a bad document freezes its own pool at its last good definition, until it is good again', async () => {
    const bad = await acceptAll(three, { ...three, 'a.yaml': broken('a'), 'b.yaml': aPool('b', ['maxAgents: 3']) });

    expect(inShort(bad)).toEqual([
      'a@a-agents frozen: its definition in a.yaml has errors',
      'b@b-agents active',
      'c@c-agents active',
    ]);
    expect(bad.set.pools[0]).toMatchObject({ spec: { maxAgents: 10 }, revision: '1', frozenSince: '2' });
    expect(bad.set.pools[1]).toMatchObject({ spec: { maxAgents: 3 }, revision: '2' });

    const still = await accept(bad.set, '3', { ...three, 'a.yaml': broken('a') });
    expect(still.set.pools[0]).toMatchObject({ revision: '1', frozenSince: '2' });

    const good = await accept(still.set, '4', three);
    expect(good.set.pools[0]).toEqual(expect.objectContaining({ state: 'active', revision: '4' }));
    expect(good.set.pools[0]).not.toHaveProperty('frozenSince');
  });

  it('a pool that never was good is not created', async () => {
    expect(inShort(await acceptAll({ 'a.yaml': broken('a'), 'b.yaml': aPool('b') }))).toEqual(['b@b-agents active']);
  });

  it('a file that cannot be parsed freezes its pools and forbids removals in that revision', async () => {
    const result = await acceptAll(three, { 'a.yaml': 'x: [', 'c.yaml': aPool('c', ['maxAgents: 3']) });

    expect(inShort(result)).toEqual([
      'a@a-agents frozen: a.yaml could not be read',
      'b@b-agents frozen: its definition is missing, but a.yaml could not be read whole',
      'c@c-agents active',
    ]);
  });

  it('a document without a name forbids removals too', async () => {
    const result = await acceptAll(three, { ...withoutA, 'x.yaml': aPool('No Name') });

    expect(inShort(result)[0]).toBe('a@a-agents frozen: its definition is missing, but x.yaml could not be read whole');
  });

  it('a document of ours with a slip in its apiVersion freezes the pool', async () => {
    const result = await acceptAll(three, { ...three, 'a.yaml': a.replace('poolkeeper', 'poolkeper') });

    expect(inShort(result)[0]).toMatch(/^a@a-agents frozen/);
  });

  it('a link in the place of the file freezes the pool, but not one that is defined elsewhere now', async () => {
    const before = await acceptAll(three);
    const link = { kind: 'refused', path: 'a.yaml', reason: 'symlink', detail: 'is a link' } as const;
    const rest = Object.entries(withoutA).map(([path, text]) => aFile(path, text));
    const load = async (files: Parameters<typeof parseRevision>[0]) => {
      const parsed = await parseRevision(files, { allowedUrls: ['https://dev.azure.com'] });
      return acceptRevision({ previous: before.set, parsed, revision: '2', pathExists: true });
    };

    expect(inShort(await load([link, ...rest]))[0]).toBe('a@a-agents frozen: a.yaml could not be read');
    expect(inShort(await load([link, aFile('new.yaml', a), ...rest]))).toContain('a@a-agents active');
  });

  it('S72: the set survives a restart: a broken HEAD removes nothing', async () => {
    const before = await acceptAll(three);
    const stored = parseAcceptedSet(serializeAcceptedSet(before.set));

    const result = await accept(stored, '2', { 'a.yaml': '\t', 'b.yaml': broken('b') });

    expect(result.set.pools.map(({ state, frozenSince }) => [state, frozenSince])).toEqual(
      Array.from({ length: 3 }, () => ['frozen', '2']),
    );
  });
});

describe('conflicts', () => {
  it('S47: the earlier owner keeps running when a second document takes its name', async () => {
    const result = await acceptAll(three, { ...three, 'd.yaml': aPool('a', ['maxAgents: 99']) });

    expect(result.set.pools[0]).toMatchObject({ state: 'frozen', spec: { maxAgents: 10 }, source: { file: 'a.yaml' } });
    expect(result.set.pools).toHaveLength(3);
  });

  it('S47: the earlier owner keeps running when a new pool names its Azure DevOps pool', async () => {
    const result = await acceptAll(three, { ...three, 'd.yaml': aPool('d', ['pool: A-Agents']) });

    expect(inShort(result)).toEqual([
      'a@a-agents frozen: its definition in a.yaml has errors',
      'b@b-agents active',
      'c@c-agents active',
    ]);
  });

  it('a definition that takes the Azure DevOps pool of a frozen one does not take effect', async () => {
    const result = await acceptAll(three, {
      ...three,
      'a.yaml': broken('a'),
      'd.yaml': aPool('d', ['pool: a-agents']),
    });

    expect(inShort(result).map((text) => text.split(':')[0])).toEqual([
      'a@a-agents frozen',
      'b@b-agents active',
      'c@c-agents active',
    ]);
    expect(result.findings).toMatchObject([{ severity: 'error', file: 'd.yaml', rule: 'pool-in-use', pool: 'd' }]);
  });

  it('a chain of such conflicts ends with each pool at what it had', async () => {
    const result = await acceptAll(three, {
      'a.yaml': broken('a'),
      'b.yaml': aPool('b', ['pool: a-agents']),
      'c.yaml': aPool('c', ['pool: b-agents']),
    });

    expect(result.set.pools.map(({ spec, state }) => `${spec.name}@${spec.connection.pool} ${state}`)).toEqual([
      'a@a-agents frozen',
      'b@b-agents frozen',
      'c@c-agents frozen',
    ]);
    expect(result.findings).toHaveLength(2);
  });

  it('two pools may trade their Azure DevOps pools', async () => {
    const result = await acceptAll(three, {
      ...three,
      'a.yaml': aPool('a', ['pool: b-agents']),
      'b.yaml': aPool('b', ['pool: a-agents']),
    });

    expect(inShort(result)).toEqual([
      'a@b-agents active',
      'b@a-agents active',
      'c@c-agents active',
      'a@a-agents draining: its URL or pool changed',
      'b@b-agents draining: its URL or pool changed',
    ]);
  });
});

describe('removal', () => {
  it('S46: a removed pool drains until it is forgotten', async () => {
    const removed = await acceptAll(three, withoutA);
    expect(inShort(removed)).toEqual([
      'b@b-agents active',
      'c@c-agents active',
      'a@a-agents draining: its definition was removed',
    ]);

    const later = await accept(removed.set, '3', withoutA);
    expect(later.set.pools).toEqual([
      expect.objectContaining({ revision: '3' }),
      expect.objectContaining({ revision: '3' }),
      removed.set.pools[2],
    ]);

    const [, , drained] = later.set.pools;
    if (!drained) throw new Error('nothing drains');
    expect(forgetDrained(later.set, drained.spec).pools).toHaveLength(2);
    const [active] = later.set.pools;
    expect(active && forgetDrained(later.set, active.spec)).toBe(later.set);
  });

  it('a pool that comes back while it drains is active again', async () => {
    expect(inShort(await acceptAll(three, withoutA, three))).toEqual([
      'a@a-agents active',
      'b@b-agents active',
      'c@c-agents active',
    ]);
  });

  it('moving a document is no change', async () => {
    const moved = await acceptAll(three, { ...withoutA, 'elsewhere/z.yaml': a });

    expect(moved.set.pools.map(({ state }) => state)).toEqual(['active', 'active', 'active']);
    expect(moved.set.pools.map(({ source }) => source.file)).toContain('elsewhere/z.yaml');
  });

  it.each`
    before | left | held     | why
    ${3}   | ${2} | ${false} | ${'one pool is no mass removal'}
    ${4}   | ${2} | ${false} | ${'half is not more than half'}
    ${5}   | ${2} | ${true}  | ${'more than half'}
    ${2}   | ${0} | ${true}  | ${'all of two'}
    ${1}   | ${0} | ${true}  | ${'no definition is left'}
  `('of $before pools $left are left, held: $held ($why)', async ({ before, left, held }) => {
    const all = Array.from({ length: before }, (_, i) => [`p${i}.yaml`, aPool(`p${i}`)]);
    const result = await acceptAll(Object.fromEntries(all), Object.fromEntries(all.slice(0, left)));

    const states = result.set.pools.slice(left).map(({ state }) => state);
    expect(states).toEqual(Array(before - left).fill(held ? 'frozen' : 'draining'));
    expect(result.heldRemoval !== undefined).toBe(held);
  });

  it('a missing path holds every removal, also of one pool', async () => {
    const before = await acceptAll({ 'a.yaml': a });
    const parsed = await parse({});
    const result = acceptRevision({ previous: before.set, parsed, revision: '2', pathExists: false });

    expect(result.set.pools).toMatchObject([{ state: 'frozen', removalHeld: true }]);
  });

  it('prints the exact lines that confirm, and takes them', async () => {
    const held = await acceptAll(three, { 'c.yaml': aPool('c') });
    expect(held.heldRemoval?.confirmation).toBe(
      'apiVersion: poolkeeper.dev/v1\nkind: RepoSettings\npruneProtection:\n  confirmRemovalOf:\n    - "a"\n    - "b"\n',
    );
    expect(held.findings[0]?.message).toContain(held.heldRemoval?.confirmation);

    const confirmed = await accept(held.set, '3', {
      'c.yaml': aPool('c'),
      's.yaml': held.heldRemoval?.confirmation ?? '',
    });
    expect(confirmed.set.pools.map(({ state }) => state)).toEqual(['active', 'draining', 'draining']);
    expect(confirmed.heldRemoval).toBeUndefined();
  });

  it('what is held stays held until it is confirmed or back, whatever else changes', async () => {
    const held = await acceptAll(
      three,
      { 'c.yaml': aPool('c') },
      { 'c.yaml': aPool('c'), 'd.yaml': aPool('d'), 'b.yaml': aPool('b') },
    );

    expect(held.set.pools.map(({ spec, state }) => `${spec.name} ${state}`)).toEqual([
      'a frozen',
      'b active',
      'c active',
      'd active',
    ]);
    expect(held.heldRemoval?.confirmation).toContain('- "a"\n');
  });

  it('S78: a rename is no removal: the old one drains under the new one', async () => {
    const before = { 'a.yaml': a, 'b.yaml': aPool('b') };
    const result = await acceptAll(before, {
      'a.yaml': aPool('x', ['pool: a-agents']),
      'b.yaml': aPool('y', ['pool: b-agents']),
    });

    expect(result.heldRemoval).toBeUndefined();
    expect(result.set.pools.slice(2)).toMatchObject([
      { spec: { name: 'a' }, state: 'draining', replacedBy: 'x', reason: 'it was renamed to x' },
      { spec: { name: 'b' }, state: 'draining', replacedBy: 'y' },
    ]);
  });

  it('S71: a change of URL or pool drains the old identity and starts the new one', async () => {
    const result = await acceptAll(three, { ...three, 'a.yaml': aPool('a', ['pool: elsewhere']) });

    expect(inShort(result)).toEqual([
      'a@elsewhere active',
      'b@b-agents active',
      'c@c-agents active',
      'a@a-agents draining: its URL or pool changed',
    ]);
    expect(result.set.pools[3]?.replacedBy).toBe('a');
  });

  it('a change of case in URL or pool is no change of identity', async () => {
    expect(inShort(await acceptAll(three, { ...three, 'a.yaml': aPool('a', ['pool: A-Agents']) }))).toHaveLength(3);
  });
});
