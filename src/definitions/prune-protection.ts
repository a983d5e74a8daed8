import { sameAzureDevOpsPool } from '../pool/spec.ts';
import type { AcceptedPool } from './accepted-set.ts';
import type { Finding } from './finding.ts';
import type { ParsedRevision } from './parsed-revision.ts';

/** Removals that wait for a person. */
export interface HeldRemoval {
  readonly pools: readonly AcceptedPool[];
  /** The exact document that confirms them. */
  readonly confirmation: string;
  readonly findings: readonly Finding[];
}

interface Removals {
  /** Active and frozen pools before this revision. */
  readonly live: readonly AcceptedPool[];
  /** Those of them that the revision does not define any more. */
  readonly missing: readonly AcceptedPool[];
  readonly inForce: readonly AcceptedPool[];
  readonly parsed: ParsedRevision;
  readonly pathExists: boolean;
}

/** The removals that need a confirmation; undefined when there is none. A held removal stays held until then. */
export function holdRemovals(removals: Removals): HeldRemoval | undefined {
  const { live, missing, inForce, parsed, pathExists } = removals;
  const removed = missing.filter((pool) => !isRenamed(pool, inForce));
  const nothingLeft = !pathExists || parsed.pools.length === 0;
  const isMass = removed.length >= 2 && removed.length * 2 > live.length;
  const confirmed = new Set(parsed.settings.pruneProtection.confirmRemovalOf);
  const pools = removed.filter(
    (pool) => (nothingLeft || isMass || pool.removalHeld === true) && !confirmed.has(pool.spec.name),
  );
  if (pools.length === 0) return undefined;
  const confirmation = confirmationFor(pools.map(({ spec }) => spec.name));
  return { pools, confirmation, findings: pools.map((pool) => heldFinding(pool, confirmation)) };
}

function isRenamed(pool: AcceptedPool, inForce: readonly AcceptedPool[]): boolean {
  return inForce.some((other) => sameAzureDevOpsPool(other.spec.connection, pool.spec.connection));
}

function confirmationFor(names: readonly string[]): string {
  return [
    'apiVersion: poolkeeper.dev/v1',
    'kind: RepoSettings',
    'pruneProtection:',
    '  confirmRemovalOf:',
    ...names.map((name) => `    - ${JSON.stringify(name)}`),
    '',
  ].join('\n');
}

function heldFinding({ spec, source }: AcceptedPool, confirmation: string): Finding {
  return {
    severity: 'warning',
    file: source.file,
    line: 1,
    column: 1,
    path: '',
    rule: 'removal-held',
    message: `pool ${spec.name} is no longer defined, but this revision removes too many pools at once: it runs on until a file of the repository says\n${confirmation}`,
    pool: spec.name,
  };
}
