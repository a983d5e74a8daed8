import { identityKey, type PoolSpec, sameAzureDevOpsPool, sameIdentity } from '../pool/spec.ts';
import type { AcceptedPool, AcceptedSet } from './accepted-set.ts';
import type { Finding } from './finding.ts';
import type { ParsedPool, ParsedRevision } from './parsed-revision.ts';
import { type HeldRemoval, holdRemovals } from './prune-protection.ts';

export interface AcceptInput {
  /** undefined only when nothing was ever accepted: the caller must not pass it because the store could not be read. */
  readonly previous: AcceptedSet | undefined;
  readonly parsed: ParsedRevision;
  readonly revision: string;
  /** Whether the configured path exists in the revision. */
  readonly pathExists: boolean;
}

export interface Acceptance {
  readonly set: AcceptedSet;
  /** What only the comparison with the earlier set shows: conflicts with frozen pools, and held removals. */
  readonly findings: readonly Finding[];
  /** Given while prune protection holds removals. */
  readonly heldRemoval?: HeldRemoval;
}

/** Compares a parsed revision with what is in force. The same revision twice gives the same set. */
export function acceptRevision(input: AcceptInput): Acceptance {
  const live = (input.previous?.pools ?? []).filter(({ state }) => state !== 'draining');
  const decided = new Map<string, AcceptedPool>();
  for (const pool of live) {
    const frozen = freezeIfUnsure(pool, input);
    if (frozen) decided.set(pool.spec.name, frozen);
  }
  const taken = input.parsed.pools.filter((pool) => pool.spec !== undefined && !decided.has(pool.name));
  for (const pool of taken) addActive(decided, pool, input.revision);
  const findings = settleConflicts(decided, live, input);

  const missing = live.filter((pool) => !decided.has(pool.spec.name));
  const heldRemoval = holdRemovals({ live, missing, inForce: [...decided.values()], ...input });
  for (const pool of heldRemoval?.pools ?? []) decided.set(pool.spec.name, freezeHeld(pool, input.revision));

  const inForce = [...decided.values()].toSorted((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
  const set = { revision: input.revision, pools: withDraining(inForce, input.previous) };
  return heldRemoval ? { set, findings: [...findings, ...heldRemoval.findings], heldRemoval } : { set, findings };
}

function freeze(pool: AcceptedPool, revision: string, reason: string): AcceptedPool {
  const { spec, source, frozenSince } = pool;
  return { spec, source, revision: pool.revision, state: 'frozen', frozenSince: frozenSince ?? revision, reason };
}

function freezeHeld(pool: AcceptedPool, revision: string): AcceptedPool {
  const reason = 'its definition was removed; the removal waits for a confirmation in RepoSettings';
  return { ...freeze(pool, revision, reason), removalHeld: true };
}

/** The pool as it stays when this revision cannot be trusted about it; undefined when it can. */
function freezeIfUnsure(pool: AcceptedPool, { parsed, revision }: AcceptInput): AcceptedPool | undefined {
  const { name } = pool.spec;
  const seen = parsed.pools.find((candidate) => candidate.name === name);
  if (parsed.unreadableFiles.some(({ file }) => file === pool.source.file) && isLastSeenThere(parsed, pool)) {
    return freeze(pool, revision, `${pool.source.file} could not be read`);
  }
  if (seen) {
    if (seen.spec !== undefined) return undefined;
    const at = { file: seen.file, line: seen.line };
    return { ...freeze(pool, revision, `its definition in ${seen.file} has errors`), source: at };
  }
  const unread = parsed.unreadableFiles.find(({ forbidsRemoval }) => forbidsRemoval) ?? parsed.unnamedDocuments[0];
  return unread && freeze(pool, revision, `its definition is missing, but ${unread.file} could not be read whole`);
}

/** A link or submodule in the place of a file says nothing about a pool that is defined elsewhere now. */
function isLastSeenThere(parsed: ParsedRevision, { spec, source }: AcceptedPool): boolean {
  const forbids = parsed.unreadableFiles.some(({ file, forbidsRemoval }) => file === source.file && forbidsRemoval);
  return forbids || !parsed.pools.some(({ name }) => name === spec.name);
}

function addActive(decided: Map<string, AcceptedPool>, pool: ParsedPool, revision: string): void {
  const { spec, file, line } = pool;
  if (spec !== undefined) decided.set(pool.name, { spec, source: { file, line }, revision, state: 'active' });
}

/**
 * A definition that takes the Azure DevOps pool of a frozen one does not take effect: the earlier owner keeps it. That
 * may freeze the newcomer at a definition that is in conflict with a third one, so it is repeated until nothing changes.
 */
function settleConflicts(
  decided: Map<string, AcceptedPool>,
  live: readonly AcceptedPool[],
  { revision }: AcceptInput,
): Finding[] {
  const findings: Finding[] = [];
  for (let conflict = findConflict(decided); conflict; conflict = findConflict(decided)) {
    const { owner, newcomer } = conflict;
    const { name } = newcomer.spec;
    const earlier = live.find((pool) => pool.spec.name === name);
    if (earlier)
      decided.set(name, freeze(earlier, revision, `its new definition takes the pool of ${owner.spec.name}`));
    else decided.delete(name);
    findings.push(conflictFinding(owner.spec, newcomer));
  }
  return findings;
}

function findConflict(decided: ReadonlyMap<string, AcceptedPool>) {
  const pools = [...decided.values()];
  for (const owner of pools.filter(({ state }) => state === 'frozen')) {
    const newcomer = pools.find(
      ({ state, spec }) => state === 'active' && sameAzureDevOpsPool(spec.connection, owner.spec.connection),
    );
    if (newcomer) return { owner, newcomer };
  }
  return undefined;
}

function conflictFinding(owner: PoolSpec, { spec, source }: AcceptedPool): Finding {
  return {
    severity: 'error',
    file: source.file,
    line: source.line,
    column: 1,
    path: 'spec.pool',
    rule: 'pool-in-use',
    message: `the Azure DevOps pool "${spec.connection.pool}" belongs to ${owner.name}, which is frozen at its last good definition; repair or remove ${owner.name} first`,
    pool: spec.name,
  };
}

/** Pools in force first, by name, then everything that has to end: earlier draining ones, removed ones and old identities. */
function withDraining(inForce: readonly AcceptedPool[], previous: AcceptedSet | undefined): AcceptedPool[] {
  const left = (previous?.pools ?? []).filter((old) => !inForce.some((pool) => sameIdentity(pool.spec, old.spec)));
  const draining = new Map(left.map((pool) => [identityKey(pool.spec), drain(pool, inForce)]));
  return [...inForce, ...draining.values()];
}

function drain({ spec, source, revision }: AcceptedPool, inForce: readonly AcceptedPool[]): AcceptedPool {
  const sameName = inForce.find((pool) => pool.spec.name === spec.name);
  const heir = sameName ?? inForce.find((pool) => sameAzureDevOpsPool(pool.spec.connection, spec.connection));
  const base = { spec, source, revision, state: 'draining' } as const;
  if (!heir) return { ...base, reason: 'its definition was removed' };
  const reason = sameName ? 'its URL or pool changed' : `it was renamed to ${heir.spec.name}`;
  return { ...base, reason, replacedBy: heir.spec.name };
}
