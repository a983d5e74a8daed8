import { z } from 'zod';
import { weekdays } from '../pool/schedule.ts';
import { type PoolSpec, sameIdentity } from '../pool/spec.ts';
import { envVarSchema, resourcesSchema } from './kubernetes-schemas.ts';

/**
 * What is in force: the baseline for freezing, conflicts, prune protection and draining, also after a restart. Among
 * active and frozen pools, names and Azure DevOps pools are unique; draining ones come on top.
 */
export interface AcceptedSet {
  /** The revision that was compared last. */
  readonly revision: string;
  readonly pools: readonly AcceptedPool[];
}

export interface AcceptedPool {
  readonly spec: PoolSpec;
  /** Where the definition was last seen. */
  readonly source: { readonly file: string; readonly line: number };
  /** The revision that `spec` came from. */
  readonly revision: string;
  /** `frozen` pools run on with their last good definition; `draining` ones create nothing and end. */
  readonly state: 'active' | 'frozen' | 'draining';
  /** Revision that froze it. */
  readonly frozenSince?: string;
  /** Why it is frozen or draining, for people. */
  readonly reason?: string;
  /** Its definition is gone from the repository, and prune protection waits for a confirmation. Only on frozen pools. */
  readonly removalHeld?: true;
  /** On draining pools: the pool in force that continues this one (same name, or same Azure DevOps pool). */
  readonly replacedBy?: string;
}

/** The set without that drained pool; the same set when there is no such draining pool. */
export function forgetDrained(set: AcceptedSet, drained: PoolSpec): AcceptedSet {
  const pools = set.pools.filter((pool) => pool.state !== 'draining' || !sameIdentity(pool.spec, drained));
  return pools.length === set.pools.length ? set : { ...set, pools };
}

const textMapSchema = z.record(z.string(), z.string());
const countSchema = z.int().min(0);

const shapeSchema = z.strictObject({
  image: z.string(),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
  resources: resourcesSchema,
  extraEnv: z.array(envVarSchema),
  volumes: z.array(
    z.strictObject({
      name: z.string(),
      mountPath: z.string(),
      storage: z.string(),
      storageClass: z.string().exactOptional(),
      accessModes: z.array(z.string()),
      createPvc: z.boolean(),
      optional: z.boolean(),
      deleteWithAgent: z.boolean(),
    }),
  ),
  initContainer: z.strictObject({ image: z.string() }).exactOptional(),
  securityContext: z.strictObject({ runAsUser: countSchema, runAsGroup: countSchema, fsGroup: countSchema }),
  certTrustStore: z.array(z.strictObject({ secretName: z.string(), key: z.string().exactOptional() })),
});

const scheduleSchema = z.strictObject({
  name: z.string(),
  days: z.array(z.enum(weekdays)).min(1),
  fromMinute: z.int().min(0).max(1439),
  toMinute: z.int().min(0).max(1440),
  timeZone: z.string(),
  minAgents: countSchema.exactOptional(),
  maxAgents: countSchema.exactOptional(),
  standbyAgents: countSchema.exactOptional(),
});

/**
 * A pool definition as text that we wrote ourselves. Fields with a default were added later: a stored set may come from
 * a version that did not know them.
 */
export const poolSpecTextSchema = z.strictObject({
  name: z.string(),
  labels: textMapSchema,
  annotations: textMapSchema,
  connection: z.strictObject({
    url: z.string(),
    organization: z.string(),
    pool: z.string(),
    credential: z.strictObject({ secretName: z.string(), secretKey: z.string().exactOptional() }),
  }),
  minAgents: countSchema,
  maxAgents: countSchema,
  standbyAgents: countSchema,
  schedules: z.array(scheduleSchema).default([]),
  removalsPerMinute: countSchema.min(1).exactOptional(),
  keepFinishedPods: countSchema.default(0),
  ttlIdleSeconds: countSchema,
  idleGraceSeconds: countSchema,
  pollIntervalSeconds: countSchema,
  idlePollIntervalSeconds: countSchema,
  provisioningTimeoutSeconds: countSchema,
  offlineGraceSeconds: countSchema,
  staleAgentMinAgeSeconds: countSchema,
  suspend: z.boolean(),
  volumePolicy: z.enum(['retain', 'delete']),
  agentClasses: z
    .array(
      z.strictObject({
        name: z.string(),
        capabilities: textMapSchema,
        minAgents: countSchema,
        maxAgents: countSchema,
        standbyAgents: countSchema,
        shape: shapeSchema,
      }),
    )
    .min(1),
});

const acceptedSetSchema = z.strictObject({
  version: z.literal(1),
  revision: z.string(),
  pools: z.array(
    z.strictObject({
      spec: poolSpecTextSchema,
      source: z.strictObject({ file: z.string(), line: z.int().min(1) }),
      revision: z.string(),
      state: z.enum(['active', 'frozen', 'draining']),
      frozenSince: z.string().exactOptional(),
      reason: z.string().exactOptional(),
      removalHeld: z.literal(true).exactOptional(),
      replacedBy: z.string().exactOptional(),
    }),
  ),
});

/** Text for the store. */
export function serializeAcceptedSet(set: AcceptedSet): string {
  return JSON.stringify({ version: 1, ...set });
}

/** Reads what `serializeAcceptedSet` wrote. Throws on anything else: a damaged baseline must never look like an empty one. */
export function parseAcceptedSet(text: string): AcceptedSet {
  const { version: _version, ...set } = acceptedSetSchema.parse(JSON.parse(text));
  return set;
}
