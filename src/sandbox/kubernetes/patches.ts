import { z } from 'zod';
import { ApiError, badRequest } from './api-error.ts';

type Fields = Record<string, unknown>;

/** Applies a patch in the format that the content type names. */
export function applyPatch(target: Fields, patch: unknown, contentType: string): Fields {
  const format = contentType.split(';')[0]?.trim();
  if (format === 'application/json-patch+json') return applyJsonPatch(target, patch);
  // Lists of our objects are never patched, so strategic and plain merge come to the same.
  if (format === 'application/merge-patch+json' || format === 'application/strategic-merge-patch+json') {
    if (!isFields(patch)) throw badRequest('error decoding patch: not an object');
    return mergeFields(target, patch);
  }
  throw new ApiError({
    status: 415,
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json (got ${format ?? ''})`,
  });
}

function mergeFields(target: Fields, patch: Fields): Fields {
  const merged: Fields = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (isFields(value)) merged[key] = mergeFields(fieldsOr(merged[key]), value);
    else merged[key] = value;
  }
  return merged;
}

const Operation = z.object({
  op: z.enum(['add', 'replace', 'remove', 'test']),
  path: z.string().startsWith('/'),
  value: z.unknown(),
});

function applyJsonPatch(target: Fields, patch: unknown): Fields {
  const operations = z.array(Operation).safeParse(patch);
  if (!operations.success) throw badRequest('error decoding patch: expected a list of operations');
  return operations.data.reduce(applyOperation, target);
}

function applyOperation(target: Fields, operation: z.infer<typeof Operation>): Fields {
  const keys = operation.path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return changeAt(target, keys, operation);
}

function changeAt(target: Fields, keys: readonly string[], operation: z.infer<typeof Operation>): Fields {
  const [key = '', ...rest] = keys;
  if (rest.length > 0) return { ...target, [key]: changeAt(fieldsOr(target[key]), rest, operation) };
  if (operation.op === 'test' && JSON.stringify(target[key]) !== JSON.stringify(operation.value)) {
    throw new ApiError({
      status: 422,
      reason: 'Invalid',
      message: `the server rejected our request: testing ${key} failed`,
    });
  }
  const { [key]: _removed, ...others } = target;
  return operation.op === 'remove'
    ? others
    : { ...others, [key]: operation.op === 'test' ? target[key] : operation.value };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOr(value: unknown): Fields {
  return isFields(value) ? value : {};
}
