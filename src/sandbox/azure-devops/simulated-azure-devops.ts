import type { AddressInfo } from 'node:net';
import { createFaultList, type FaultList } from './faults.ts';
import { createHttpServer, type RecordedRequest } from './http-server.ts';
import type { ServiceProfile } from './locations.ts';
import { createControls, type ServiceControls } from './service-controls.ts';
import { realSpeeds, type ServiceEvent, type ServiceEventKind, type ServiceSpeeds } from './state.ts';
import { createStatusStore, type StoredStatus } from './status-store.ts';
import { World } from './world.ts';

export interface SimulatedAzureDevOpsOptions {
  /** Absent: a free one. */
  readonly port?: number;
  /** Organization, or collection of a Server. */
  readonly organization?: string;
  /** What it accepts as credential. */
  readonly tokens?: readonly string[];
  readonly profile?: ServiceProfile;
  readonly speeds?: Partial<ServiceSpeeds>;
  /** What becomes of a job that no registered agent could run: `fail`, as the service does, unless told otherwise. */
  readonly unmatchedJobs?: 'fail' | 'wait';
  /** Jobs that may run at once; absent: no limit. */
  readonly parallelJobs?: number;
  readonly now?: () => number;
}

/** Azure DevOps over HTTP on loopback, as far as agents, their scaler and commit statuses need it. */
export interface SimulatedAzureDevOps extends ServiceControls, Pick<FaultList, 'failNext' | 'failWhile'> {
  /** What goes into a pool definition. */
  readonly url: string;
  readonly organization: string;
  readonly profile: ServiceProfile;
  statuses(commit: string): readonly StoredStatus[];
  /** Every request so far, oldest first. */
  requests(): readonly RecordedRequest[];
  /** Rotates the credentials. */
  setTokens(tokens: readonly string[]): void;
  setClock(now: () => number): void;
  /** Calls back on what happens. Returns a function that ends it. */
  on(kind: ServiceEventKind, listener: (event: ServiceEvent) => void): () => void;
  /** Resolves once the predicate holds; looked at every few milliseconds. Rejects after that time. */
  waitFor(predicate: () => boolean, timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

export async function startSimulatedAzureDevOps(
  options: SimulatedAzureDevOpsOptions = {},
): Promise<SimulatedAzureDevOps> {
  const { organization = 'sandbox', profile = 'services', parallelJobs, unmatchedJobs = 'fail' } = options;
  const speeds = { ...realSpeeds, ...options.speeds };
  let now = options.now ?? Date.now;
  let tokens = new Set(options.tokens ?? ['simulated-token']);
  let url = '';
  const requests: RecordedRequest[] = [];
  const faults = createFaultList();
  const statuses = createStatusStore();
  const world = new World({ now: () => now(), speeds, unmatchedJobs, parallelJobs });
  const prefix = profile === 'server' ? `/tfs/${organization}` : `/${organization}`;
  const app = createHttpServer({
    context: { world, statuses, profile, speeds, parallelJobs, baseUrl: () => url },
    prefix,
    faults,
    isKnownToken: (token) => tokens.has(token),
    onRequest: (request) => void requests.push(request),
  });
  await app.listen({ port: options.port ?? 0, host: '127.0.0.1' });
  url = `http://127.0.0.1:${portOf(app.server.address())}${prefix}`;
  const sweeps = setInterval(() => world.sweep(), speeds.sweepMs).unref();

  return {
    url,
    organization,
    profile,
    ...createControls(world),
    failNext: (fault) => faults.failNext(fault),
    failWhile: (fault) => faults.failWhile(fault),
    statuses: (commit) => statuses.ofCommit(commit),
    requests: () => requests,
    setTokens: (accepted) => {
      tokens = new Set(accepted);
    },
    setClock: (clock) => {
      now = clock;
      world.sweep();
    },
    on: (kind, listener) => subscribe(world, kind, listener),
    waitFor,
    close: async () => {
      clearInterval(sweeps);
      await app.close();
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the simulated service listens on no port');
  return address.port;
}

function subscribe(world: World, kind: ServiceEventKind, listener: (event: ServiceEvent) => void): () => void {
  const handler = (event: ServiceEvent) => {
    if (event.kind === kind) listener(event);
  };
  world.listeners.add(handler);
  return () => void world.listeners.delete(handler);
}

/** Looks every few milliseconds, since what is waited for may lie outside the service. */
async function waitFor(predicate: () => boolean, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!predicate()) {
    if (performance.now() > deadline) throw new Error(`not so within ${timeoutMs} ms: ${predicate.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
