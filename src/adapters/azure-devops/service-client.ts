import { WebApi } from 'azure-devops-node-api';
import type { IGitApi } from 'azure-devops-node-api/GitApi.js';
import type { ILocationsApi } from 'azure-devops-node-api/LocationsApi.js';
import type { ITaskAgentApi } from 'azure-devops-node-api/TaskAgentApi.js';
import { authorize, currentCall, type GuardedClientOptions, GuardedHttpClient } from './guarded-http-client.ts';
import { createSharedCalls } from './shared-calls.ts';

/** One organization or collection under one token: the client library, with every request guarded. */
export interface ServiceClient {
  taskAgentApi(signal: AbortSignal): Promise<ITaskAgentApi>;
  gitApi(signal: AbortSignal): Promise<IGitApi>;
  /** The service's clock now. */
  serverNow(): number;
  /** Ids of agent pools by lower-case name, as last looked up. */
  readonly poolIds: Map<string, number>;
}

// Reading any one location makes the library keep the locations of the whole area.
const poolsLocation = 'a8c47e17-4d56-4a56-92bb-de7ea7dc65be';
const statusesLocation = '428dd4fb-fda5-4722-af02-9313b80305da';

export function createServiceClient(options: GuardedClientOptions): ServiceClient {
  const webApi = new GuardedWebApi(options);
  return {
    taskAgentApi: startedOnce(async () => {
      const api = webApi.guard(await webApi.getTaskAgentApi());
      await api.vsoClient.beginGetLocation('distributedtask', poolsLocation);
      return api;
    }),
    gitApi: startedOnce(async () => {
      const api = webApi.guard(await webApi.getGitApi());
      await api.vsoClient.beginGetLocation('git', statusesLocation);
      return api;
    }),
    serverNow: () => webApi.client.serverNow(),
    poolIds: new Map(),
  };
}

/** The library makes clients of its own while it starts; they must be guarded too. */
class GuardedWebApi extends WebApi {
  readonly client: GuardedHttpClient;

  constructor(options: GuardedClientOptions) {
    const settings = { productName: 'poolkeeper', productVersion: '', userAgent: options.userAgent };
    super(options.baseUrl, authorize(options.token), undefined, settings);
    this.client = new GuardedHttpClient(options);
  }

  guard<T extends ILocationsApi | ITaskAgentApi | IGitApi>(api: T): T {
    api.rest.client = this.client;
    return api;
  }

  override async getLocationsApi(...args: Parameters<WebApi['getLocationsApi']>): Promise<ILocationsApi> {
    return this.guard(await super.getLocationsApi(...args));
  }
}

/** Starts once for everybody who asks meanwhile, and keeps only a success. */
function startedOnce<T>(start: () => Promise<T>): (signal: AbortSignal) => Promise<T> {
  const starts = createSharedCalls<{ readonly api: T }>();
  let started: { readonly api: T } | undefined;
  return async (signal) => {
    if (started !== undefined) return started.api;
    started = await starts.run('start', signal, async (shared) => {
      const trace = { signal: shared, serverTime: undefined, rateLimitRemaining: undefined, waitMs: undefined };
      return { api: await currentCall.run(trace, start) };
    });
    return started.api;
  };
}
