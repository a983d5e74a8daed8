import { azureDevOpsAgeMs } from './clocks.ts';
import type { PoolObservation } from './observation.ts';
import type { Slot } from './slots.ts';

const goodResults: ReadonlySet<string | undefined> = new Set(['succeeded', 'succeededWithIssues', undefined]);

/** The ended pods that are kept for a look: the newest ones, those whose job or container failed first. */
export function choosePodsToKeep(
  slots: readonly Slot[],
  keep: { readonly count: number; readonly observation: PoolObservation },
): ReadonlySet<Slot> {
  const ended = slots.filter(
    ({ pod }) => pod.agentContainer.kind === 'terminated' && pod.deletionDeadline === undefined,
  );
  const order = (slot: Slot): number => endedMsAgo(slot, keep.observation);
  const newestFirst = ended.toSorted((a, b) => Number(hasFailed(b)) - Number(hasFailed(a)) || order(a) - order(b));
  return new Set(newestFirst.slice(0, keep.count));
}

/** How a slot's job ended: from its agent while that is registered, from the note on its pod after that. */
export function jobResultOf({ pod, agent }: Slot): string | undefined {
  return agent?.lastResult ?? pod.jobResult;
}

function hasFailed(slot: Slot): boolean {
  const { agentContainer } = slot.pod;
  const crashed = agentContainer.kind === 'terminated' && agentContainer.exitCode !== 0;
  return crashed || !goodResults.has(jobResultOf(slot));
}

function endedMsAgo({ pod, agent }: Slot, observation: PoolObservation): number {
  const { agentContainer } = pod;
  if (agentContainer.kind === 'terminated' && agentContainer.finishedAt !== undefined) {
    return observation.clusterTime - agentContainer.finishedAt;
  }
  const finished = agent?.lastFinishedAt;
  return finished === undefined ? observation.clusterTime - pod.createdAt : azureDevOpsAgeMs(observation, finished);
}
