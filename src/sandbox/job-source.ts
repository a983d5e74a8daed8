import type { SimulatedAzureDevOps } from './azure-devops/simulated-azure-devops.ts';
import { sandboxJobs, sandboxPools } from './sandbox-definitions.ts';

/**
 * Queues jobs at an even pace, the first as soon as every pool has an agent or a placeholder: before that Azure DevOps
 * fails a job at once. Returns a function that ends it.
 */
export function queueJobs(azureDevOps: SimulatedAzureDevOps, jobsPerMinute: number): () => void {
  let queued = 0;
  const queueOne = (): void => {
    if (!sandboxPools.every((pool) => azureDevOps.agents(pool).length > 0)) return;
    const job = sandboxJobs[queued % sandboxJobs.length];
    if (job) azureDevOps.queueJob({ ...job, durationMs: 2000 + (queued % 4) * 1000 });
    queued += 1;
  };
  if (jobsPerMinute <= 0) return () => undefined;
  const first = setInterval(() => {
    queueOne();
    if (queued > 0) clearInterval(first);
  }, 100);
  const timer = setInterval(queueOne, 60_000 / jobsPerMinute);
  return () => {
    clearInterval(first);
    clearInterval(timer);
  };
}
