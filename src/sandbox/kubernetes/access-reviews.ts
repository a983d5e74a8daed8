import { z } from 'zod';
import { badRequest } from './api-error.ts';

/** What a caller wants to do, as an authorizer sees it. */
export interface AccessRequest {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string | undefined;
}

export type Authorizer = (request: AccessRequest) => boolean;

const SelfSubjectAccessReview = z.looseObject({
  spec: z.looseObject({
    resourceAttributes: z.looseObject({
      verb: z.string(),
      resource: z.string(),
      group: z.string().default(''),
      namespace: z.string().optional(),
    }),
  }),
});

/** The answer to a SelfSubjectAccessReview: the review with its status. */
export function reviewAccess(body: unknown, user: string, authorize: Authorizer): Record<string, unknown> {
  const review = SelfSubjectAccessReview.safeParse(body);
  if (!review.success) throw badRequest('spec.resourceAttributes: Required value');
  const { verb, resource, group, namespace } = review.data.spec.resourceAttributes;
  return { ...review.data, status: { allowed: authorize({ user, verb, resource, group, namespace }) } };
}
