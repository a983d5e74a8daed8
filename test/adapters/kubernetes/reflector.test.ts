import { Watch } from '@kubernetes/client-node';
import { afterEach, describe, expect, it } from 'vitest';
import { createCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { reflectorTimings } from '../../../src/adapters/kubernetes/reflector.ts';
import type { SimulatedKubernetes } from '../../../src/sandbox/kubernetes/simulated-kubernetes.ts';
import { aPod, nameOf } from '../../contracts/cluster-objects.ts';
import { recordingLogger } from './recording-logger.ts';
import { namespace, type SimulatedClusterWorld, startSimulatedCluster } from './simulated-cluster.ts';

describe('the watch cache', () => {
  const worlds: SimulatedClusterWorld[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
  });

  async function start(...options: Parameters<typeof startSimulatedCluster>): Promise<SimulatedClusterWorld> {
    const world = await startSimulatedCluster(...options);
    worlds.push(world);
    return world;
  }

  const count = (simulated: SimulatedKubernetes, verb: 'list' | 'watch') =>
    simulated.requests().filter((request) => request.verb === verb && request.resource === 'pods').length;

  it('keeps the promise of the figures: idle and list times below the age at which nothing may be removed', () => {
    // With one list that takes as long as a request may.
    expect(reflectorTimings.idleMs + 10_000).toBeLessThan(150_000);
    expect(reflectorTimings.relistMs).toBeLessThanOrEqual(300_000);
    expect(reflectorTimings.watchSeconds).toBeGreaterThanOrEqual(240);
    expect(reflectorTimings).toMatchObject({ backOffMinMs: 1000, backOffMaxMs: 30_000, healthyMs: 60_000 });
  });

  it('knows the field by which the library would end a quiet watch after 30 s', async () => {
    const { simulated } = await start();

    expect(Reflect.get(new Watch(simulated.kubeConfig()), 'requestTimeoutMs')).toBe(30_000);
  });

  it('S59: is older the longer nothing proves it, and young again with the next bookmark', async () => {
    let now = 1000;
    const { cluster, simulated } = await start({
      adapter: { monotonic: () => now },
      server: { bookmarkIntervalMs: 20 },
    });
    const endFaults = simulated.failWhile({}, { kind: 'status', status: 503 });
    simulated.dropWatches();
    await expect.poll(() => simulated.openWatches().length).toBe(0);

    now += 200_000;
    const ageWhileAway = cluster.view().ageMs;
    endFaults();

    expect(ageWhileAway).toBeGreaterThanOrEqual(200_000);
    await expect.poll(() => cluster.view().ageMs).toBe(0);
  });

  it('S59: asks ever more rarely while the server refuses, and goes on without a list when it is back', async () => {
    const logger = recordingLogger();
    const { cluster, simulated, admin } = await start({ adapter: { logger, random: () => 1 } });
    await expect.poll(() => simulated.openWatches().length).toBe(2);
    const endFaults = simulated.failWhile({ verb: 'watch' }, { kind: 'status', status: 500 });
    simulated.clearRequests();

    simulated.dropWatches();
    // 20 + 40 + 80 + 160 ms and so on: the fifth attempt comes after 300 ms at the earliest.
    await simulated.waitFor('five attempts', () => count(simulated, 'watch') >= 5);
    const times = simulated
      .requests()
      .filter(({ verb, resource }) => verb === 'watch' && resource === 'pods')
      .map(({ at }) => at);
    endFaults();
    await admin.addPod(aPod('default', 0));
    await expect.poll(() => cluster.view().pods.length, { timeout: 10_000 }).toBe(1);

    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(250);
    expect(count(simulated, 'list')).toBe(0);
    const told = logger.lines.filter(({ fields }) => fields.resource === 'pods').map(({ message }) => message);
    expect(told).toEqual(['kubernetes watch failing', 'kubernetes watch works again']);
  });

  it('S59: lists again after 410, but not in a storm when 410 stays', async () => {
    const { simulated } = await start({ adapter: { random: () => 1 } });
    const endFaults = simulated.failWhile({ verb: 'watch' }, { kind: 'status', status: 410, reason: 'Expired' });
    simulated.clearRequests();

    simulated.dropWatches();
    await simulated.waitFor('five lists', () => count(simulated, 'list') >= 5);
    const lists = simulated.requests().filter(({ verb, resource }) => verb === 'list' && resource === 'pods');
    endFaults();

    expect((lists.at(-1)?.at ?? 0) - (lists[0]?.at ?? 0)).toBeGreaterThanOrEqual(250);
  });

  it('leaves a server alone that asks for it', async () => {
    const { simulated } = await start();
    await expect.poll(() => simulated.openWatches().length).toBe(2);
    const told = { kind: 'status', status: 429, reason: 'TooManyRequests', headers: { 'retry-after': '1' } } as const;
    simulated.failNext({ verb: 'list', resource: 'pods' }, told);
    simulated.clearRequests();

    simulated.compact();
    simulated.dropWatches();
    await simulated.waitFor('the second list', () => count(simulated, 'list') >= 2);

    const [first, second] = simulated.requests().filter(({ verb, resource }) => verb === 'list' && resource === 'pods');
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  it('lists again after an error event', async () => {
    const { simulated } = await start();
    await expect.poll(() => simulated.openWatches().length).toBe(2);
    const before = count(simulated, 'list');

    for (const watch of simulated.openWatches())
      watch.send('ERROR', { kind: 'Status', code: 500, message: 'etcd compacted' });

    await simulated.waitFor('another list', () => count(simulated, 'list') > before);
  });

  it('lists again when a watch says nothing for the idle time', async () => {
    const { simulated } = await start({
      server: { bookmarkIntervalMs: 60_000 },
      adapter: { timings: { idleMs: 100, backOffMinMs: 10 } },
    });

    await simulated.waitFor('two more lists', () => count(simulated, 'list') >= 3);
  });

  it('lists again before the list is older than allowed, though the watch is well', async () => {
    const { simulated } = await start({
      server: { bookmarkIntervalMs: 10 },
      adapter: { timings: { relistMs: 100, backOffMinMs: 10 } },
    });

    await simulated.waitFor('two more lists', () => count(simulated, 'list') >= 3);
  });

  it('goes on where it was when the server ends a watch in good order', async () => {
    const { cluster, simulated, admin } = await start({
      server: { bookmarkIntervalMs: 10 },
      adapter: { timings: { backOffMinMs: 10 } },
    });
    await expect.poll(() => simulated.openWatches().length).toBe(2);
    const lists = count(simulated, 'list');
    const watches = count(simulated, 'watch');

    simulated.dropWatches();
    await simulated.waitFor('another watch', () => count(simulated, 'watch') > watches);
    await admin.addPod(aPod('default', 0));

    await expect.poll(() => cluster.view().pods.length).toBe(1);
    expect(count(simulated, 'list')).toBe(lists);
  });

  it('survives events that make no sense', async () => {
    const logger = recordingLogger();
    const { cluster, simulated, admin } = await start({ adapter: { logger } });
    await expect.poll(() => simulated.openWatches().length).toBe(2);

    for (const watch of simulated.openWatches()) {
      watch.send('ADDED', { kind: 'Pod' });
      watch.send('ADDED', null);
      watch.send('SOMETHING', 'else');
    }
    await admin.addPod(aPod('default', 0));

    await expect.poll(() => cluster.view().pods.map(({ name }) => name)).toEqual([nameOf(aPod('default', 0))]);
    expect(logger.lines.some(({ message }) => message === 'kubernetes event not understood')).toBe(true);
  });

  it('starts when the server answers at last, and not before', async () => {
    const { simulated } = await start();
    const endFaults = simulated.failWhile({ verb: 'list' }, { kind: 'status', status: 503 });
    const stop = new AbortController();
    const connection = createCluster({
      kubeConfig: simulated.kubeConfig(),
      namespace,
      instance: 'late',
      logger: recordingLogger(),
      monotonic: () => performance.now(),
      timings: { backOffMinMs: 10 },
    });
    simulated.clearRequests();
    let started = false;

    const starting = connection.start(stop.signal).then(() => (started = true));
    await simulated.waitFor('several attempts', () => count(simulated, 'list') >= 3);
    expect(started).toBe(false);
    expect(connection.cluster.view().ageMs).toBe(Number.POSITIVE_INFINITY);
    endFaults();
    await starting;

    expect(connection.cluster.view().ageMs).toBeLessThan(10_000);
    stop.abort();
  });

  it('gives up starting when the signal aborts', async () => {
    const { simulated } = await start();
    simulated.failWhile({ verb: 'list' }, { kind: 'hang' });
    const stop = new AbortController();
    const connection = createCluster({
      kubeConfig: simulated.kubeConfig(),
      namespace,
      instance: 'never',
      logger: recordingLogger(),
      monotonic: () => performance.now(),
    });
    const starting = connection.start(stop.signal);

    stop.abort(new Error('stopping'));

    await expect(starting).rejects.toThrow('stopping');
  });

  it('opens one connection for many requests', async () => {
    const { cluster, simulated } = await start();
    const { signal } = new AbortController();
    await cluster.namespaceUid(signal);
    const before = simulated.connections();

    for (let index = 0; index < 10; index += 1) await cluster.createPod(aPod('default', index), signal);

    expect(simulated.connections() - before).toBeLessThanOrEqual(1);
  });
});
