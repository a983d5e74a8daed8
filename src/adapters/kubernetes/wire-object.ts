import { z } from 'zod';

const stringMap = z.record(z.string(), z.string()).nullish();

/** Lists give dates, watches give text. */
export const wireDate = z.union([z.date(), z.string()]).transform((value) => new Date(value).getTime());

/** Of an object's metadata, what we read. */
export const WireMetadata = z.object({
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  creationTimestamp: wireDate,
  deletionTimestamp: wireDate.nullish(),
  labels: stringMap,
  annotations: stringMap,
});

/** An object in the cache, with what the cache itself needs to know of it. */
export interface Cached<T> {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly pool: string;
  readonly value: T;
}

/**
 * Whether `a` is older than `b`. Versions are decimal numbers of any length; what is not one cannot be compared and
 * counts as not older.
 */
export function isOlderVersion(a: string, b: string): boolean {
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return false;
  return BigInt(a) < BigInt(b);
}

/** The newer of two versions; the second when they cannot be compared. */
export function newerVersion(a: string, b: string): string {
  return isOlderVersion(b, a) ? a : b;
}
