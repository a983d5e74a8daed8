import { sameAzureDevOpsPool } from '../pool/spec.ts';
import type { Finding } from './finding.ts';
import type { LocatedPool } from './parse-file.ts';

/** A pool that cannot be taken because of another document, and what to say about it. */
export interface Conflict {
  readonly pool: LocatedPool;
  readonly finding: Finding;
}

/** Documents with one name, and names for one Azure DevOps pool: a conflict for each that is involved. */
export function findConflicts(pools: readonly LocatedPool[]): Conflict[] {
  const byName = Map.groupBy(pools, ({ name }) => name);
  const repeated = [...byName.values()].filter((group) => group.length > 1);
  const byTarget = Map.groupBy(
    pools.filter(({ spec }) => spec !== undefined),
    ({ spec }) => `${spec?.connection.url} ${spec?.connection.pool}`.toLowerCase(),
  );
  const shared = [...byTarget.values()].filter((group) => isShared(group));
  return [...repeated.flatMap(nameConflicts), ...shared.flatMap(targetConflicts)];
}

function isShared([first, ...others]: readonly LocatedPool[]): boolean {
  return others.some(({ name, spec }) => {
    if (first?.spec === undefined || spec === undefined || name === first.name) return false;
    return sameAzureDevOpsPool(first.spec.connection, spec.connection);
  });
}

function nameConflicts(group: readonly LocatedPool[]): Conflict[] {
  return group.map((pool) => {
    const message = `the name ${pool.name} is also given to the pool at ${placesOf(group, pool)}; give each pool its own name`;
    return { pool, finding: pool.finding({ path: ['metadata', 'name'], rule: 'repeated-pool', message }) };
  });
}

function targetConflicts(group: readonly LocatedPool[]): Conflict[] {
  return group.map((pool) => {
    const message = `this Azure DevOps pool is also served by the definition at ${placesOf(group, pool)}; one pool needs one definition: remove one or merge them`;
    return { pool, finding: pool.finding({ path: ['spec', 'pool'], rule: 'shared-pool', message }) };
  });
}

function placesOf(group: readonly LocatedPool[], pool: LocatedPool): string {
  const others = group.filter((other) => other !== pool).map(({ file, line }) => `${file}:${line}`);
  return others.slice(0, 3).join(', ');
}
