import { z } from 'zod';
import { dataKeySchema, objectNameSchema } from './kubernetes-schemas.ts';
import { imageSchema, shapeSchemas, volumeSchema } from './shape-schema.ts';

const count = z.int().min(0).max(100_000);
const seconds = z.int().min(0).max(2_147_483_647);

/** Classes and schedules of one pool: more than people can oversee, and few enough to check in no time. */
const longestList = 50;

/** A name of a pool, class or schedule: part of labels and of other names. */
const shortName = (example: string) =>
  z
    .string()
    .max(40, { error: 'must be at most 40 characters' })
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, {
      error: `must be lower-case letters, digits and "-", for example ${example}`,
    });

/** A name that agents and placeholders are named after. */
const namingName = (example: string) =>
  shortName(example).refine((name) => !/-agent-\d/.test(name), {
    error: 'must not hold "-agent-" and a number: agents are named so',
  });

/** YAML reads 0800 as a number: such a text is told what a time looks like, not that it needs quotes. */
const timeOfDay = z
  .union([z.string(), z.number()], { error: 'must be a time of day, for example 08:00' })
  .transform(String);

/** One entry of `schedules`. What its texts mean is read in `schedules.ts`. */
export const scheduleSchema = z.strictObject({
  name: shortName('office-hours'),
  days: z.array(z.string()).min(1).max(7),
  from: timeOfDay,
  to: timeOfDay,
  timeZone: z.string(),
  minAgents: count.exactOptional(),
  maxAgents: count.min(1).exactOptional(),
  standbyAgents: count.exactOptional(),
});

/** One entry of `agentClasses`, field by field. What it does not say is the pool's. */
export const agentClassSchema = z.strictObject({
  name: namingName('java'),
  capabilities: z.record(z.string(), z.string()).default({}),
  minAgents: count.exactOptional(),
  maxAgents: count.min(1).exactOptional(),
  standbyAgents: count.exactOptional(),
  image: shapeSchemas.image.exactOptional(),
  imagePullPolicy: shapeSchemas.imagePullPolicy.exactOptional(),
  extraEnv: shapeSchemas.extraEnv.exactOptional(),
  pvcs: shapeSchemas.pvcs.exactOptional(),
  initContainer: shapeSchemas.initContainer.exactOptional(),
  securityContext: shapeSchemas.securityContext.exactOptional(),
  certTrustStore: shapeSchemas.certTrustStore.exactOptional(),
  resources: shapeSchemas.resources.exactOptional(),
});

/** `spec` of an AgentPool or RunnerPool, field by field. Rules between fields are in `cross-field.ts`. */
export const poolSpecSchema = z.strictObject({
  azDoUrl: z.string(),
  pool: z.string().trim().min(1).max(256).default('Default'),
  patSecretName: objectNameSchema,
  patSecretKey: dataKeySchema.exactOptional(),
  image: shapeSchemas.image.exactOptional(),
  imagePullPolicy: shapeSchemas.imagePullPolicy.default('IfNotPresent'),
  minAgents: count.default(0),
  maxAgents: count.min(1).default(10),
  standbyAgents: count.default(0),
  schedules: z.array(scheduleSchema).max(longestList).default([]),
  removalsPerMinute: count.min(1).exactOptional(),
  keepFinishedPods: count.default(0),
  ttlIdleSeconds: seconds.default(0),
  idleGraceSeconds: seconds.default(60),
  pollIntervalSeconds: seconds.min(5).default(5),
  idlePollIntervalSeconds: seconds.min(5).default(30),
  provisioningTimeoutSeconds: seconds.min(1).default(900),
  offlineGraceSeconds: seconds.default(300),
  staleAgentMinAgeSeconds: seconds.default(600),
  suspend: z.boolean().default(false),
  volumePolicy: z.enum(['retain', 'delete']).default('retain'),
  capabilityAware: z.boolean().default(false),
  capabilityImages: z.record(z.string(), imageSchema).default({}),
  // Each entry is held against `agentClassSchema` by itself.
  agentClasses: z.array(z.record(z.string(), z.unknown())).min(1).max(longestList).exactOptional(),
  extraEnv: shapeSchemas.extraEnv.default([]),
  pvcs: shapeSchemas.pvcs.default([]),
  initContainer: shapeSchemas.initContainer.exactOptional(),
  securityContext: shapeSchemas.securityContext.default({ runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 }),
  certTrustStore: shapeSchemas.certTrustStore.default([]),
  resources: shapeSchemas.resources.default({
    requests: { cpu: '100m', memory: '256Mi' },
    limits: { cpu: '2', memory: '4Gi' },
  }),
});

/** Fields that hold for the whole pool: an agent class cannot have its own. */
export const poolOnlyKeys: readonly string[] = Object.keys(poolSpecSchema.shape).filter(
  (key) =>
    !Object.hasOwn(agentClassSchema.shape, key) &&
    !['capabilityAware', 'capabilityImages', 'agentClasses'].includes(key),
);

/** The names that a map inside `spec` knows, by its path without list positions. */
export const specKeys: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(poolSpecSchema.shape),
  schedules: Object.keys(scheduleSchema.shape),
  agentClasses: Object.keys(agentClassSchema.shape),
  pvcs: Object.keys(volumeSchema.shape),
  extraEnv: ['name', 'value', 'valueFrom'],
  'extraEnv.valueFrom': ['secretKeyRef', 'configMapKeyRef', 'fieldRef', 'resourceFieldRef'],
  'extraEnv.valueFrom.secretKeyRef': ['name', 'key', 'optional'],
  'extraEnv.valueFrom.configMapKeyRef': ['name', 'key', 'optional'],
  initContainer: ['image'],
  securityContext: ['runAsUser', 'runAsGroup', 'fsGroup'],
  certTrustStore: ['secretName', 'key'],
  resources: ['requests', 'limits'],
};

const labelKey = z.string().regex(/^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/, {
  error: 'is not a valid name for a label or annotation',
});
const labelValue = z.string().regex(/^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/, {
  error: 'must be a label value: at most 63 letters, digits, "-", "_" and "."',
});

/** `metadata`, without what only a cluster sets. */
export const metadataSchema = z.strictObject({
  name: namingName('linux'),
  labels: z.record(labelKey, labelValue).default({}),
  annotations: z.record(labelKey, z.string()).default({}),
});

/** `pruneProtection` of RepoSettings. */
export const repoSettingsSchema = z.strictObject({
  pruneProtection: z
    .strictObject({ confirmRemovalOf: z.array(z.string()).default([]) })
    .default({ confirmRemovalOf: [] }),
});

/** Fields of the reference that this version does not build yet, by the path of their parent. */
export const laterFields: Readonly<Record<string, readonly string[]>> = {
  spec: (
    'auth registration imagePullSecrets os arch respectParallelJobs deletionPolicy extraContainers nodeSelector tolerations affinity ' +
    'topologySpreadConstraints serviceAccountName priorityClassName runtimeClassName hostAliases ' +
    'terminationGracePeriodSeconds podLabels podAnnotations dockerSocketPath sidecars podTemplate caches ' +
    'sharedVolumes host workload'
  ).split(' '),
  'spec.securityContext': ['fsGroupChangePolicy', 'runAsNonRoot', 'seccompProfile', 'appArmorProfile'],
  'spec.resources': ['claims'],
};
