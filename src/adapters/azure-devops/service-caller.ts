import type { Dated } from '../../ports/azure-devops.ts';
import { AgentBusyError, ConflictError, PermanentError, ThrottledError, TransientError } from '../../ports/errors.ts';
import { translateError } from './error-translation.ts';
import { type CallTrace, currentCall } from './guarded-http-client.ts';
import { createRequestGate, type RequestGate } from './request-gate.ts';
import { ServiceAnswerError } from './service-answer.ts';
import { createServiceClient, type ServiceClient } from './service-client.ts';
import { fingerprint, throttleIdentity, whyUnfitForCredential } from './service-url.ts';
import { orAborted } from './shared-calls.ts';

/** One logical call, once it has ended. For metrics. */
export interface ServiceRequestEvent {
  readonly organization: string;
  readonly operation: string;
  readonly result: 'ok' | 'throttled' | 'transient' | 'permanent' | 'busy' | 'conflict';
  readonly seconds: number;
  readonly rateLimitRemaining?: number;
  /** The wait that the service asked for in this call. */
  readonly throttledSeconds?: number;
}

export interface ServiceCallerOptions {
  /** Wall clock, for answers without a `Date`. */
  readonly now: () => number;
  readonly monotonic: () => number;
  /** Shared by all that use the same credentials. */
  readonly gate?: RequestGate;
  readonly userAgent?: string;
  readonly timeoutMs?: number;
  readonly onRequest?: (event: ServiceRequestEvent) => void;
}

/** Where a call goes, and as whom. */
export interface ServiceTarget {
  readonly url: string;
  readonly organization: string;
  readonly credentialName: string;
  readonly neededAccess: string;
  readToken(signal: AbortSignal): Promise<string>;
  /** The service refused that token. */
  dropToken(token: string): void;
}

export interface ServiceCall {
  readonly target: ServiceTarget;
  readonly operation: string;
  readonly signal: AbortSignal;
}

/** What the work of a call is given. */
export interface ServiceSession {
  readonly client: ServiceClient;
  /** Also ends at the call's time-out. */
  readonly signal: AbortSignal;
}

type Work<T> = (session: ServiceSession) => Promise<T>;

export interface ServiceCaller {
  /** Runs one logical call under a time-out; a refused token is read again once. Throws the errors of the ports. */
  call<T>(call: ServiceCall, work: Work<T>): Promise<Dated<T>>;
}

export function createServiceCaller(options: ServiceCallerOptions): ServiceCaller {
  const { now, monotonic, timeoutMs = 30_000 } = options;
  const gate = options.gate ?? createRequestGate({ monotonic });
  const clientFor = createClientCache({ now, monotonic, userAgent: options.userAgent ?? 'poolkeeper', gate });

  async function workOnce<T>(attempt: Attempt, token: string, work: Work<T>): Promise<Dated<T>> {
    const { call, trace } = attempt;
    gate.check(throttleIdentity(call.target.url, call.target.organization, token));
    const client = clientFor(call.target, token);
    const value = await currentCall.run(trace, () => work({ client, signal: trace.signal }));
    return { value, serverTime: trace.serverTime ?? client.serverNow() };
  }

  async function workWithToken<T>(attempt: Attempt, work: Work<T>): Promise<Dated<T>> {
    const { target } = attempt.call;
    const token = await target.readToken(attempt.trace.signal);
    try {
      return await workOnce(attempt, token, work);
    } catch (error) {
      if (!(error instanceof ServiceAnswerError) || error.kind !== 'credential') throw error;
      target.dropToken(token);
      const fresh = await target.readToken(attempt.trace.signal);
      if (fresh === token) throw error;
      return await workOnce(attempt, fresh, work);
    }
  }

  return {
    async call(call, work) {
      call.signal.throwIfAborted();
      const startedAt = monotonic();
      const deadline = startDeadline(timeoutMs);
      const attempt = beginAttempt(call, AbortSignal.any([call.signal, deadline.signal]));
      const report = (result: ServiceRequestEvent['result']) =>
        options.onRequest?.(describeRequest(attempt, result, (monotonic() - startedAt) / 1000));
      try {
        refuseUnfitUrl(call.target);
        const answer = await orAborted(workWithToken(attempt, work), attempt.trace.signal);
        report('ok');
        return answer;
      } catch (error) {
        call.signal.throwIfAborted();
        const failure = deadline.signal.aborted ? tooLate(call, timeoutMs) : translateAttempt(attempt, error);
        report(resultOf(failure));
        throw failure;
      } finally {
        deadline.end();
      }
    },
  };
}

const clientsKept = 256;

function createClientCache(options: {
  readonly now: () => number;
  readonly monotonic: () => number;
  readonly userAgent: string;
  readonly gate: RequestGate;
}): (target: ServiceTarget, token: string) => ServiceClient {
  const { gate, ...clientOptions } = options;
  const clients = new Map<string, ServiceClient>();
  return (target, token) => {
    const key = `${target.url.toLowerCase()} ${fingerprint(token)}`;
    const identity = throttleIdentity(target.url, target.organization, token);
    const onWait = (ms: number) => gate.hold(identity, ms);
    const client = clients.get(key) ?? createServiceClient({ ...clientOptions, baseUrl: target.url, token, onWait });
    // Rotated tokens leave clients behind: the one used longest ago goes.
    clients.delete(key);
    clients.set(key, client);
    const [oldest] = clients.keys();
    if (clients.size > clientsKept && oldest !== undefined) clients.delete(oldest);
    return client;
  };
}

/** Unlike the platform's, it leaves no timer behind when a call ends in time. */
function startDeadline(ms: number): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ms);
  return { signal: controller.signal, end: () => clearTimeout(timer) };
}

interface Attempt {
  readonly call: ServiceCall;
  readonly trace: CallTrace;
}

function beginAttempt(call: ServiceCall, signal: AbortSignal): Attempt {
  return { call, trace: { signal, serverTime: undefined, rateLimitRemaining: undefined, waitMs: undefined } };
}

function tooLate(call: ServiceCall, timeoutMs: number): TransientError {
  return new TransientError(
    `Azure DevOps ${call.target.organization}: ${call.operation}: no answer within ${timeoutMs / 1000} s`,
  );
}

function translateAttempt({ call }: Attempt, error: unknown): Error {
  const { organization, credentialName, neededAccess } = call.target;
  return translateError(error, { organization, operation: call.operation, credentialName, neededAccess });
}

function refuseUnfitUrl(target: ServiceTarget): void {
  const reason = whyUnfitForCredential(target.url);
  if (reason !== undefined) throw new PermanentError(`Azure DevOps ${target.organization}: ${reason}`);
}

function resultOf(failure: Error): ServiceRequestEvent['result'] {
  if (failure instanceof ThrottledError) return 'throttled';
  if (failure instanceof PermanentError) return 'permanent';
  if (failure instanceof AgentBusyError) return 'busy';
  return failure instanceof ConflictError ? 'conflict' : 'transient';
}

function describeRequest(
  attempt: Attempt,
  result: ServiceRequestEvent['result'],
  seconds: number,
): ServiceRequestEvent {
  const { call, trace } = attempt;
  return {
    organization: call.target.organization,
    operation: call.operation,
    result,
    seconds,
    ...(trace.rateLimitRemaining === undefined ? {} : { rateLimitRemaining: trace.rateLimitRemaining }),
    ...(trace.waitMs === undefined ? {} : { throttledSeconds: trace.waitMs / 1000 }),
  };
}
