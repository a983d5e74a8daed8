import type { JobSnapshot } from './azure-devops/service-controls.ts';
import type { ServiceEvent } from './azure-devops/state.ts';
import type { SandboxWorld } from './sandbox-world.ts';

export type Say = (line: string) => void;

/** Tells in plain words what happens in the sandbox. Returns a function that ends it. */
export function narrate(world: SandboxWorld, say: Say): () => void {
  const kinds = ['job-queued', 'job-assigned', 'job-finished', 'agent-online', 'agent-removed'] as const;
  const endings = kinds.map((kind) => world.azureDevOps.on(kind, (event) => tell(world, event, say)));
  const watch = watchPodsAndStatuses(world, say);
  return () => {
    for (const end of [...endings, watch]) end();
  };
}

function tell({ azureDevOps }: SandboxWorld, event: ServiceEvent, say: Say): void {
  const job = azureDevOps.jobs(event.pool).find(({ requestId }) => requestId === event.requestId);
  if (job) say(tellJob(job, event));
  if (event.kind === 'agent-online') say(`agent ${event.agent} is online`);
  if (event.kind === 'agent-removed') say(`${event.agent} is deregistered`);
}

function tellJob(job: JobSnapshot, { kind, pool, agent }: ServiceEvent): string {
  const title = `job ${job.requestId} "${job.definitionName}"`;
  const demands = job.demands.length > 0 ? `, demands ${job.demands.join(', ')}` : '';
  if (kind === 'job-queued') return `${title} is queued in ${pool}${demands}`;
  if (kind === 'job-assigned')
    return `${title} goes to ${agent} after ${seconds((job.assignedAt ?? 0) - job.queuedAt)}`;
  return `${title} ended: ${job.result}`;
}

/** Pods and statuses are looked at, because the controller talks to their servers over HTTP like anybody else. */
function watchPodsAndStatuses(world: SandboxWorld, say: Say): () => void {
  const tellPods = podTeller(world, say);
  const tellStatuses = statusTeller(world, say);
  const look = async (): Promise<void> => {
    tellPods();
    await tellStatuses();
  };
  // A look that fails, as while everything ends, is made up for by the next one.
  const timer = setInterval(() => void look().catch(() => undefined), 300);
  return () => clearInterval(timer);
}

function podTeller({ kubernetes }: SandboxWorld, say: Say): () => void {
  let known = new Map<string, string>();
  return () => {
    const present = new Map(kubernetes.pods().map(({ metadata }) => [metadata?.uid ?? '', metadata?.name ?? '']));
    for (const [uid, name] of present) if (!known.has(uid)) say(`pod ${name} is created`);
    for (const [uid, name] of known) if (!present.has(uid)) say(`pod ${name} is gone`);
    known = present;
  };
}

function statusTeller({ azureDevOps, configRepo }: SandboxWorld, say: Say): () => Promise<void> {
  const told = new Set<string>();
  return async () => {
    const head = (await configRepo.git('rev-parse', 'origin/main')).trim();
    for (const { context, state, description } of azureDevOps.statuses(head)) {
      const line = `commit ${head.slice(0, 8)}: ${context.genre}/${context.name} is ${state}: ${description}`;
      if (!told.has(line)) say(line);
      told.add(line);
    }
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
