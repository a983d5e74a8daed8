import type { DefinitionState } from './definition-loop.ts';

export interface ReadinessFacts {
  /** What the start still waits for; undefined once everything runs. */
  readonly startingProblem: string | undefined;
  readonly missingPermissions: readonly string[];
  readonly cacheAgeMs: number;
  readonly definitions: DefinitionState | undefined;
  /** Another replica leads: nothing is in force here, and nothing need be. */
  readonly standby: boolean;
}

const oldestCacheMs = 150_000;

/** Why the controller is not ready, in words that say what to do; empty when it is. */
export function unreadyBecause(facts: ReadinessFacts): readonly string[] {
  if (facts.startingProblem !== undefined) return [facts.startingProblem];
  const problems: string[] = [];
  if (facts.missingPermissions.length > 0) {
    problems.push(`the service account may not: ${facts.missingPermissions.join(', ')}; apply the Role in manifests/`);
  }
  if (facts.cacheAgeMs > oldestCacheMs) problems.push('pods and claims have not been read for a while');
  if (!facts.standby && facts.definitions?.inForce === undefined) {
    const failure = facts.definitions?.failure?.message;
    problems.push(failure === undefined ? 'no revision is in force yet' : `no revision is in force yet: ${failure}`);
  }
  return problems;
}
