import {
  CoreV1Api,
  type KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  type V1PersistentVolumeClaim,
  type V1Pod,
  type V1PodStatus,
} from '@kubernetes/client-node';
import { PooledKubeConfig } from '../../src/adapters/kubernetes/pooled-kube-config.ts';
import type { AcceptedSetStore, Cluster } from '../../src/ports/cluster.ts';

/** What one controller holds: a connection whose caches are filled. */
export interface ConnectedCluster {
  readonly cluster: Cluster;
  readonly acceptedSet: AcceptedSetStore;
}

/** What a world offers, so that the promises of the port can be seen from outside. */
export interface ClusterWorld extends ConnectedCluster, AsyncDisposable {
  /** Of this world alone: two worlds may share a namespace. */
  readonly instance: string;
  /** A second controller beside the first, of this instance unless another is named. */
  connect(instance?: string): Promise<ConnectedCluster>;
  readonly admin: ClusterAdmin;
  readonly disturb: ClusterDisturbance;
}

export type CreateWorld = () => Promise<ClusterWorld>;

export interface ClusterDisturbance {
  /** Cuts the connection of every watch. */
  dropWatches(): void;
  /** Makes every version that a watch could start from too old. */
  compact?(): void;
  /** Sends that state of a pod to the open watches once more. */
  repeatEvents?(pod: V1Pod): void;
}

/** What others do to the same namespace, with all rights. */
export interface ClusterAdmin {
  now(): Promise<number>;
  addPod(pod: V1Pod): Promise<V1Pod>;
  findPod(name: string): Promise<V1Pod | undefined>;
  /** As a scheduler: from then on a deletion waits for its grace. */
  bindPod(name: string): Promise<void>;
  setPodStatus(name: string, status: V1PodStatus): Promise<void>;
  /** Merges labels and annotations; null removes one. */
  changePod(name: string, metadata: { labels?: StringChanges; annotations?: StringChanges }): Promise<void>;
  /** Without any grace. */
  removePod(name: string): Promise<void>;
  deletePod(name: string, graceSeconds: number): Promise<void>;
  addClaim(claim: V1PersistentVolumeClaim): Promise<V1PersistentVolumeClaim>;
  deleteClaim(name: string): Promise<void>;
  findClaim(name: string): Promise<V1PersistentVolumeClaim | undefined>;
  addSecret(name: string, data: Readonly<Record<string, string>>): Promise<void>;
  configMaps(): Promise<readonly V1ConfigMap[]>;
  changeConfigMap(configMap: V1ConfigMap): Promise<void>;
  removeConfigMap(name: string): Promise<void>;
  /** Everything whose name holds that word. */
  removeAll(word: string): Promise<void>;
}

type StringChanges = Readonly<Record<string, string | null>>;

const mergePatch = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

export function createClusterAdmin(kubeConfig: KubeConfig, namespace: string): ClusterAdmin {
  const core = new PooledKubeConfig(kubeConfig, () => performance.now()).makeApiClient(CoreV1Api);
  return {
    async now() {
      const { headers } = await core.readNamespaceWithHttpInfo({ name: namespace });
      return Date.parse(headers.date ?? '');
    },
    addPod: (body) => core.createNamespacedPod({ namespace, body }),
    findPod: (name) => orUndefined(core.readNamespacedPod({ name, namespace })),
    async bindPod(name) {
      const body = { metadata: { name }, target: { kind: 'Node', name: 'node-1' } };
      await core.createNamespacedPodBinding({ name, namespace, body });
    },
    async setPodStatus(name, status) {
      await core.patchNamespacedPodStatus({ name, namespace, body: { status } }, mergePatch);
    },
    async changePod(name, metadata) {
      await core.patchNamespacedPod({ name, namespace, body: { metadata } }, mergePatch);
    },
    async removePod(name) {
      await orUndefined(core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 }));
    },
    async deletePod(name, graceSeconds) {
      await core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: graceSeconds });
    },
    addClaim: (body) => core.createNamespacedPersistentVolumeClaim({ namespace, body }),
    async deleteClaim(name) {
      await core.deleteNamespacedPersistentVolumeClaim({ name, namespace });
    },
    findClaim: (name) => orUndefined(core.readNamespacedPersistentVolumeClaim({ name, namespace })),
    async addSecret(name, data) {
      const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
      await core.createNamespacedSecret({ namespace, body: { metadata: { name }, data: Object.fromEntries(encoded) } });
    },
    configMaps: async () => (await core.listNamespacedConfigMap({ namespace })).items,
    async changeConfigMap(body) {
      await core.replaceNamespacedConfigMap({ name: body.metadata?.name ?? '', namespace, body });
    },
    async removeConfigMap(name) {
      await orUndefined(core.deleteNamespacedConfigMap({ name, namespace }));
    },
    async removeAll(word) {
      const named = ({ metadata }: { metadata?: { name?: string } }) => metadata?.name?.includes(word) === true;
      for (const { metadata } of (await core.listNamespacedPod({ namespace })).items.filter(named)) {
        await orUndefined(core.deleteNamespacedPod({ name: metadata?.name ?? '', namespace, gracePeriodSeconds: 0 }));
      }
      for (const { metadata } of (await core.listNamespacedPersistentVolumeClaim({ namespace })).items.filter(named)) {
        const name = metadata?.name ?? '';
        await orUndefined(core.deleteNamespacedPersistentVolumeClaim({ name, namespace }));
        const body = { metadata: { finalizers: null } };
        await orUndefined(core.patchNamespacedPersistentVolumeClaim({ name, namespace, body }, mergePatch));
      }
      for (const { metadata } of (await core.listNamespacedConfigMap({ namespace })).items.filter(named)) {
        await orUndefined(core.deleteNamespacedConfigMap({ name: metadata?.name ?? '', namespace }));
      }
      for (const { metadata } of (await core.listNamespacedSecret({ namespace })).items.filter(named)) {
        await orUndefined(core.deleteNamespacedSecret({ name: metadata?.name ?? '', namespace }));
      }
    },
  };
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 404) return undefined;
    throw error;
  }
}
