import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { KubeConfig, type V1PersistentVolumeClaim, type V1Pod, type V1PodStatus } from '@kubernetes/client-node';
import type { Authorizer } from './access-reviews.ts';
import { type ApiServerOptions, createApiServer } from './api-server.ts';
import { startClaimBinder } from './claim-binder.ts';
import { createFaults, type Faults, type RecordedRequest } from './faults.ts';
import { type KubeObject, SubmittedObject, toClaim, toPod } from './kube-object.ts';
import { type KubeletOptions, startKubelet } from './kubelet.ts';
import { createObject, type ObjectContext } from './object-requests.ts';
import { createObjectStore } from './object-store.ts';
import { containerEnvironment } from './pod-environment.ts';
import { parseResourcePath } from './resource-kinds.ts';
import { runUntilDeleted } from './run-until-deleted.ts';
import { type ChangeWaiter, createChangeWaiter } from './wait-for-change.ts';
import type { OpenWatch } from './watch-stream.ts';

export interface SimulatedKubernetesOptions extends Partial<Omit<KubeletOptions, 'store' | 'now'>> {
  /** Loopback port; 0 takes a free one. */
  readonly port?: number;
  readonly namespaces?: readonly string[];
  /** false: pods stay Pending and claims unbound, as in a control plane without nodes. */
  readonly kubelet?: boolean;
  readonly bookmarkIntervalMs?: number;
  /** So many changes are kept for watches that come back. */
  readonly historyLength?: number;
  readonly version?: string;
  /** Decides what a user may do; everything unless given. */
  readonly authorize?: Authorizer;
  /** Lets in requests without a token, unless false: kubectl sends none over plain HTTP. A wrong token is refused. */
  readonly allowAnonymous?: boolean;
}

/** A Kubernetes API over HTTP on loopback, with a scheduler and a kubelet that run pods as functions. */
export interface SimulatedKubernetes extends Pick<Faults, 'failNext' | 'failWhile'> {
  readonly url: string;
  /** For the client library. */
  kubeConfig(user?: string): KubeConfig;
  /** The same as a file's text, for kubectl. */
  kubeconfig(): string;
  pods(): readonly V1Pod[];
  claims(): readonly V1PersistentVolumeClaim[];
  requests(): readonly RecordedRequest[];
  clearRequests(): void;
  /** Connections opened since the start. */
  connections(): number;
  openWatches(): readonly OpenWatch[];
  /** Cuts every watch; the clients come back by themselves. */
  dropWatches(): void;
  /** Forgets the history: a watch that starts again gets 410 and must list. */
  readonly compact: () => void;
  /** Resolves once it holds, looked at after every change and request; rejects after the time-out (10 s). */
  readonly waitFor: ChangeWaiter['waitFor'];
  /** Creates an object as an administrator would; the body is what kubectl would send. */
  create(path: string, body: unknown): KubeObject;
  addSecret(name: string, data: Readonly<Record<string, string>>, namespace?: string): void;
  /** Overwrites a pod's status, as a kubelet would. */
  setPodStatus(name: string, status: V1PodStatus, namespace?: string): void;
  /** The variables of the pod's agent container. */
  environmentOf(pod: V1Pod, container?: string): Record<string, string>;
  /** The server's clock, which goes on from there. */
  setNow(ms: number): void;
  now(): number;
  close(): Promise<void>;
}

const defaultNamespace = 'poolkeeper';

/** Starts it; `close` ends every pod. */
export async function startSimulatedKubernetes(options: SimulatedKubernetesOptions = {}): Promise<SimulatedKubernetes> {
  const clock = createShiftedClock();
  const store = createObjectStore(options.historyLength ?? 10_000);
  const context: ObjectContext = { store, now: clock.now, pages: new Map() };
  const changes = createChangeWaiter();
  const stop = new AbortController();
  store.subscribe(changes.changed);
  for (const name of options.namespaces ?? [defaultNamespace]) {
    createAt(context, '/api/v1/namespaces', { metadata: { name } });
  }
  if (options.kubelet !== false) startNode(options, context, stop.signal);
  const tokens = new Map<string, string>();
  const api: ApiServerOptions = {
    context,
    ...apiDefaults,
    ...definedOnly(options),
    tokens,
    faults: createFaults(),
    recorded: [],
    watches: new Set<OpenWatch>(),
    changed: changes.changed,
  };
  const server = createApiServer(api);
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  const url = await listen(server, options.port ?? 0);
  return {
    ...controls({ api, url, changes, tokens }),
    connections: () => connections,
    setNow: clock.setNow,
    now: clock.now,
    async close() {
      stop.abort();
      dropAll(api.watches);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const apiDefaults = {
  authorize: () => true,
  allowAnonymous: true,
  bookmarkIntervalMs: 5000,
  version: 'v1.34.4',
} satisfies Partial<ApiServerOptions>;

function definedOnly(options: SimulatedKubernetesOptions): Partial<ApiServerOptions> {
  const { authorize, bookmarkIntervalMs, version, allowAnonymous } = options;
  return {
    ...(authorize && { authorize }),
    ...(bookmarkIntervalMs !== undefined && { bookmarkIntervalMs }),
    ...(version !== undefined && { version }),
    ...(allowAnonymous !== undefined && { allowAnonymous }),
  };
}

async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}`;
}

type Controls = Omit<SimulatedKubernetes, 'connections' | 'setNow' | 'now' | 'close'>;

function controls(world: {
  readonly api: ApiServerOptions;
  readonly url: string;
  readonly changes: ChangeWaiter;
  readonly tokens: Map<string, string>;
}): Controls {
  const { api, url, changes, tokens } = world;
  const { context, recorded, watches, faults } = api;
  const { store } = context;
  const create = (path: string, body: unknown) => createAt(context, path, body);
  const kubeConfig = (user = 'poolkeeper') => kubeConfigFor(url, user, tokens);
  return {
    url,
    kubeConfig,
    kubeconfig: () => kubeConfig().exportConfig(),
    pods: () => store.list('pods').map(toPod),
    claims: () => store.list('persistentvolumeclaims').map(toClaim),
    requests: () => recorded,
    clearRequests: () => void recorded.splice(0),
    openWatches: () => [...watches],
    dropWatches: () => dropAll(watches),
    compact: store.compact,
    waitFor: changes.waitFor,
    create,
    addSecret(name, data, namespace = defaultNamespace) {
      create(`/api/v1/namespaces/${namespace}/secrets`, { metadata: { name }, data: encodeValues(data) });
    },
    setPodStatus(name, status, namespace = defaultNamespace) {
      const object = store.get('pods', { namespace, name });
      if (object) store.put('pods', { ...object, status: JSON.parse(JSON.stringify(status)) });
    },
    environmentOf: (pod, container = 'agent') => containerEnvironment(store, pod, container),
    failNext: faults.failNext,
    failWhile: faults.failWhile,
  };
}

const nodeDefaults = {
  runPod: runUntilDeleted,
  schedulingDelayMs: 0,
  startDelayMs: 0,
  unschedulable: () => undefined,
  imageProblem: () => undefined,
} satisfies Partial<KubeletOptions>;

function startNode(options: SimulatedKubernetesOptions, { store, now }: ObjectContext, signal: AbortSignal): void {
  startKubelet({ ...nodeDefaults, ...options, store, now }, signal);
  signal.addEventListener('abort', startClaimBinder(store));
}

function createShiftedClock(): { now: () => number; setNow: (ms: number) => void } {
  let shiftMs = 0;
  return {
    now: () => Date.now() + shiftMs,
    setNow: (ms) => {
      shiftMs = ms - Date.now();
    },
  };
}

function createAt(context: ObjectContext, pathname: string, body: unknown): KubeObject {
  const path = parseResourcePath(pathname);
  if (!path) throw new Error(`${pathname} is no collection of the simulated server`);
  return createObject(context, path, SubmittedObject.parse(JSON.parse(JSON.stringify(body))));
}

function kubeConfigFor(url: string, user: string, tokens: Map<string, string>): KubeConfig {
  const token = `simulated-${randomUUID()}`;
  tokens.set(token, user);
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'simulated', server: url, skipTLSVerify: true }],
    users: [{ name: user, token }],
    contexts: [{ name: 'simulated', cluster: 'simulated', user, namespace: defaultNamespace }],
    currentContext: 'simulated',
  });
  return config;
}

function encodeValues(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}

function dropAll(watches: Iterable<OpenWatch>): void {
  for (const watch of watches) watch.drop();
}
