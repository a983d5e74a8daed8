import { expect, it } from 'vitest';
import { createCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { aPod, nameOf } from '../contracts/cluster-objects.ts';
import { createClusterAdmin } from '../contracts/cluster-world.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { prepareBinaries } from './binaries.ts';
import { kubeConfigWithToken, startControlPlane } from './control-plane.ts';
import { namespace, prepareNamespace } from './prepared-namespace.ts';

it('S59: an API server that restarts ages the cache, and is followed again without a storm of lists', async () => {
  await using controlPlane = await startControlPlane(await prepareBinaries(() => undefined));
  const token = await prepareNamespace(controlPlane);
  const admin = createClusterAdmin(kubeConfigWithToken(controlPlane, controlPlane.adminToken), namespace);
  const stop = new AbortController();
  const operations: string[] = [];
  const connection = createCluster({
    kubeConfig: kubeConfigWithToken(controlPlane, token),
    namespace,
    instance: 'default',
    logger: silentLogger,
    monotonic: () => performance.now(),
    onRequest: ({ operation }) => operations.push(operation),
  });
  const { cluster } = connection;
  try {
    await connection.start(stop.signal);
    await admin.addPod(aPod('default', 0));
    await admin.addPod(aPod('default', 1));
    await expect.poll(() => cluster.view().pods.length).toBe(2);

    await controlPlane.restartApiServer();
    const ageAfterRestart = cluster.view().ageMs;
    await admin.removePod(nameOf(aPod('default', 0)));
    await admin.addPod(aPod('default', 2));

    await expect
      .poll(
        () =>
          cluster
            .view()
            .pods.map(({ index }) => index)
            .toSorted((a, b) => a - b),
        { timeout: 30_000 },
      )
      .toEqual([1, 2]);
    expect(ageAfterRestart).toBeGreaterThan(1000);
    expect(cluster.view().ageMs).toBeLessThan(ageAfterRestart + 30_000);
    expect(operations.filter((operation) => operation === 'list-pods').length).toBeLessThanOrEqual(3);
    expect(operations.filter((operation) => operation === 'watch-pods').length).toBeLessThanOrEqual(8);
  } finally {
    stop.abort();
  }
});
