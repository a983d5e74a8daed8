import { type KubeConfig, Watch } from '@kubernetes/client-node';
import { z } from 'zod';
import { PermanentError, TransientError } from '../../ports/errors.ts';
import { ExpiredError } from './api-errors.ts';

export interface WatchRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | boolean>>;
  readonly idleMs: number;
  readonly onEvent: (type: string, object: unknown) => void;
}

/** `closed` by the server, `idle` for too long, or `aborted` by us. */
export type WatchEnd = 'closed' | 'idle' | 'aborted';

/** One watch, from its request to its end. Throws `ExpiredError` when its version is too old, others for the rest. */
export async function watchOnce(config: KubeConfig, request: WatchRequest, signal: AbortSignal): Promise<WatchEnd> {
  const watch = new Watch(config);
  // The library gives up after 30 s without data, and the field that says so is private in its types.
  Reflect.set(watch, 'requestTimeoutMs', request.idleMs);
  const ended = Promise.withResolvers<unknown>();
  let refusal: Error | undefined;
  const onEvent = (type: string, object: unknown) => {
    // What comes after an error or our own end is not to be trusted.
    if (signal.aborted || refusal !== undefined) return;
    if (type === 'ERROR') {
      refusal = readErrorEvent(object);
      ended.resolve(undefined);
    } else request.onEvent(type, object);
  };
  const onAbort = () => ended.resolve(undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const opened = watch.watch(request.path, { ...request.query }, onEvent, ended.resolve);
  try {
    const outcome = await Promise.race([ended.promise, opened.then(() => ended.promise)]);
    if (refusal) throw refusal;
    return signal.aborted ? 'aborted' : readEnd(outcome);
  } finally {
    signal.removeEventListener('abort', onAbort);
    opened.then(
      (controller) => controller.abort(),
      () => undefined,
    );
  }
}

function readEnd(outcome: unknown): WatchEnd {
  if (outcome === null || outcome === undefined) return 'closed';
  if (!(outcome instanceof Error)) throw new TransientError('Kubernetes: the watch ended without a reason');
  if (outcome.name === 'TimeoutError') return 'idle';
  const status = 'statusCode' in outcome ? outcome.statusCode : undefined;
  if (status === 410) throw new ExpiredError('Kubernetes: the watch is too old', { cause: outcome });
  if (status === 401 || status === 403) {
    throw new PermanentError(`Kubernetes: the watch was refused (${outcome.message}): apply manifests/role.yaml`, {
      cause: outcome,
    });
  }
  throw new TransientError(`Kubernetes: the watch broke (${outcome.message})`, { cause: outcome });
}

const ErrorEvent = z.object({ code: z.number().optional(), message: z.string().optional() });

function readErrorEvent(object: unknown): Error {
  const { code, message } = ErrorEvent.safeParse(object).data ?? {};
  return new ExpiredError(
    `Kubernetes: the watch was ended by the server (${code ?? 'no code'}: ${message ?? 'no reason'})`,
  );
}
