import { describe, expect, it } from 'vitest';
import { acceptRevision } from '../../src/definitions/accept.ts';
import type { AcceptedSet } from '../../src/definitions/accepted-set.ts';
import { diffAcceptedSets } from '../../src/definitions/diff.ts';
import { aPool, parse } from './a-definition.ts';

async function accept(
  previous: AcceptedSet | undefined,
  files: Readonly<Record<string, string>>,
): Promise<AcceptedSet> {
  return acceptRevision({ previous, parsed: await parse(files), revision: 'x', pathExists: true }).set;
}

async function changes(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) {
  const old = await accept(undefined, before);
  return diffAcceptedSets(old, await accept(old, after));
}

const a = { 'a.yaml': aPool('a') };
const c = { 'c.yaml': aPool('c') };

describe('what changed', () => {
  it('nothing', async () => {
    expect(await changes(a, a)).toEqual([]);
  });

  it('a first set', async () => {
    expect(diffAcceptedSets(undefined, await accept(undefined, a))).toEqual([
      { pool: 'a', kind: 'added', details: ['serves pool "a-agents" at https://dev.azure.com/contoso'] },
    ]);
  });

  it('fields, with their values where they are short', async () => {
    const after = aPool('a', ['maxAgents: 20', 'image: agent:2', 'extraEnv: [{name: A, value: b}]', 'suspend: true']);

    expect(await changes(a, { 'a.yaml': after })).toEqual([
      {
        pool: 'a',
        kind: 'changed',
        details: [
          'maxAgents 10 → 20',
          'suspend false → true',
          'image ghcr.io/contoso/agent:4.260.0 → agent:2',
          'extraEnv changed',
        ],
      },
    ]);
  });

  it('agent classes', async () => {
    const of = (images: string) => ({
      'a.yaml': aPool('a', ['capabilityAware: true', `capabilityImages: {${images}}`]),
    });

    expect(await changes(of('java: img1, node: img2'), of('java: img3, go: img4'))).toEqual([
      {
        pool: 'a',
        kind: 'changed',
        details: ['java: image img1 → img3', 'agent class go is new, with img4', 'agent class node is gone'],
      },
    ]);
  });

  it('bounds of classes, but not once more for each class what changed in the pool', async () => {
    const of = (pool: string, java: string) => ({
      'a.yaml': aPool('a', [pool, `agentClasses: [{name: plain}, {name: java, capabilities: {java: 17}, ${java}}]`]),
    });

    expect(await changes(of('minAgents: 1', 'maxAgents: 3'), of('minAgents: 2', 'minAgents: 1'))).toEqual([
      {
        pool: 'a',
        kind: 'changed',
        details: ['minAgents 1 → 2', 'java: minAgents 0 → 1', 'java: maxAgents 3 → unset'],
      },
    ]);
    expect((await changes(of('maxAgents: 9', 'minAgents: 1'), of('maxAgents: 8', 'minAgents: 1')))[0]?.details).toEqual(
      ['maxAgents 9 → 8'],
    );
  });

  it('schedules, and fields that were not given', async () => {
    const office = '{name: office, days: [mon-fri], from: 08:00, to: 18:00, timeZone: UTC, minAgents: 2}';
    const night = '{name: night, days: [mon-sun], from: 22:00, to: 06:00, timeZone: UTC, maxAgents: 3}';
    const of = (...schedules: string[]) => ({ 'a.yaml': aPool('a', [`schedules: [${schedules.join(', ')}]`]) });
    const details = async (before: object, after: object) =>
      (await changes({ ...before }, { ...after })).flatMap((change) => change.details);

    expect(
      await details(of(office), of(office.replace('18:00', '18:30').replace('minAgents: 2', 'maxAgents: 4'))),
    ).toEqual([
      'schedule office: to 18:00 → 18:30',
      'schedule office: minAgents 2 → unset',
      'schedule office: maxAgents unset → 4',
    ]);
    expect(await details(of(office), of(night))).toEqual(['schedule night is new', 'schedule office is gone']);
    expect(await details(of(office, night), of(night, office))).toEqual(['the order of the schedules changed']);
    expect(await details(a, { 'a.yaml': aPool('a', ['removalsPerMinute: 2']) })).toEqual([
      'removalsPerMinute unset → 2',
    ]);
  });

  it('freezing, thawing, draining and the end', async () => {
    const broken = { ...c, 'a.yaml': aPool('a', ['maxAgents: x']) };
    const first = await accept(undefined, { ...a, ...c });
    const frozen = await accept(first, broken);
    const thawed = await accept(frozen, { ...a, ...c });
    const draining = await accept(thawed, c);
    const gone = { ...draining, pools: draining.pools.filter(({ state }) => state !== 'draining') };

    expect(diffAcceptedSets(first, frozen)).toEqual([
      { pool: 'a', kind: 'frozen', details: ['its definition in a.yaml has errors'] },
    ]);
    expect(diffAcceptedSets(frozen, thawed)).toEqual([{ pool: 'a', kind: 'thawed', details: [] }]);
    expect(diffAcceptedSets(thawed, draining)).toEqual([
      { pool: 'a', kind: 'draining', details: ['its definition was removed'] },
    ]);
    expect(diffAcceptedSets(draining, gone)).toEqual([{ pool: 'a', kind: 'gone', details: [] }]);
    expect(diffAcceptedSets(draining, await accept(draining, { ...a, ...c }))[0]).toMatchObject({
      pool: 'a',
      kind: 'added',
    });
  });
});
