import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders, RequestOptions } from 'node:http';
import { AdoHttpClient } from 'azure-devops-node-api/AdoHttpClientBases.js';
import type { IRequestHandler } from 'azure-devops-node-api/interfaces/common/VsoBaseInterfaces.js';
import { PermanentError } from '../../ports/errors.ts';
import { readRateLimit } from './rate-limit.ts';
import { judgeAnswer, ServiceAnswerError } from './service-answer.ts';
import { isLoopback, mayReceiveCredential } from './service-url.ts';

/** What the requests of one logical call share, and what they leave behind. */
export interface CallTrace {
  readonly signal: AbortSignal;
  /** The `Date` of the latest answer. */
  serverTime: number | undefined;
  rateLimitRemaining: number | undefined;
  /** The longest Retry-After of this call. */
  waitMs: number | undefined;
}

/** The call that a request of the client library belongs to. The library has no parameter for it. */
export const currentCall = new AsyncLocalStorage<CallTrace>();

export interface GuardedClientOptions {
  readonly baseUrl: string;
  readonly token: string;
  readonly userAgent: string;
  readonly now: () => number;
  readonly monotonic: () => number;
  /** Called with every wait that the service asks for, before the answer is judged. */
  readonly onWait: (ms: number) => void;
}

/**
 * Every request of the client library passes here. It sees status, headers and content type, which the library
 * swallows, follows no redirect, and sends the credential nowhere but to the host it is meant for.
 */
export class GuardedHttpClient extends AdoHttpClient {
  readonly #options: GuardedClientOptions;
  readonly #baseUrl: URL;
  #anchor: { readonly serverTime: number; readonly readAt: number } | undefined;

  constructor(options: GuardedClientOptions) {
    const baseUrl = new URL(options.baseUrl);
    super(options.userAgent, [authorize(options.token)], {
      allowRedirects: false,
      keepAlive: true,
      maxSockets: 50,
      // An empty one overrides HTTP_PROXY.
      ...(isLoopback(baseUrl.hostname) ? { proxy: { proxyUrl: '' } } : {}),
    });
    this.#options = options;
    this.#baseUrl = baseUrl;
  }

  /** The service's clock now, by the `Date` of its answers and the time since. */
  serverNow(): number {
    const { now, monotonic } = this.#options;
    if (this.#anchor === undefined) return now();
    return Math.round(this.#anchor.serverTime + (monotonic() - this.#anchor.readAt));
  }

  /** A `Date` has whole seconds: one that the clock agrees with would only set it back within the second. */
  #setClock(serverTime: number): void {
    const ahead = this.serverNow() - serverTime;
    if (this.#anchor !== undefined && ahead >= 0 && ahead < 1500) return;
    this.#anchor = { serverTime, readAt: this.#options.monotonic() };
  }

  override async request(...args: Parameters<AdoHttpClient['request']>): ReturnType<AdoHttpClient['request']> {
    const [verb, url] = args;
    const target = new URL(url);
    if (!mayReceiveCredential(this.#baseUrl, target)) {
      throw new PermanentError(
        `${this.#baseUrl.origin} names ${target.origin} as the place of its API; the credential is not sent to another host: use the URL of that host in the definition`,
      );
    }
    const response = await this.#send(args);
    const { statusCode = 0, headers } = response.message;
    const body = (await response.readBody()).replace(/^\uFEFF/, '');
    const waitMs = this.#note(statusCode, headers);
    const failure = judgeAnswer({
      verb,
      status: statusCode,
      contentType: headers['content-type'] ?? '',
      body: statusCode < 300 ? body : this.#withoutSecrets(body),
      location: URL.parse(headers.location ?? '', url)?.href ?? '',
    });
    if (failure !== undefined) throw new ServiceAnswerError(failure, waitMs);
    return { message: response.message, readBody: () => Promise.resolve(body) };
  }

  /** A kept connection may be closed by the other side just when it is used again: a read is then sent once more. */
  async #send(args: Parameters<AdoHttpClient['request']>): ReturnType<AdoHttpClient['request']> {
    try {
      return await super.request(...args);
    } catch (error) {
      const wasCut = error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
      const changesNothing = args[0] === 'GET' || args[0] === 'OPTIONS';
      if (!wasCut || !changesNothing || currentCall.getStore()?.signal.aborted === true) throw error;
      return await super.request(...args);
    }
  }

  /** A service, or a proxy before it, may repeat in an error what it was sent. */
  #withoutSecrets(text: string): string {
    const { token } = this.#options;
    const forms = [token, encodeURIComponent(token), basicCredentials(token)].filter((form) => form !== '');
    return forms.reduce((clean, form) => clean.replaceAll(form, '[redacted]'), text);
  }

  /** The wait that the answer asks for. */
  #note(status: number, headers: IncomingHttpHeaders): number | undefined {
    const date = Date.parse(headers.date ?? '');
    const serverTime = Number.isNaN(date) ? this.#options.now() : date;
    this.#setClock(serverTime);
    const advice = readRateLimit(status, headers, serverTime);
    if (advice.waitMs !== undefined) this.#options.onWait(advice.waitMs);
    const call = currentCall.getStore();
    if (call === undefined) return advice.waitMs;
    call.serverTime = serverTime;
    call.rateLimitRemaining = advice.remaining ?? call.rateLimitRemaining;
    if (advice.waitMs !== undefined) call.waitMs = Math.max(advice.waitMs, call.waitMs ?? 0);
    return advice.waitMs;
  }
}

/** Entra tokens are JWTs and go as Bearer; anything else is a personal access token. */
function authorizationHeader(token: string): string {
  if (/^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(token)) return `Bearer ${token}`;
  return `Basic ${basicCredentials(token)}`;
}

function basicCredentials(token: string): string {
  return Buffer.from(`PAT:${token}`).toString('base64');
}

/** Also hands the signal of the call to the request, which ends its socket when it aborts. */
export function authorize(token: string): IRequestHandler {
  const authorization = authorizationHeader(token);
  return {
    prepareRequest(options: RequestOptions) {
      options.headers = Object.assign(options.headers ?? {}, { authorization, 'x-tfs-fedauthredirect': 'Suppress' });
      const signal = currentCall.getStore()?.signal;
      if (signal !== undefined) options.signal = signal;
    },
    canHandleAuthentication: () => false,
    handleAuthentication: () => Promise.reject(new Error('the credential is sent at once, never after a challenge')),
  };
}
