import {
  ApiException,
  type ConfigurationOptions,
  IsomorphicFetchHttpLibrary,
  type PatchStrategy,
  wrapHttpLibrary,
} from '@kubernetes/client-node';
import { translateApiError } from './api-errors.ts';
import type { ServerClock } from './server-clock.ts';

export type KubernetesOperation =
  | `${'list' | 'watch' | 'get' | 'create' | 'patch' | 'delete'}-pods`
  | `${'list' | 'watch' | 'get' | 'create' | 'delete'}-claims`
  | `${'list' | 'get' | 'create' | 'update' | 'delete'}-configmaps`
  | `${'get' | 'create' | 'update'}-leases`
  | 'get-secrets'
  | 'get-namespaces'
  | 'get-version'
  | 'create-access-reviews';

/** What one call does, for messages and metrics. */
export interface ApiCall {
  readonly operation: KubernetesOperation;
  /** What it is about, for example `pod linux-agent-0`. */
  readonly subject: string;
  readonly signal: AbortSignal;
  readonly patch?: PatchStrategy;
}

/** What became of a request, for metrics. */
export interface KubernetesRequest {
  readonly operation: KubernetesOperation;
  readonly result: 'ok' | 'refused' | 'throttled' | 'failed';
}

export interface ApiCaller {
  /** Runs one request, bounded in time; every failure comes out as an error of the ports. */
  call<T>(call: ApiCall, send: (options: ConfigurationOptions) => Promise<T>): Promise<T>;
}

export interface ApiCallerOptions {
  readonly namespace: string;
  readonly clock: ServerClock;
  readonly onRequest: (request: KubernetesRequest) => void;
  readonly timeoutMs: number;
}

export function createApiCaller({ namespace, clock, onRequest, timeoutMs }: ApiCallerOptions): ApiCaller {
  const library = new IsomorphicFetchHttpLibrary();

  function boundedOptions(call: ApiCall, bounded: AbortSignal): ConfigurationOptions {
    return {
      httpApi: wrapHttpLibrary({
        async send(request) {
          request.setSignal(bounded);
          if (call.patch !== undefined) request.setHeaderParam('Content-Type', call.patch);
          const response = await library.send(request).toPromise();
          clock.note(response.headers.date);
          return response;
        },
      }),
    };
  }

  return {
    async call(call, send) {
      call.signal.throwIfAborted();
      const timeout = AbortSignal.timeout(timeoutMs);
      try {
        const value = await send(boundedOptions(call, AbortSignal.any([call.signal, timeout])));
        onRequest({ operation: call.operation, result: 'ok' });
        return value;
      } catch (error) {
        call.signal.throwIfAborted();
        onRequest({ operation: call.operation, result: resultOf(error) });
        throw translateApiError(error, { ...call, namespace, timedOutMs: timeout.aborted ? timeoutMs : undefined });
      }
    },
  };
}

function resultOf(error: unknown): KubernetesRequest['result'] {
  if (!(error instanceof ApiException)) return 'failed';
  if (error.code === 429) return 'throttled';
  return error.code < 500 ? 'refused' : 'failed';
}
