import { z } from 'zod';

const quantityPattern = /^[+-]?(\d+|\d+\.\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/** A Kubernetes quantity in any of its forms; a plain number of YAML is taken as written. */
export const quantitySchema = z
  .union([z.string(), z.number()], { error: 'must be a Kubernetes quantity such as 500m, 2 or 4Gi' })
  .transform(String)
  .refine((text) => quantityPattern.test(text), { error: 'must be a Kubernetes quantity such as 500m, 2 or 4Gi' });

/** Storage must be more than nothing. */
export const storageSchema = quantitySchema.refine((text) => !/^[-0.]*0*([a-zA-Z].*)?$/.test(text), {
  error: 'must be more than zero, for example 10Gi',
});

const namePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Name of a Secret, ConfigMap, storage class or claim. */
export const objectNameSchema = z
  .string()
  .max(253, { error: 'must be at most 253 characters' })
  .regex(namePattern, { error: 'must be a Kubernetes name: lower-case letters, digits, "-" and "."' });

/** A key inside a Secret or ConfigMap. */
export const dataKeySchema = z
  .string()
  .max(253, { error: 'must be at most 253 characters' })
  .regex(/^[-._a-zA-Z0-9]+$/, { error: 'must be a key of letters, digits, "-", "_" and "."' });

const keySelectorSchema = z.strictObject({
  name: objectNameSchema,
  key: dataKeySchema,
  optional: z.boolean().exactOptional(),
});

const valueFromSchema = z.strictObject({
  secretKeyRef: keySelectorSchema.exactOptional(),
  configMapKeyRef: keySelectorSchema.exactOptional(),
  fieldRef: z.strictObject({ fieldPath: z.string().min(1), apiVersion: z.string().exactOptional() }).exactOptional(),
  resourceFieldRef: z
    .strictObject({
      resource: z.string().min(1),
      containerName: z.string().exactOptional(),
      divisor: quantitySchema.exactOptional(),
    })
    .exactOptional(),
});

/** One entry of `extraEnv`. That exactly one of value and valueFrom is given is checked across fields. */
export const envVarSchema = z.strictObject({
  name: z.string(),
  value: z.string().exactOptional(),
  valueFrom: valueFromSchema.exactOptional(),
});

const quantitiesSchema = z.record(
  z.string().regex(/^([-a-z0-9.]+\/)?[-._a-zA-Z0-9]+$/, {
    error: 'must be a resource name such as cpu, memory or ephemeral-storage',
  }),
  quantitySchema,
);

/** `resources` of the agent container. */
export const resourcesSchema = z.strictObject({
  requests: quantitiesSchema.exactOptional(),
  limits: quantitiesSchema.exactOptional(),
});
