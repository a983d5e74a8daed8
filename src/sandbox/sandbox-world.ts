import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1Pod } from '@kubernetes/client-node';
import { runSimulatedAgent } from './agents/simulated-agent.ts';
import { type SimulatedAzureDevOps, startSimulatedAzureDevOps } from './azure-devops/simulated-azure-devops.ts';
import { type ConfigRepo, startConfigRepo } from './config-repo/config-repo.ts';
import { type SimulatedKubernetes, startSimulatedKubernetes } from './kubernetes/simulated-kubernetes.ts';
import { sandboxDefinitions, sandboxPools } from './sandbox-definitions.ts';

/** Everything round the controller: a service, a cluster and a config repository, all over HTTP on loopback. */
export interface SandboxWorld {
  readonly azureDevOps: SimulatedAzureDevOps;
  readonly kubernetes: SimulatedKubernetes;
  readonly configRepo: ConfigRepo;
  /** Settings of a controller that runs in this world. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the controller's log goes. */
  readonly logFile: string;
  close(): Promise<void>;
}

const token = 'sandbox-token';
/** Faster than life, so that a person sees everything within a minute. */
const agentSpeeds = { startMs: 1500, renewMs: 5000, retryMs: 500, quietMs: 500, jobFactor: 1 };
const serviceSpeeds = { lockMs: 60_000, offlineAfterMs: 20_000, pollHoldMs: 20_000, sweepMs: 500 };

export async function startSandboxWorld(): Promise<SandboxWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'poolkeeper-sandbox-'));
  const azureDevOps = await startSimulatedAzureDevOps({
    organization: 'contoso',
    tokens: [token],
    speeds: serviceSpeeds,
  });
  for (const pool of sandboxPools) azureDevOps.addPool(pool);
  const kubernetes = await startSimulatedKubernetes({
    schedulingDelayMs: 200,
    startDelayMs: 800,
    runPod: (pod, signals) => runAgent(kubernetes, pod, signals),
  });
  kubernetes.addSecret('azdo-pat', { token });
  const configRepo = await startConfigRepo({ files: sandboxDefinitions(azureDevOps.url) });
  const files = { token: join(directory, 'token'), kubeconfig: join(directory, 'kubeconfig') };
  await writeFile(files.token, token, { mode: 0o600 });
  await writeFile(files.kubeconfig, kubernetes.kubeconfig(), { mode: 0o600 });
  return {
    azureDevOps,
    kubernetes,
    configRepo,
    environment: {
      CONFIG_REPO_URL: configRepo.url,
      CONFIG_REPO_PATH: 'pools',
      CONFIG_POLL_SECONDS: '2',
      CODE_HOST: 'azure-repos',
      CODE_HOST_URL: azureDevOps.url,
      CODE_HOST_TOKEN_FILE: files.token,
      AZDO_ALLOWED_URLS: azureDevOps.url,
      KUBECONFIG: files.kubeconfig,
      AGENT_NAMESPACE: 'poolkeeper',
    },
    logFile: join(directory, 'controller.log'),
    async close() {
      await Promise.all([azureDevOps.close(), kubernetes.close(), configRepo.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The pod's container: a simulated agent with the pod's own environment. */
function runAgent(
  kubernetes: SimulatedKubernetes,
  pod: V1Pod,
  { term, kill }: { readonly term: AbortSignal; readonly kill: AbortSignal },
): Promise<{ readonly exitCode: number }> {
  const environment = kubernetes.environmentOf(pod);
  const once = pod.spec?.containers[0]?.args?.includes('--once') ?? false;
  return runSimulatedAgent({
    url: environment.AZP_URL ?? '',
    token: environment.AZP_TOKEN ?? '',
    pool: environment.AZP_POOL ?? '',
    name: environment.AZP_AGENT_NAME ?? '',
    environment,
    once,
    signal: term,
    kill,
    speeds: agentSpeeds,
  });
}
