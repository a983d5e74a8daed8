import { AuthorizationV1Api, CoordinationV1Api, CoreV1Api, type KubeConfig, VersionApi } from '@kubernetes/client-node';
import type { AgentPod, VolumeClaim } from '../../pool/observation.ts';
import type { AcceptedSetStore, Cluster } from '../../ports/cluster.ts';
import type { Leadership } from '../../ports/leadership.ts';
import type { Logger } from '../../ports/logger.ts';
import { createAcceptedSetStore } from './accepted-set.ts';
import { type ApiCaller, createApiCaller, type KubernetesRequest } from './api-caller.ts';
import { AbsentError } from './api-errors.ts';
import { createClusterWrites } from './cluster-writes.ts';
import { createLeaseElection, type LeaseTimings } from './lease-election.ts';
import { createObjectCache } from './object-cache.ts';
import { createOwnWrites } from './own-writes.ts';
import { PooledKubeConfig } from './pooled-kube-config.ts';
import { reflectedClaims, reflectedPods } from './reflected-kinds.ts';
import { createReflector, type ReflectedKind, type ReflectorTimings, reflectorTimings } from './reflector.ts';
import { checkServerVersion, findMissingPermissions } from './server-checks.ts';
import { createServerClock } from './server-clock.ts';

export interface ClusterOptions {
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
  readonly instance: string;
  readonly logger: Logger;
  readonly monotonic: () => number;
  /** At least 0, below 1; for jitter. */
  readonly random?: () => number;
  readonly onRequest?: (request: KubernetesRequest) => void;
  readonly timings?: Partial<ReflectorTimings & { readonly requestTimeoutMs: number }>;
}

export interface ClusterConnection {
  readonly cluster: Cluster;
  readonly acceptedSet: AcceptedSetStore;
  /**
   * Keeps the caches until the signal aborts. Resolves when pods and claims were listed once, which is retried until
   * it succeeds; rejects only with the signal's reason.
   */
  start(signal: AbortSignal): Promise<void>;
  /** Throws `PermanentError` below Kubernetes 1.29. */
  checkServerVersion(signal: AbortSignal): Promise<void>;
  /** The election of the one process that writes; `identity` names this one. */
  leadership(identity: string, timings?: Partial<LeaseTimings>): Leadership;
  /** What the Role lacks, in words; empty when nothing is missing. */
  missingPermissions(signal: AbortSignal): Promise<readonly string[]>;
}

const requestTimeoutMs = 10_000;
/** Short enough for a second attempt before the lease runs out. */
const leaseRequestTimeoutMs = 4000;

/** The agents' namespace of one cluster, over the Kubernetes API. */
export function createCluster(options: ClusterOptions): ClusterConnection {
  const { namespace, instance, logger, monotonic } = options;
  const timings = { ...reflectorTimings, requestTimeoutMs, ...options.timings };
  const onRequest = options.onRequest ?? (() => undefined);
  const clock = createServerClock(monotonic);
  const config = new PooledKubeConfig(options.kubeConfig, monotonic);
  const core = config.makeApiClient(CoreV1Api);
  const caller = createApiCaller({ namespace, clock, onRequest, timeoutMs: timings.requestTimeoutMs });
  const listeners = createListeners(logger);
  const reflection = { caller, core, config, namespace, instance, idleMs: timings.idleMs, onRequest };
  const shared = { logger, monotonic, random: options.random ?? Math.random, timings, changed: listeners.tell };
  const pods = reflect<AgentPod>(reflectedPods(reflection), shared);
  const claims = reflect<VolumeClaim>(reflectedClaims(reflection), shared);
  const access = { caller, core, namespace };

  const cluster: Cluster = {
    view: () => ({
      pods: pods.own.values(),
      claims: claims.own.values(),
      ageMs: Math.max(pods.reflector.ageMs(), claims.reflector.ageMs()),
      serverTime: clock.now(),
    }),
    onChange: listeners.add,
    ...createClusterWrites({ ...access, ownPods: pods.own, ownClaims: claims.own }),
    readSecret: (name, signal) => readSecret(access, name, signal),
    namespaceUid: (signal) => readNamespaceUid(access, signal),
  };
  return {
    cluster,
    acceptedSet: createAcceptedSetStore({ ...access, instance }),
    leadership: (identity, leaseTimings = {}) =>
      createLeaseElection({
        timings: leaseTimings,
        caller: createApiCaller({ namespace, clock, onRequest, timeoutMs: leaseRequestTimeoutMs }),
        coordination: config.makeApiClient(CoordinationV1Api),
        namespace,
        leaseName: `poolkeeper-${instance}`,
        identity,
        monotonic,
        logger,
      }),
    start: (signal) => startReflectors([pods.reflector, claims.reflector], signal),
    checkServerVersion: (signal) => checkServerVersion(caller, config.makeApiClient(VersionApi), signal),
    missingPermissions: (signal) =>
      findMissingPermissions({ caller, authorization: config.makeApiClient(AuthorizationV1Api), namespace }, signal),
  };
}

function reflect<T>(kind: ReflectedKind<T>, shared: Omit<Parameters<typeof createReflector<T>>[0], 'kind' | 'cache'>) {
  const cache = createObjectCache<T>();
  return { reflector: createReflector({ ...shared, kind, cache }), own: createOwnWrites(cache, shared.monotonic) };
}

async function startReflectors(
  reflectors: readonly ReturnType<typeof createReflector>[],
  signal: AbortSignal,
): Promise<void> {
  const stopped = Promise.withResolvers<never>();
  const listed = reflectors.map((reflector) => {
    const first = Promise.withResolvers<void>();
    reflector.run(signal, first.resolve).then(() => stopped.reject(signal.reason), stopped.reject);
    return first.promise;
  });
  // After the first lists nobody waits for the end.
  stopped.promise.catch(() => undefined);
  await Promise.race([Promise.all(listed), stopped.promise]);
}

interface Listeners {
  readonly add: Cluster['onChange'];
  readonly tell: (pools: Iterable<string>) => void;
}

function createListeners(logger: Logger): Listeners {
  const listeners = new Set<(pool: string) => void>();
  function tellOne(listener: (pool: string) => void, pool: string): void {
    try {
      listener(pool);
    } catch (error) {
      logger.error({ pool, err: error }, 'cluster change listener failed');
    }
  }
  return {
    add(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell(pools) {
      for (const pool of pools) for (const listener of listeners) tellOne(listener, pool);
    },
  };
}

interface Access {
  readonly caller: ApiCaller;
  readonly core: CoreV1Api;
  readonly namespace: string;
}

async function readSecret(
  { caller, core, namespace }: Access,
  name: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const call = { operation: 'get-secrets', subject: `secret ${name}`, signal } as const;
    const { data = {} } = await caller.call(call, (options) => core.readNamespacedSecret({ name, namespace }, options));
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
    );
  } catch (error) {
    if (error instanceof AbsentError) return undefined;
    throw error;
  }
}

async function readNamespaceUid({ caller, core, namespace }: Access, signal: AbortSignal): Promise<string> {
  const call = { operation: 'get-namespaces', subject: `namespace ${namespace}`, signal } as const;
  const { metadata } = await caller.call(call, (options) => core.readNamespace({ name: namespace }, options));
  return metadata?.uid ?? '';
}
