import { describe, expect, it } from 'vitest';
import { createCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import {
  type SimulatedKubernetesOptions,
  startSimulatedKubernetes,
} from '../../../src/sandbox/kubernetes/simulated-kubernetes.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { namespace } from './simulated-cluster.ts';

describe('the checks before the start', () => {
  const { signal } = new AbortController();

  async function connect(options: SimulatedKubernetesOptions) {
    const simulated = await startSimulatedKubernetes(options);
    const connection = createCluster({
      kubeConfig: simulated.kubeConfig(),
      namespace,
      instance: 'default',
      logger: silentLogger,
      monotonic: () => performance.now(),
    });
    return { connection, [Symbol.asyncDispose]: () => simulated.close() };
  }

  it.each`
    version      | enough   | why
    ${'v1.28.9'} | ${false} | ${'no native sidecars'}
    ${'v1.29.0'} | ${true}  | ${'the first with native sidecars'}
    ${'v1.34+'}  | ${true}  | ${'some services write a plus sign'}
    ${'v2.0.0'}  | ${true}  | ${'a later major version'}
  `('Kubernetes $version: $why', async ({ version, enough }) => {
    await using world = await connect({ version });

    const check = world.connection.checkServerVersion(signal);

    if (enough) await expect(check).resolves.toBeUndefined();
    else await expect(check).rejects.toThrow(/v1.28.9 is too old: Poolkeeper needs 1.29 or newer/);
  });

  it('names exactly what the Role lacks', async () => {
    await using world = await connect({
      authorize: ({ verb, resource }) => resource !== 'configmaps' && !(verb === 'delete' && resource === 'pods'),
    });

    expect(await world.connection.missingPermissions(signal)).toEqual([
      'delete pods',
      'get configmaps',
      'list configmaps',
      'create configmaps',
      'update configmaps',
      'delete configmaps',
    ]);
  });

  it('finds nothing missing where everything is granted', async () => {
    await using world = await connect({});

    expect(await world.connection.missingPermissions(signal)).toEqual([]);
  });
});
