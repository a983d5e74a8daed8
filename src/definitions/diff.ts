import { type PoolSpec, sameIdentity } from '../pool/spec.ts';
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
  const { agentClasses: oldClasses, ...oldRest } = old;
  const { agentClasses: nextClasses, ...nextRest } = next;
  return [...diffFields(oldRest, nextRest, ''), ...diffClasses(oldClasses, nextClasses)];
}

function diffFields(old: object, next: object, prefix: string): string[] {
  const before = new Map<string, unknown>(Object.entries(old));
  const after = new Map<string, unknown>(Object.entries(next));
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [from, to] = [before.get(key), after.get(key)];
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
    return isShown(from) && isShown(to)
      ? [`${prefix}${key} ${String(from)} → ${String(to)}`]
      : [`${prefix}${key} changed`];
  });
}

function isShown(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && value.length <= 200);
}

function diffClasses(old: PoolSpec['agentClasses'], next: PoolSpec['agentClasses']): string[] {
  const known = new Map(old.map((agentClass) => [agentClass.name, agentClass]));
  const names = new Set(next.map(({ name }) => name));
  const gone = old.filter(({ name }) => !names.has(name)).map(({ name }) => `agent class ${name} is gone`);
  const rest = next.flatMap((agentClass) => {
    const earlier = known.get(agentClass.name);
    if (!earlier) return [`agent class ${agentClass.name} is new, with ${agentClass.shape.image}`];
    const prefix = next.length === 1 ? '' : `${agentClass.name}: `;
    const { capabilities } = agentClass;
    return [
      ...diffFields(earlier.shape, agentClass.shape, prefix),
      ...diffFields({ capabilities: earlier.capabilities }, { capabilities }, prefix),
    ];
  });
  return [...rest, ...gone];
}
