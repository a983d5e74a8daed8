import { describe, expect, it } from 'vitest';
import { lowestFreeIndexes } from '../../src/pool/indexes.ts';
import { emptyMemory } from '../../src/pool/memory.ts';
import { agentName } from '../../src/pool/names.ts';
import type { AgentMark, ObservedAgent, PoolObservation } from '../../src/pool/observation.ts';

const naming = { instance: 'default', pool: 'linux' };
const owner = '12345678/default/linux';
const ours: AgentMark = { kind: 'agent', owner };
const theirs: AgentMark = { kind: 'agent', owner: '87654321/default/linux' };

interface Given {
  readonly pods?: readonly number[];
  readonly terminatingClaims?: readonly number[];
  readonly keptClaims?: readonly number[];
  readonly records?: readonly { readonly index: number; readonly mark: AgentMark; readonly online?: boolean }[];
  readonly resting?: readonly number[];
  readonly mayRemove?: boolean;
}

function free(given: Given): string[] {
  const { pods = [], terminatingClaims = [], keptClaims = [], records = [], resting = [], mayRemove = true } = given;
  const claims = [
    ...terminatingClaims.map((index) => ({ index, terminating: true })),
    ...keptClaims.map((index) => ({ index, terminating: false })),
  ];
  const agents = records.map(
    ({ index, mark, online = false }) =>
      ({ id: index, name: agentName(naming, index), mark, online }) as unknown as ObservedAgent,
  );
  const observation = {
    owner,
    clusterTime: 1_000_000,
    agents: { kind: 'read', value: agents },
    cluster: { kind: 'read', value: { pods: pods.map((index) => ({ index })), claims } },
  } as unknown as PoolObservation;
  const restingIndexes = Object.fromEntries(resting.map((index) => [index, { until: 1_000_001, failures: 1 }]));
  const memory = { ...emptyMemory, restingIndexes };
  return lowestFreeIndexes(naming, { observation, memory, mayRemove }, 2).map(
    ({ index, leftOver }) => `${index}${leftOver ? ' after its record' : ''}`,
  );
}

describe('S37: the lowest free indexes', () => {
  it.each`
    given                                                        | indexes                        | why
    ${{}}                                                        | ${['0', '1']}                  | ${'nothing is in use'}
    ${{ pods: [0, 1, 3] }}                                       | ${['2', '4']}                  | ${'a terminating pod, such as 1, still has its name'}
    ${{ terminatingClaims: [0] }}                                | ${['1', '2']}                  | ${'a pod would mount a claim that goes'}
    ${{ keptClaims: [0] }}                                       | ${['0', '1']}                  | ${'a kept claim is attached again'}
    ${{ resting: [0] }}                                          | ${['1', '2']}                  | ${'it failed a moment ago'}
    ${{ records: [{ index: 0, mark: ours }] }}                   | ${['0 after its record', '1']} | ${'our left-over record goes first'}
    ${{ records: [{ index: 0, mark: ours }], mayRemove: false }} | ${['1', '2']}                  | ${'nothing may be removed in this pass'}
    ${{ records: [{ index: 0, mark: ours, online: true }] }}     | ${['1', '2']}                  | ${'that agent may be at work'}
    ${{ records: [{ index: 0, mark: theirs }] }}                 | ${['1', '2']}                  | ${'it belongs to another Poolkeeper'}
    ${{ records: [{ index: 0, mark: { kind: 'unmarked' } }] }}   | ${['1', '2']}                  | ${'nothing proves that it is ours'}
    ${{ records: [{ index: 0, mark: { kind: 'unread' } }] }}     | ${['1', '2']}                  | ${'nothing proves that it is ours yet'}
  `('$given → $indexes: $why', ({ given, indexes }) => {
    expect(free(given)).toEqual(indexes);
  });
});
