import { type Counter, Gauge, type Histogram, Registry } from 'prom-client';
import type { Metrics } from '../../ports/metrics.ts';
import { createMeters, type Meters } from './meters.ts';
import { PoolGaugeBoard } from './pool-gauges.ts';

/** One request to Azure DevOps, as the adapter tells it. */
export interface AzureDevOpsRequest {
  readonly organization: string;
  readonly operation: string;
  readonly result: string;
  readonly seconds: number;
  readonly rateLimitRemaining?: number;
  /** The wait that the service asked for. */
  readonly throttledSeconds?: number;
}

export interface PrometheusMetrics {
  readonly metrics: Metrics;
  readonly registry: Registry;
  azureDevOpsRequested(request: AzureDevOpsRequest): void;
  kubernetesRequested(request: { readonly operation: string; readonly result: string }): void;
}

/** Every metric of the controller in a registry of its own. */
export function createPrometheusMetrics(options: {
  readonly version: string;
  readonly cacheAgeSeconds: () => number;
}): PrometheusMetrics {
  const registry = new Registry();
  const meters = createMeters(registry);
  meters.buildInfo.set({ version: options.version }, 1);
  registry.registerMetric(cacheAgeGauge(options.cacheAgeSeconds));
  return {
    registry,
    metrics: { ...poolMetrics(meters, new PoolGaugeBoard(registry)), ...loopMetrics(meters), ...configMetrics(meters) },
    azureDevOpsRequested({ organization, operation, result, seconds, rateLimitRemaining, throttledSeconds }) {
      meters.azureDevOpsRequests.inc({ organization, operation, result });
      meters.azureDevOpsSeconds.observe({ organization, operation }, seconds);
      if (throttledSeconds !== undefined) meters.throttledSeconds.inc({ organization }, throttledSeconds);
      if (rateLimitRemaining !== undefined) meters.rateLimitRemaining.set({ organization }, rateLimitRemaining);
    },
    kubernetesRequested: (request) => meters.kubernetesRequests.inc({ ...request }),
  };
}

function cacheAgeGauge(read: () => number): Gauge {
  return new Gauge({
    name: 'poolkeeper_cache_age_seconds',
    help: 'Age of the cache of pods and claims.',
    registers: [],
    collect() {
      this.set(orInfinity(read));
    },
  });
}

/** One value that cannot be had must not cost the whole scrape; a cache that was never read is not fresh. */
function orInfinity(read: () => number): number {
  try {
    return read();
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function poolMetrics(meters: Meters, board: PoolGaugeBoard): PoolMetrics {
  return {
    poolObserved: (gauges) => board.set(gauges),
    poolForgotten(pool) {
      board.forget(pool);
      for (const meter of Object.values(meters)) void forgetSeries(meter, pool);
    },
    jobAssigned: (pool, seconds) => meters.queueSeconds.observe({ pool }, seconds),
    podCreatedForJob: (pool, seconds) => meters.creationSeconds.observe({ pool }, seconds),
    agentCameOnline: (pool, seconds) => meters.startupSeconds.observe({ pool }, seconds),
    agentHung: (pool) => meters.hung.inc({ pool }),
    agentLost: (pool) => meters.lost.inc({ pool }),
    startFailed: (pool, reason) => meters.startFailures.inc({ pool, reason }),
  };
}

/** Removes every series of a pool that is gone. */
async function forgetSeries(meter: Counter | Gauge | Histogram, pool: string): Promise<void> {
  const { values } = await meter.get();
  for (const { labels } of values) {
    if (labels.pool !== pool) continue;
    const { le: _bucket, ...own } = labels;
    meter.remove(own);
  }
}

type PoolMetrics = Omit<Metrics, keyof ReturnType<typeof loopMetrics> | keyof ReturnType<typeof configMetrics>>;

function loopMetrics(meters: Meters): Pick<Metrics, 'passCompleted' | 'actionApplied' | 'invariantBroken' | 'leading'> {
  return {
    passCompleted({ pool, result, seconds }) {
      meters.passes.inc({ pool, result });
      meters.passSeconds.observe({ pool }, seconds);
      meters.lastPass.set({ pool }, Date.now() / 1000);
    },
    actionApplied: (action) => meters.actions.inc({ ...action }),
    invariantBroken: (pool) => meters.breaches.inc({ pool }),
    leading: (leads) => meters.leader.set(Number(leads)),
  };
}

function configMetrics(meters: Meters): Pick<Metrics, 'configLoaded' | 'configInForce' | 'feedbackPosted'> {
  return {
    configLoaded({ result, documents, frozenPools, seconds }) {
      meters.configLoads.inc({ result });
      if (result !== 'failed') meters.configSuccess.set(Date.now() / 1000);
      if (result === 'accepted') meters.configSeconds.observe(seconds);
      if (frozenPools !== undefined) meters.frozenPools.set(frozenPools);
      for (const [state, count] of Object.entries(documents ?? {})) meters.configDocuments.set({ state }, count);
    },
    configInForce(revision) {
      meters.configInfo.reset();
      meters.configInfo.set({ revision }, 1);
    },
    feedbackPosted: (post) => meters.feedbackPosts.inc({ ...post }),
  };
}
