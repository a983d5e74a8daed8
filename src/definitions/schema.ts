import { z } from 'zod';
import { dataKeySchema, envVarSchema, objectNameSchema, resourcesSchema, storageSchema } from './kubernetes-schemas.ts';

const count = z.int().min(0).max(100_000);
const seconds = z.int().min(0).max(2_147_483_647);
const numericId = z.int().min(0).max(2_147_483_647);
const image = z
  .string()
  .min(1, { error: 'must name an image' })
  .regex(/^\S*$/, { error: 'must be an image reference without blanks' });

const volumeName = z
  .string()
  .max(63, { error: 'must be at most 63 characters' })
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, { error: 'must be lower-case letters, digits and "-", for example cache' });

const mountPath = z
  .string()
  .regex(/^\//, { error: 'must be absolute: start it with "/"' })
  .regex(/^[^:]*$/, { error: 'must not hold a ":"' })
  .refine((path) => !path.split('/').includes('..'), { error: 'must not hold ".."' });

/** One entry of `pvcs`. */
export const volumeSchema = z.strictObject({
  name: volumeName,
  mountPath,
  storage: storageSchema.default('1Gi'),
  // An empty class means the cluster's default, as it does in a RunnerPool.
  storageClass: z.union([z.literal(''), objectNameSchema]).exactOptional(),
  accessModes: z
    .array(z.enum(['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod']))
    .min(1)
    .default(['ReadWriteOnce']),
  createPvc: z.boolean().default(true),
  optional: z.boolean().default(false),
  deleteWithAgent: z.boolean().default(false),
});

/** `spec` of an AgentPool or RunnerPool, field by field. Rules between fields are in `cross-field.ts`. */
export const poolSpecSchema = z.strictObject({
  azDoUrl: z.string(),
  pool: z.string().trim().min(1).max(256).default('Default'),
  patSecretName: objectNameSchema,
  patSecretKey: dataKeySchema.exactOptional(),
  image: image.exactOptional(),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent'),
  minAgents: count.default(0),
  maxAgents: count.min(1).default(10),
  standbyAgents: count.default(0),
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
  capabilityImages: z.record(z.string(), image).default({}),
  extraEnv: z.array(envVarSchema).default([]),
  pvcs: z.array(volumeSchema).default([]),
  initContainer: z.strictObject({ image: image.default('busybox:latest') }).exactOptional(),
  securityContext: z
    .strictObject({
      runAsUser: numericId.default(1000),
      runAsGroup: numericId.default(1000),
      fsGroup: numericId.default(1000),
    })
    .default({ runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 }),
  certTrustStore: z
    .array(z.strictObject({ secretName: objectNameSchema, key: dataKeySchema.exactOptional() }))
    .default([]),
  resources: resourcesSchema.default({
    requests: { cpu: '100m', memory: '256Mi' },
    limits: { cpu: '2', memory: '4Gi' },
  }),
});

/** The names that a map inside `spec` knows, by its path without list positions. */
export const specKeys: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(poolSpecSchema.shape),
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
  name: z
    .string()
    .max(40, { error: 'must be at most 40 characters' })
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, {
      error: 'must be lower-case letters, digits and "-", for example linux',
    })
    .refine((name) => !/-agent-\d/.test(name), { error: 'must not hold "-agent-" and a number: agents are named so' }),
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
    'auth registration imagePullSecrets os arch removalsPerMinute keepFinishedPods schedules respectParallelJobs ' +
    'deletionPolicy agentClasses extraContainers nodeSelector tolerations affinity topologySpreadConstraints ' +
    'serviceAccountName priorityClassName runtimeClassName hostAliases terminationGracePeriodSeconds podLabels ' +
    'podAnnotations dockerSocketPath sidecars podTemplate caches sharedVolumes host workload'
  ).split(' '),
  'spec.securityContext': ['fsGroupChangePolicy', 'runAsNonRoot', 'seccompProfile', 'appArmorProfile'],
  'spec.resources': ['claims'],
};
