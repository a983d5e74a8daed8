import { z } from 'zod';
import { type ApiError, invalid } from './api-error.ts';
import type { SubmittedObject } from './kube-object.ts';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const Container = z.looseObject({
  name: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
  image: z.string().min(1),
});
const PodBody = z.looseObject({
  spec: z.looseObject({ containers: z.array(Container).min(1), initContainers: z.array(Container).optional() }),
});
const ClaimBody = z.looseObject({
  spec: z.looseObject({
    accessModes: z.array(z.string()).min(1),
    resources: z.looseObject({ requests: z.looseObject({ storage: z.string().min(1) }) }),
  }),
});

/** The part of the server's validation that our objects could trip over; undefined when nothing is wrong. */
export function findProblem(kind: string, body: SubmittedObject): ApiError | undefined {
  const name = body.metadata.name ?? '';
  const problem = metadataProblem(body) ?? bodyProblem(kind, body);
  return problem && invalid(kind, name, problem);
}

interface Problem {
  readonly field: string;
  readonly message: string;
}

function metadataProblem({ metadata }: SubmittedObject): Problem | undefined {
  const { name } = metadata;
  if (name === undefined || name === '')
    return { field: 'metadata.name', message: 'Required value: name or generateName is required' };
  if (name.length > 253 || !subdomain.test(name)) {
    return {
      field: 'metadata.name',
      message: `Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'`,
    };
  }
  const bad = Object.entries(metadata.labels ?? {}).find(([, value]) => value.length > 63 || !labelValue.test(value));
  return (
    bad && {
      field: 'metadata.labels',
      message: `Invalid value: "${bad[1]}": a valid label must be at most 63 characters`,
    }
  );
}

function bodyProblem(kind: string, body: SubmittedObject): Problem | undefined {
  const schema = kind === 'Pod' ? PodBody : kind === 'PersistentVolumeClaim' ? ClaimBody : undefined;
  const issue = schema?.safeParse(body).error?.issues[0];
  return issue && { field: issue.path.join('.'), message: `Required value: ${issue.message}` };
}
