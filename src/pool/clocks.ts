import type { AgentPod, AgentRecord, PoolObservation } from './observation.ts';

type Times = Pick<PoolObservation, 'azureDevOpsTime' | 'clusterTime'>;

/** Age of a pod on the cluster's clock, never negative. */
export function podAgeMs(times: Times, pod: AgentPod): number {
  return Math.max(0, times.clusterTime - pod.createdAt);
}

/** Age of a stamp of Azure DevOps on its own clock, never negative. */
export function azureDevOpsAgeMs(times: Pick<Times, 'azureDevOpsTime'>, stamp: number): number {
  return Math.max(0, times.azureDevOpsTime - stamp);
}

/** Whether a stamp of Azure DevOps is newer than the pod: two ages are compared, each on the clock of its stamps. */
export function isInPodsLife(times: Times, pod: AgentPod, stamp: number | undefined): stamp is number {
  return stamp !== undefined && azureDevOpsAgeMs(times, stamp) <= podAgeMs(times, pod);
}

/** How long an idle agent has been idle: since the latest of its last job, its coming online and its pod's creation. */
export function idleMs(times: Times, pod: AgentPod, agent: AgentRecord): number {
  const stamps = [agent.lastFinishedAt, agent.statusChangedAt ?? agent.createdAt];
  const ages = stamps.filter((stamp) => isInPodsLife(times, pod, stamp)).map((stamp) => azureDevOpsAgeMs(times, stamp));
  return Math.min(podAgeMs(times, pod), ...ages);
}
