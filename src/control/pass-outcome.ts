import type { PoolObservation, ReadFailure } from '../pool/observation.ts';
import type { AppliedAction } from './apply-plan.ts';
import type { PassOutcome } from './next-delay.ts';
import { readFailure } from './read-failure.ts';

export interface PassResults {
  readonly observation: PoolObservation;
  readonly applied: readonly AppliedAction[];
  readonly breaches: readonly string[];
  readonly placeholderFailure: ReadFailure | undefined;
}

/** Steps after which the next pass must read again soon. */
const begun: ReadonlySet<AppliedAction['action']['kind']> = new Set([
  'mark-retiring',
  'unmark-retiring',
  'disable-agent',
  'enable-agent',
  'deregister-agent',
  'delete-pod',
]);

/** What keeps Azure DevOps from being read or written for the pool as a whole. */
export function azureDevOpsFailure(
  { agents, jobs }: PoolObservation,
  placeholderFailure: ReadFailure | undefined,
): ReadFailure | undefined {
  const failures = [agents, jobs].filter((entry) => entry.kind === 'failed');
  return [...failures, ...(placeholderFailure ? [placeholderFailure] : [])].toSorted(bySeverity)[0];
}

/** How a pass ended. What could not be read weighs more than what could not be written. */
export function judgePass(results: PassResults): PassOutcome {
  const { observation, applied, breaches, placeholderFailure } = results;
  const [breach] = breaches;
  if (breach !== undefined) {
    return { kind: 'failed', failure: { kind: 'failed', cause: 'transient', message: `plan refused: ${breach}` } };
  }
  const { cluster } = observation;
  const service = azureDevOpsFailure(observation, placeholderFailure);
  const [failure] = [...(service ? [service] : []), ...(cluster.kind === 'failed' ? [cluster] : [])].toSorted(
    bySeverity,
  );
  if (failure) return { kind: 'failed', failure };
  const failed = applied.find(({ result }) => result === 'failed');
  if (failed) return { kind: 'unwritten', failure: writeFailure(failed.error) };
  const moved = applied.some(
    ({ action, result, nameTaken }) => nameTaken || (result === 'done' && begun.has(action.kind)),
  );
  return { kind: moved ? 'unsettled' : 'settled' };
}

/** A refused write is tried again sooner than a person could act on it: the rest of the pool does not wait for that. */
function writeFailure(error: unknown): ReadFailure {
  const failure = readFailure(error);
  return failure.cause === 'permanent' ? { ...failure, cause: 'transient' } : failure;
}

const severity: Readonly<Record<ReadFailure['cause'], number>> = { permanent: 0, throttled: 1, transient: 2 };

function bySeverity(a: ReadFailure, b: ReadFailure): number {
  return severity[a.cause] - severity[b.cause] || (b.retryAfterMs ?? 0) - (a.retryAfterMs ?? 0);
}
