import type { JobSnapshot } from './azure-devops/service-controls.ts';
import { sandboxPools } from './sandbox-definitions.ts';
import type { SandboxWorld } from './sandbox-world.ts';

export interface SandboxSummary {
  readonly rows: readonly PoolRow[];
  /** Jobs that did not succeed. */
  readonly failed: readonly JobSnapshot[];
  /** What is still there at the end, by name. */
  readonly left: readonly string[];
}

interface PoolRow {
  readonly pool: string;
  readonly jobs: number;
  readonly succeeded: number;
  readonly medianWaitMs: number;
  readonly longestWaitMs: number;
}

/** Counts at the end of a sandbox. Retained claims are meant to stay and do not count as left. */
export function summarize({ azureDevOps, kubernetes }: SandboxWorld): SandboxSummary {
  const jobs = azureDevOps.jobs();
  const pods = kubernetes.pods().map(({ metadata }) => `pod ${metadata?.name}`);
  const agents = sandboxPools.flatMap((pool) => azureDevOps.agents(pool).map(({ name }) => `agent ${name}`));
  return {
    rows: sandboxPools.map((pool) =>
      rowOf(
        pool,
        jobs.filter((job) => job.pool === pool),
      ),
    ),
    failed: jobs.filter(({ result }) => result !== 'succeeded'),
    left: [...pods, ...agents],
  };
}

function rowOf(pool: string, jobs: readonly JobSnapshot[]): PoolRow {
  const waits = jobs.flatMap(({ assignedAt, queuedAt }) => (assignedAt === undefined ? [] : [assignedAt - queuedAt]));
  const sorted = waits.toSorted((a, b) => a - b);
  return {
    pool,
    jobs: jobs.length,
    succeeded: jobs.filter(({ result }) => result === 'succeeded').length,
    medianWaitMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    longestWaitMs: sorted.at(-1) ?? 0,
  };
}

/** The summary as a table and a verdict. */
export function printSummary({ rows, failed, left }: SandboxSummary): string {
  const header = ['pool', 'jobs', 'succeeded', 'median wait', 'longest wait'];
  const cells = rows.map((row) => [
    row.pool,
    String(row.jobs),
    String(row.succeeded),
    `${(row.medianWaitMs / 1000).toFixed(1)} s`,
    `${(row.longestWaitMs / 1000).toFixed(1)} s`,
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const lines = [header, ...cells].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const problems = [
    ...failed.map(({ requestId, result }) => `job ${requestId} did not succeed: ${result ?? 'it never ran'}`),
    ...left.map((name) => `left behind: ${name}`),
  ];
  const verdict = problems.length === 0 ? ['Every job ran, and nothing was left behind.'] : problems;
  return [...lines, '', ...verdict, ''].join('\n');
}
