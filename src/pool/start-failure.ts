import { nameTakenExitCode } from './phase.ts';
import type { Slot } from './slots.ts';

/** Why an agent did not start, as a closed list for metrics. */
export type StartFailureReason = 'image' | 'configuration' | 'crash' | 'name-taken' | 'unschedulable' | 'not-online';

/** The kind of failure of a stuck slot. */
export function startFailureReason({ pod }: Slot): StartFailureReason {
  const { agentContainer } = pod;
  if (agentContainer.kind === 'terminated')
    return agentContainer.exitCode === nameTakenExitCode ? 'name-taken' : 'crash';
  if (!pod.scheduled) return 'unschedulable';
  if (agentContainer.kind !== 'waiting') return 'not-online';
  if (/image|ErrImageNeverPull/i.test(agentContainer.reason)) return 'image';
  return agentContainer.reason === 'CrashLoopBackOff' ? 'crash' : 'configuration';
}
