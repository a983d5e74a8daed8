import { afterEach, beforeEach } from 'vitest';
import { type AzureDevOpsOptions, createAzureDevOps } from '../../../src/adapters/azure-devops/azure-devops.ts';
import type { ServiceRequestEvent } from '../../../src/adapters/azure-devops/service-caller.ts';
import type { PoolConnection } from '../../../src/pool/spec.ts';
import type { AzureDevOps } from '../../../src/ports/azure-devops.ts';
import {
  type SimulatedAzureDevOps,
  startSimulatedAzureDevOps,
} from '../../../src/sandbox/azure-devops/simulated-azure-devops.ts';

export const token = 'c3VwZXItc2VjcmV0LXRva2Vu';

/** The adapter before a simulated service with one empty pool, made anew for each test. */
export interface AdapterFixture {
  readonly service: SimulatedAzureDevOps;
  readonly connection: PoolConnection;
  /** What the adapter reported. */
  readonly events: ServiceRequestEvent[];
  readonly adapter: (options?: Partial<AzureDevOpsOptions>) => AzureDevOps;
  /** Moves the monotonic clock of every adapter. */
  readonly pass: (ms: number) => void;
  /** How often the service was asked that. */
  readonly sent: (operation: string) => number;
}

/** Call it once in a test file; the function gives the fixture of the running test. */
export function useAdapterFixture(): () => AdapterFixture {
  let current: AdapterFixture | undefined;

  beforeEach(async () => {
    current = await createFixture();
  });

  afterEach(async () => {
    await current?.service.close();
    current = undefined;
  });

  return () => {
    if (current === undefined) throw new Error('the fixture exists only within a test');
    return current;
  };
}

async function createFixture(): Promise<AdapterFixture> {
  const service = await startSimulatedAzureDevOps({ tokens: [token], unmatchedJobs: 'wait' });
  service.addPool('Linux');
  const events: ServiceRequestEvent[] = [];
  let passedMs = 0;
  return {
    service,
    events,
    connection: {
      url: service.url,
      organization: service.organization,
      pool: 'Linux',
      credential: { secretName: 'azure-devops' },
    },
    adapter: (options) =>
      createAzureDevOps({
        readToken: () => Promise.resolve(token),
        now: () => Date.now(),
        monotonic: () => performance.now() + passedMs,
        onRequest: (event) => void events.push(event),
        ...options,
      }),
    pass: (ms) => {
      passedMs += ms;
    },
    sent: (operation) => service.requests().filter((request) => request.operation === operation).length,
  };
}

/** Everything that a log could print of an error. */
export function everythingIn(error: unknown): string {
  const texts: string[] = [];
  for (let current = error; current instanceof Error; current = current.cause) {
    const fields = JSON.stringify(current, Object.getOwnPropertyNames(current));
    texts.push(current.name, current.message, current.stack ?? '', fields);
  }
  return texts.join('\n');
}
