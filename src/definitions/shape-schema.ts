import { z } from 'zod';
import { dataKeySchema, envVarSchema, objectNameSchema, resourcesSchema, storageSchema } from './kubernetes-schemas.ts';

const numericId = z.int().min(0).max(2_147_483_647);

/** An image reference. */
export const imageSchema = z
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

const securityContextSchema = z.strictObject({
  runAsUser: numericId.default(1000),
  runAsGroup: numericId.default(1000),
  fsGroup: numericId.default(1000),
});

/** The fields that say what a pod is like: under `spec`, and in an agent class. Defaults are the pool's alone. */
export const shapeSchemas = {
  image: imageSchema,
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']),
  extraEnv: z.array(envVarSchema),
  pvcs: z.array(volumeSchema),
  initContainer: z.strictObject({ image: imageSchema.default('busybox:latest') }),
  securityContext: securityContextSchema,
  certTrustStore: z.array(z.strictObject({ secretName: objectNameSchema, key: dataKeySchema.exactOptional() })),
  resources: resourcesSchema,
} as const;
