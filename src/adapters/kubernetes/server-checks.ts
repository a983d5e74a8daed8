import type { AuthorizationV1Api, VersionApi } from '@kubernetes/client-node';
import { PermanentError } from '../../ports/errors.ts';
import type { ApiCaller } from './api-caller.ts';
import { neededPermissions } from './needed-permissions.ts';

/** Native sidecars, which end with the agent, came with this minor version. */
const oldestMinor = 29;

export async function checkServerVersion(caller: ApiCaller, api: VersionApi, signal: AbortSignal): Promise<void> {
  const call = { operation: 'get-version', subject: 'version', signal } as const;
  const { major, minor, gitVersion } = await caller.call(call, (options) => api.getCode({}, options));
  // Some services write "34+".
  if (Number.parseInt(major, 10) > 1 || Number.parseInt(minor, 10) >= oldestMinor) return;
  throw new PermanentError(`Kubernetes ${gitVersion} is too old: Poolkeeper needs 1.${oldestMinor} or newer`);
}

/** Asks the server about every permission that the Role grants; needs none itself. */
export async function findMissingPermissions(
  access: { readonly caller: ApiCaller; readonly authorization: AuthorizationV1Api; readonly namespace: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const wanted = neededPermissions.flatMap(({ resource, group = '', verbs }) =>
    verbs.map((verb) => ({ resource, group, verb })),
  );
  const answers = await Promise.all(wanted.map((permission) => isAllowed(access, permission, signal)));
  return wanted.filter((_, position) => !answers[position]).map(({ verb, resource }) => `${verb} ${resource}`);
}

async function isAllowed(
  { caller, authorization, namespace }: Parameters<typeof findMissingPermissions>[0],
  { verb, resource, group }: { readonly verb: string; readonly resource: string; readonly group: string },
  signal: AbortSignal,
): Promise<boolean> {
  const name = resource === 'namespaces' ? { name: namespace } : {};
  const body = { spec: { resourceAttributes: { namespace, verb, resource, group, ...name } } };
  const call = { operation: 'create-access-reviews', subject: `${verb} ${resource}`, signal } as const;
  const review = await caller.call(call, (options) => authorization.createSelfSubjectAccessReview({ body }, options));
  return review.status?.allowed === true;
}
