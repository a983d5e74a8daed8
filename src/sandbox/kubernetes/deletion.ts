import { type KubeObject, toPod, wireTime } from './kube-object.ts';
import type { ObjectStore } from './object-store.ts';

const defaultGraceSeconds = 30;

/** Deletes as the server does: a scheduled pod gets its grace, a claim waits for its finalizers, the rest goes at once. */
export function deleteObject(
  context: { readonly store: ObjectStore; readonly now: () => number },
  collection: string,
  wanted: { readonly object: KubeObject; readonly graceSeconds: number | undefined },
): KubeObject {
  const { object } = wanted;
  const grace = object.kind === 'Pod' ? podGraceSeconds(object, wanted.graceSeconds) : 0;
  const protectedByFinalizer = (object.metadata.finalizers ?? []).length > 0;
  if (grace === 0 && !protectedByFinalizer) return context.store.remove(collection, object);
  if (isNoSooner(object, grace, context.now())) return object;
  return context.store.put(collection, {
    ...object,
    metadata: {
      ...object.metadata,
      deletionTimestamp: wireTime(context.now() + grace * 1000),
      deletionGracePeriodSeconds: grace,
    },
  });
}

function podGraceSeconds(object: KubeObject, asked: number | undefined): number {
  const { spec, status } = toPod(object);
  const neverRan = spec?.nodeName === undefined;
  const over = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (neverRan || over) return 0;
  return asked ?? spec?.terminationGracePeriodSeconds ?? defaultGraceSeconds;
}

/** A second deletion can only shorten the first one's grace. */
function isNoSooner({ metadata }: KubeObject, graceSeconds: number, now: number): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  return now + graceSeconds * 1000 >= Date.parse(metadata.deletionTimestamp);
}
