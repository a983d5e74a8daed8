import type { Schedule } from '../pool/schedule.ts';
import { type AgentClass, type PoolSpec, sameIdentity } from '../pool/spec.ts';
import type { AcceptedPool, AcceptedSet } from './accepted-set.ts';

/** One pool whose lot changed, in words. */
export interface PoolChange {
  readonly pool: string;
  readonly kind: 'added' | 'changed' | 'frozen' | 'thawed' | 'draining' | 'gone';
  /** One line each, for people: `maxAgents 10 → 20`. */
  readonly details: readonly string[];
}

/** What changed between two accepted sets, by pool. Empty when nothing did. */
export function diffAcceptedSets(before: AcceptedSet | undefined, after: AcceptedSet): PoolChange[] {
  const earlier = before?.pools ?? [];
  const changes = after.pools.flatMap((pool) => {
    const change = diffPool(
      earlier.find((old) => sameIdentity(old.spec, pool.spec)),
      pool,
    );
    return change ? [change] : [];
  });
  const gone = earlier
    .filter((old) => !after.pools.some((pool) => sameIdentity(pool.spec, old.spec)))
    .map(({ spec }): PoolChange => ({ pool: spec.name, kind: 'gone', details: [] }));
  return [...changes, ...gone];
}

function diffPool(old: AcceptedPool | undefined, pool: AcceptedPool): PoolChange | undefined {
  const details = old ? diffSpecs(old.spec, pool.spec) : [`serves ${targetOf(pool.spec)}`];
  const kind = kindOfChange(old, pool, details.length > 0);
  if (kind === undefined) return undefined;
  return { pool: pool.spec.name, kind, details: pool.reason === undefined ? details : [...details, pool.reason] };
}

function kindOfChange(
  old: AcceptedPool | undefined,
  { state }: AcceptedPool,
  specChanged: boolean,
): PoolChange['kind'] | undefined {
  if (state === 'draining') return old?.state === 'draining' ? undefined : 'draining';
  if (old === undefined || old.state === 'draining') return 'added';
  if (state === old.state) return specChanged ? 'changed' : undefined;
  return state === 'frozen' ? 'frozen' : 'thawed';
}

function targetOf({ connection }: PoolSpec): string {
  return `pool "${connection.pool}" at ${connection.url}`;
}

/** Values are shown where they are short and no secret can be in them; otherwise only that the field changed. */
function diffSpecs(old: PoolSpec, next: PoolSpec): string[] {
  const { agentClasses: _oldClasses, schedules: oldSchedules, ...oldRest } = old;
  const { agentClasses: _nextClasses, schedules: nextSchedules, ...nextRest } = next;
  return [
    ...diffFields(oldRest, nextRest, ''),
    ...diffSchedules(oldSchedules, nextSchedules),
    ...diffClasses(old, next),
  ];
}

function diffFields(old: object, next: object, prefix: string): string[] {
  const before = new Map<string, unknown>(Object.entries(old));
  const after = new Map<string, unknown>(Object.entries(next));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [from, to] = [before.get(key), after.get(key)];
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
    const [was, is] = [shown(from), shown(to)];
    return was === undefined || is === undefined ? [`${prefix}${key} changed`] : [`${prefix}${key} ${was} → ${is}`];
  });
}

/** A value that is short enough to be told. */
function shown(value: unknown): string | undefined {
  if (value === undefined) return 'unset';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.length <= 200 ? value : undefined;
}

interface NamedPart<Part> {
  readonly old: readonly Part[];
  readonly next: readonly Part[];
  readonly what: string;
  readonly plural: string;
  readonly added: (part: Part) => string;
  readonly changed: (old: Part, next: Part) => readonly string[];
}

/** What changed in a list whose entries have names, and whose order counts. */
function diffNamed<Part extends { readonly name: string }>({
  old,
  next,
  what,
  plural,
  ...words
}: NamedPart<Part>): string[] {
  const known = new Map(old.map((part) => [part.name, part]));
  const names = new Set(next.map(({ name }) => name));
  const gone = old.filter(({ name }) => !names.has(name)).map(({ name }) => `${what} ${name} is gone`);
  const rest = next.flatMap((part) => {
    const earlier = known.get(part.name);
    return earlier ? words.changed(earlier, part) : [`${what} ${part.name} is new${words.added(part)}`];
  });
  const kept = old.filter(({ name }) => names.has(name)).map(({ name }) => name);
  const keptNow = next.filter(({ name }) => known.has(name)).map(({ name }) => name);
  const order = kept.join() === keptNow.join() ? [] : [`the order of the ${plural} changed`];
  return [...rest, ...gone, ...order];
}

function diffSchedules(old: readonly Schedule[], next: readonly Schedule[]): string[] {
  return diffNamed({
    old,
    next,
    what: 'schedule',
    plural: 'schedules',
    added: () => '',
    changed: (earlier, schedule) => diffFields(inWords(earlier), inWords(schedule), `schedule ${schedule.name}: `),
  });
}

function inWords({ days, fromMinute, toMinute, ...rest }: Schedule): object {
  return { days: days.join(', '), from: timeOfDay(fromMinute), to: timeOfDay(toMinute), ...rest };
}

function timeOfDay(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((number) => String(number).padStart(2, '0')).join(':');
}

function diffClasses(old: PoolSpec, next: PoolSpec): string[] {
  const single = next.agentClasses.length === 1;
  return diffNamed({
    old: old.agentClasses,
    next: next.agentClasses,
    what: 'agent class',
    plural: 'agent classes',
    added: ({ shape }) => `, with ${shape.image}`,
    changed: (earlier, agentClass) => {
      const { capabilities } = agentClass;
      const prefix = single ? '' : `${agentClass.name}: `;
      return [
        ...diffFields(ownBounds(old, earlier), ownBounds(next, agentClass), prefix),
        ...diffFields(earlier.shape, agentClass.shape, prefix),
        ...diffFields({ capabilities: earlier.capabilities }, { capabilities }, prefix),
      ];
    },
  });
}

/** Bounds that the class has beside the pool's: a change of the pool's is told once, not again for each class. */
function ownBounds(spec: PoolSpec, agentClass: AgentClass): object {
  const isFirst = agentClass === spec.agentClasses[0];
  const beyond = (own: number, ofPool: number) => (isFirst && own <= ofPool ? 0 : own);
  return {
    minAgents: beyond(agentClass.minAgents, spec.minAgents),
    ...(agentClass.maxAgents < spec.maxAgents && { maxAgents: agentClass.maxAgents }),
    standbyAgents: beyond(agentClass.standbyAgents, spec.standbyAgents),
  };
}
