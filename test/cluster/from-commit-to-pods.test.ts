import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CoreV1Api } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  type SimulatedAzureDevOps,
  startSimulatedAzureDevOps,
} from '../../src/sandbox/azure-devops/simulated-azure-devops.ts';
import { type ConfigRepo, startConfigRepo } from '../../src/sandbox/config-repo/config-repo.ts';
import { ControllerProcess, eventually } from '../end-to-end/controller-process.ts';
import { kubeConfigWithToken } from './control-plane.ts';
import { namespace } from './prepared-namespace.ts';

const token = 'cluster-test-token';
const pool = 'commit-agents';
let azureDevOps: SimulatedAzureDevOps;
let configRepo: ConfigRepo;
let directory: string;
let core: CoreV1Api;
let environment: Record<string, string>;

beforeAll(async () => {
  const controlPlane = inject('controlPlane');
  directory = await mkdtemp(join(tmpdir(), 'poolkeeper-cluster-'));
  core = kubeConfigWithToken(controlPlane, controlPlane.adminToken).makeApiClient(CoreV1Api);
  azureDevOps = await startSimulatedAzureDevOps({ organization: 'contoso', tokens: [token] });
  azureDevOps.addPool(pool);
  configRepo = await startConfigRepo({ files: { 'README.md': 'Pools, soon.' } });
  await core.createNamespacedSecret({ namespace, body: { metadata: { name: 'commit-pat' }, stringData: { token } } });
  const kubeconfig = join(directory, 'kubeconfig');
  await writeFile(kubeconfig, kubeConfigWithToken(controlPlane, controlPlane.controllerToken).exportConfig());
  await writeFile(join(directory, 'token'), token);
  environment = {
    CONFIG_REPO_URL: configRepo.url,
    CONFIG_POLL_SECONDS: '1',
    CODE_HOST: 'azure-repos',
    CODE_HOST_URL: azureDevOps.url,
    CODE_HOST_TOKEN_FILE: join(directory, 'token'),
    AZDO_ALLOWED_URLS: azureDevOps.url,
    AGENT_NAMESPACE: namespace,
    KUBECONFIG: kubeconfig,
  };
});

afterAll(async () => {
  await Promise.all([azureDevOps.close(), configRepo.close(), rm(directory, { recursive: true, force: true })]);
});

const selector = { namespace, labelSelector: 'poolkeeper.dev/pool=commit' };

describe('on a real API server, with the token of the Role in manifests/', { timeout: 60_000 }, () => {
  it('a pushed pool file and two queued jobs become two pods with their claims, and the commit gets its status', async () => {
    const controller = await ControllerProcess.start(environment);
    try {
      const commit = await configRepo.commit(
        {
          'commit.yaml': `apiVersion: poolkeeper.dev/v1
kind: AgentPool
metadata:
  name: commit
  labels: { team: platform }
spec:
  azDoUrl: ${azureDevOps.url}
  pool: ${pool}
  patSecretName: commit-pat
  image: example.com/agent:1
  maxAgents: 5
  pvcs:
    - { name: cache, mountPath: /azp/cache, storage: 1.5Gi }
`,
        },
        'Describe a pool',
      );
      await eventually('the placeholder is registered', () => azureDevOps.agents(pool).length === 1);
      const jobs = [azureDevOps.queueJob({ pool }), azureDevOps.queueJob({ pool })];
      await eventually('two pods', async () => (await core.listNamespacedPod(selector)).items.length === 2);
      await eventually('a status', () => azureDevOps.statuses(commit).length === 1);

      const pods = (await core.listNamespacedPod(selector)).items;
      expect(pods.map(({ metadata }) => metadata?.name)).toEqual(['commit-agent-0', 'commit-agent-1']);
      expect(pods[1]?.metadata?.labels).toEqual({
        team: 'platform',
        'app.kubernetes.io/name': 'poolkeeper-agent',
        'app.kubernetes.io/instance': 'default',
        'app.kubernetes.io/component': 'agent',
        'app.kubernetes.io/managed-by': 'poolkeeper',
        'poolkeeper.dev/instance': 'default',
        'poolkeeper.dev/pool': 'commit',
        'poolkeeper.dev/agent-class': 'default',
        'poolkeeper.dev/index': '1',
      });
      expect(pods.map(({ metadata }) => metadata?.annotations?.['poolkeeper.dev/job-request'])).toEqual(
        jobs.map(String),
      );
      expect(pods.map(({ metadata }) => metadata?.annotations?.['poolkeeper.dev/revision'])).toEqual([commit, commit]);
      const claims = (await core.listNamespacedPersistentVolumeClaim(selector)).items;
      expect(claims.map(({ metadata }) => metadata?.name)).toEqual(['commit-agent-0-cache', 'commit-agent-1-cache']);
      expect(claims[0]?.spec?.resources?.requests?.storage).toBe('1536Mi');
      expect(azureDevOps.statuses(commit)[0]).toMatchObject({ state: 'succeeded', description: '1 pool valid' });
      expect((await controller.text('/readyz')).body).toBe('ready\n');

      await controller.kill();
      const again = await ControllerProcess.start(environment);
      try {
        await eventually('it has looked again', async () => (await again.pools())[0]?.lastPolled != null);
        const uids = (items: typeof pods) => items.map(({ metadata }) => metadata?.uid);
        expect(uids((await core.listNamespacedPod(selector)).items)).toEqual(uids(pods));
        for (const request of jobs) azureDevOps.cancelJob(request);
        // Nothing schedules them here, so pods of cancelled jobs go at once.
        await eventually(
          'unscheduled pods are gone',
          async () => (await core.listNamespacedPod(selector)).items.length === 0,
        );
      } finally {
        await again.stop();
      }
    } finally {
      await controller.stop();
    }
  });
});
