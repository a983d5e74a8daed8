import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import type { Leadership } from '../../../src/ports/leadership.ts';
import {
  type SimulatedKubernetes,
  startSimulatedKubernetes,
} from '../../../src/sandbox/kubernetes/simulated-kubernetes.ts';
import { silentLogger } from '../../support/silent-logger.ts';

const timings = { durationMs: 400, renewWithinMs: 250, retryMs: 30 };
let simulated: SimulatedKubernetes;
let stop: AbortController;
/** Added to a process's own monotonic clock, as after a long pause. */
let pausedMs: Record<string, number>;

beforeEach(async () => {
  simulated = await startSimulatedKubernetes({ kubelet: false });
  stop = new AbortController();
  pausedMs = {};
});

afterEach(async () => {
  stop.abort();
  await simulated.close();
});

function candidate(identity: string): Leadership {
  return createCluster({
    kubeConfig: simulated.kubeConfig(),
    namespace: 'poolkeeper',
    instance: 'default',
    logger: silentLogger,
    monotonic: () => performance.now() + (pausedMs[identity] ?? 0),
  }).leadership(identity, timings);
}

/** Whether it leads within that time. */
async function leadsWithin(leadership: Promise<AbortSignal | undefined>, ms: number): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), ms));
  return Promise.race([leadership.then((signal) => signal !== undefined), late]);
}

describe('the election of the one that writes', () => {
  it('one leads and keeps leading, another waits', async () => {
    const [one, two] = [candidate('one'), candidate('two')];
    expect(await leadsWithin(one.acquire(stop.signal), 1000)).toBe(true);

    expect(await leadsWithin(two.acquire(stop.signal), 3 * timings.durationMs)).toBe(false);
    expect(one.holds()).toBe(true);
    expect(two.holds()).toBe(false);
  });

  it('two that begin at the same moment never both hold', async () => {
    const both = [candidate('one'), candidate('two')];
    void Promise.all(both.map((each) => each.acquire(stop.signal)));
    for (let n = 0; n < 40; n += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(both.filter((each) => each.holds()).length).toBeLessThanOrEqual(1);
    }
    expect(both.filter((each) => each.holds()).length).toBe(1);
  });

  it('a lease that was given up is taken at once', async () => {
    const [one, two] = [candidate('one'), candidate('two')];
    const own = new AbortController();
    await one.acquire(own.signal);
    const waiting = two.acquire(stop.signal);
    own.abort();
    await one.release();

    expect(await leadsWithin(waiting, timings.durationMs / 2)).toBe(true);
  });

  it('the lease of one that died is taken once it has run out, judged by our own clock', async () => {
    const own = new AbortController();
    await candidate('one').acquire(own.signal);
    own.abort();
    simulated.setNow(simulated.now() + 3_600_000);
    const waiting = candidate('two').acquire(stop.signal);

    expect(await leadsWithin(waiting, timings.durationMs / 2)).toBe(false);
    expect(await leadsWithin(waiting, 3 * timings.durationMs)).toBe(true);
  });

  it('S58: a leader that was paused does not hold the lease when it wakes, whatever it believes', async () => {
    const one = candidate('one');
    await one.acquire(stop.signal);

    pausedMs.one = 60_000;

    expect(one.holds()).toBe(false);
  });

  it('a leader that cannot renew stops holding before another may take over, and is told', async () => {
    const one = candidate('one');
    const leading = await one.acquire(stop.signal);
    const lost = new Promise<number>((resolve) => leading?.addEventListener('abort', () => resolve(performance.now())));
    const began = performance.now();
    simulated.failWhile({ resource: 'leases' }, { kind: 'status', status: 500 });

    expect((await lost) - began).toBeLessThan(timings.durationMs);
    expect(one.holds()).toBe(false);
  });
});
