import { type ClusterOptions, createCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import {
  type SimulatedKubernetes,
  type SimulatedKubernetesOptions,
  startSimulatedKubernetes,
} from '../../../src/sandbox/kubernetes/simulated-kubernetes.ts';
import { type ClusterWorld, type ConnectedCluster, createClusterAdmin } from '../../contracts/cluster-world.ts';
import { silentLogger } from '../../support/silent-logger.ts';

export const namespace = 'poolkeeper';

export interface SimulatedClusterWorld extends ClusterWorld {
  readonly simulated: SimulatedKubernetes;
}

/** The adapter on the simulated server, connected. The kubelet is off unless asked for. */
export async function startSimulatedCluster(
  options: { readonly server?: SimulatedKubernetesOptions; readonly adapter?: Partial<ClusterOptions> } = {},
): Promise<SimulatedClusterWorld> {
  const simulated = await startSimulatedKubernetes({ kubelet: false, allowAnonymous: false, ...options.server });
  const stop = new AbortController();
  const kubeConfig = simulated.kubeConfig();
  async function connect(instance = 'default'): Promise<ConnectedCluster> {
    const connection = createCluster({
      kubeConfig,
      namespace,
      instance,
      logger: silentLogger,
      monotonic: () => performance.now(),
      timings: { backOffMinMs: 20 },
      ...options.adapter,
    });
    await connection.start(stop.signal);
    return connection;
  }
  return {
    ...(await connect()),
    instance: 'default',
    connect,
    simulated,
    admin: createClusterAdmin(simulated.kubeConfig('admin'), namespace),
    disturb: {
      dropWatches: () => simulated.dropWatches(),
      compact: () => simulated.compact(),
      repeatEvents(pod) {
        for (const watch of simulated.openWatches()) if (watch.plural === 'pods') watch.send('MODIFIED', pod);
      },
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await simulated.close();
    },
  };
}
