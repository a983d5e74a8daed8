import { inject } from 'vitest';
import { createCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { type ClusterWorld, type ConnectedCluster, createClusterAdmin } from '../contracts/cluster-world.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { startBreakableProxy } from './breakable-proxy.ts';
import { kubeConfigWithToken } from './control-plane.ts';
import { namespace } from './prepared-namespace.ts';

let worlds = 0;

/** The adapter on the real API server, with the rights of the manifests' Role and no others. */
export async function startRealCluster(): Promise<ClusterWorld> {
  const controlPlane = inject('controlPlane');
  worlds += 1;
  const ownInstance = `world-${worlds}`;
  const stop = new AbortController();
  const proxy = await startBreakableProxy(Number(new URL(controlPlane.url).port));
  const throughProxy = { ...controlPlane, url: `https://127.0.0.1:${proxy.port}` };
  async function connect(instance = ownInstance): Promise<ConnectedCluster> {
    const connection = createCluster({
      kubeConfig: kubeConfigWithToken(throughProxy, controlPlane.controllerToken),
      namespace,
      instance,
      logger: silentLogger,
      monotonic: () => performance.now(),
    });
    await connection.start(stop.signal);
    return connection;
  }
  const admin = createClusterAdmin(kubeConfigWithToken(controlPlane, controlPlane.adminToken), namespace);
  return {
    ...(await connect()),
    instance: ownInstance,
    connect,
    admin,
    disturb: { dropWatches: () => proxy.cutAll() },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await proxy[Symbol.asyncDispose]();
      await admin.removeAll(ownInstance);
    },
  };
}
