import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulatedAzureDevOps } from '../../src/sandbox/azure-devops/simulated-azure-devops.ts';
import { startConfigRepo } from '../../src/sandbox/config-repo/config-repo.ts';
import { startSimulatedKubernetes } from '../../src/sandbox/kubernetes/simulated-kubernetes.ts';

/**
 * What a quiet controller costs: ten pools with default settings and no jobs, the compiled program in a process of its
 * own. Prints requests to Azure DevOps a minute and pool, and resident memory; ends with 1 above the limits.
 */
const pools = 10;
const warmUpMs = 15_000;
const measuredMs = Number(process.env.BENCH_SECONDS ?? 120) * 1000;
const limits = { requestsPerMinuteAndPool: 16, residentMegabytes: 190 };

const directory = await mkdtemp(join(tmpdir(), 'poolkeeper-bench-'));
const azureDevOps = await startSimulatedAzureDevOps({ organization: 'contoso', tokens: ['bench-token'] });
const kubernetes = await startSimulatedKubernetes({});
kubernetes.addSecret('azdo-pat', { token: 'bench-token' });
const files: Record<string, string> = {};
for (let n = 0; n < pools; n += 1) {
  azureDevOps.addPool(`pool-${n}`);
  files[`pool-${n}.yaml`] = definition(n);
}
const repo = await startConfigRepo({ files });
const kubeconfig = join(directory, 'kubeconfig');
await writeFile(kubeconfig, kubernetes.kubeconfig());
const controller = start();
try {
  await wait(warmUpMs);
  const before = azureDevOps.requests().length;
  await wait(measuredMs);
  const requests = azureDevOps.requests().slice(before);
  report(
    requests.map(({ operation }) => operation ?? 'other'),
    await residentMegabytes(controller),
  );
} finally {
  controller.kill('SIGTERM');
  await Promise.all([azureDevOps.close(), kubernetes.close(), repo.close(), rm(directory, { recursive: true })]);
}

function definition(n: number): string {
  return `apiVersion: poolkeeper.dev/v1
kind: AgentPool
metadata: { name: pool-${n} }
spec:
  azDoUrl: ${azureDevOps.url}
  pool: pool-${n}
  patSecretName: azdo-pat
  image: agent:1
`;
}

function start(): ChildProcess {
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    CONFIG_REPO_URL: repo.url,
    CODE_HOST: 'none',
    AZDO_ALLOWED_URLS: azureDevOps.url,
    KUBECONFIG: kubeconfig,
    AGENT_NAMESPACE: 'poolkeeper',
    HTTP_ADDRESS: '127.0.0.1:0',
    LOG_LEVEL: 'warn',
  };
  const args = ['--max-semi-space-size=8', 'dist/main.js', 'run'];
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
}

async function residentMegabytes({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

function report(operations: readonly string[], resident: number): void {
  const minutes = measuredMs / 60_000;
  const perMinute = operations.length / minutes / pools;
  const counts = new Map<string, number>();
  for (const operation of operations) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  console.log(`${pools} quiet pools, default settings, ${measuredMs / 1000} s`);
  for (const [operation, count] of counts) {
    console.log(`  ${operation}: ${(count / minutes / pools).toFixed(1)} a minute and pool`);
  }
  console.log(
    `requests to Azure DevOps: ${perMinute.toFixed(1)} a minute and pool (limit ${limits.requestsPerMinuteAndPool})`,
  );
  console.log(`resident memory: ${resident.toFixed(0)} MB (limit ${limits.residentMegabytes})`);
  if (perMinute > limits.requestsPerMinuteAndPool || resident > limits.residentMegabytes) process.exitCode = 1;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
