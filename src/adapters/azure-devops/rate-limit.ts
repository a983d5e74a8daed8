import type { IncomingHttpHeaders } from 'node:http';

const longestWaitMs = 3_600_000;
const waitWithoutAdviceMs = 30_000;

/** What the headers of an answer say about the rate limit. */
export interface RateLimitAdvice {
  /** How long this identity must not send anything; undefined when nothing was said. */
  readonly waitMs?: number;
  readonly remaining?: number;
}

/** Retry-After counts on any status: the service sends it with a 200 before it refuses. */
export function readRateLimit(status: number, headers: IncomingHttpHeaders, serverTime: number): RateLimitAdvice {
  const remaining = readNumber(headers['x-ratelimit-remaining']);
  const waitMs =
    retryAfterMs(headers, serverTime) ?? (status === 429 ? waitAfterRefusalMs(headers, serverTime) : undefined);
  return {
    ...(waitMs !== undefined && waitMs > 0 ? { waitMs: Math.min(waitMs, longestWaitMs) } : {}),
    ...(remaining === undefined ? {} : { remaining }),
  };
}

function retryAfterMs(headers: IncomingHttpHeaders, serverTime: number): number | undefined {
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  const seconds = readNumber(value);
  if (seconds !== undefined) return seconds * 1000;
  const until = Date.parse(value);
  return Number.isNaN(until) ? undefined : until - serverTime;
}

function waitAfterRefusalMs(headers: IncomingHttpHeaders, serverTime: number): number {
  const resetAt = readNumber(headers['x-ratelimit-reset']);
  const untilReset = resetAt === undefined ? 0 : resetAt * 1000 - serverTime;
  return untilReset > 0 ? untilReset : waitWithoutAdviceMs;
}

function readNumber(value: string | readonly string[] | undefined): number | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}
