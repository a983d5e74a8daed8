import type { V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';

/** An object as it is on the wire: times are RFC 3339 text. Stored objects are never changed, only replaced. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: KubeMetadata;
  readonly [field: string]: unknown;
}

export interface KubeMetadata {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly finalizers?: readonly string[] | undefined;
  readonly deletionTimestamp?: string | undefined;
  readonly deletionGracePeriodSeconds?: number | undefined;
  readonly [field: string]: unknown;
}

const stringMap = z.record(z.string(), z.string());

/** What any body of a create, replace or patch must look like. */
export const SubmittedObject = z.looseObject({
  metadata: z
    .looseObject({
      name: z.string().optional(),
      generateName: z.string().optional(),
      namespace: z.string().optional(),
      uid: z.string().optional(),
      resourceVersion: z.string().optional(),
      labels: stringMap.optional(),
      annotations: stringMap.optional(),
      finalizers: z.array(z.string()).optional(),
    })
    .default({}),
});
export type SubmittedObject = z.infer<typeof SubmittedObject>;

const timestamp = /(Timestamp|Time|At)$/;

/** The object as the client library's types describe it, with dates for times. */
export function toPod(object: KubeObject): V1Pod {
  return JSON.parse(JSON.stringify(object), reviveTimes);
}

export function toClaim(object: KubeObject): V1PersistentVolumeClaim {
  return JSON.parse(JSON.stringify(object), reviveTimes);
}

function reviveTimes(key: string, value: unknown): unknown {
  return typeof value === 'string' && timestamp.test(key) ? new Date(value) : value;
}

/** Times on the wire have whole seconds. */
export function wireTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
