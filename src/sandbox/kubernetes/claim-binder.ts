import { type KubeObject, toClaim, toPod } from './kube-object.ts';
import type { ObjectStore, StoreEvent } from './object-store.ts';

const claims = 'persistentvolumeclaims';

/** Binds claims, and lets a deleted one go when no pod uses it any more, as the volume controllers do. */
export function startClaimBinder(store: ObjectStore): () => void {
  return store.subscribe((event) => {
    if (event.collection === claims) settleClaim(store, event);
    if (event.collection === 'pods' && event.type !== 'ADDED') releaseClaims(store, event.object);
  });
}

function settleClaim(store: ObjectStore, { type, object }: StoreEvent): void {
  if (type === 'DELETED') return;
  if (object.metadata.deletionTimestamp !== undefined) {
    release(store, object);
    return;
  }
  if (toClaim(object).status?.phase === 'Bound') return;
  store.put(claims, { ...object, status: { phase: 'Bound' } });
}

function releaseClaims(store: ObjectStore, pod: KubeObject): void {
  for (const name of claimNamesOf(pod)) {
    const claim = store.get(claims, { namespace: pod.metadata.namespace, name });
    if (claim?.metadata.deletionTimestamp !== undefined) release(store, claim);
  }
}

function release(store: ObjectStore, claim: KubeObject): void {
  const { namespace, name, finalizers = [] } = claim.metadata;
  const inUse = store.list('pods', namespace).some((pod) => claimNamesOf(pod).includes(name) && !isOver(pod));
  const others = finalizers.filter((finalizer) => finalizer !== 'kubernetes.io/pvc-protection');
  if (!inUse && others.length === 0) store.remove(claims, claim);
}

function isOver(pod: KubeObject): boolean {
  const phase = toPod(pod).status?.phase;
  return phase === 'Succeeded' || phase === 'Failed';
}

/** The claims that a pod mounts. */
export function claimNamesOf(pod: KubeObject): readonly string[] {
  const volumes = toPod(pod).spec?.volumes ?? [];
  return volumes.flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : [],
  );
}
