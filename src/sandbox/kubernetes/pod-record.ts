import type { V1Pod } from '@kubernetes/client-node';
import { type KubeObject, toPod, wireTime } from './kube-object.ts';
import type { ObjectStore } from './object-store.ts';
import { fieldsOf, placedPod } from './pod-status.ts';

/** One pod in the store, as its kubelet reads and writes it; nothing happens once it is gone. */
export interface PodRecord {
  current(): KubeObject | undefined;
  place(nodeName: string): void;
  /** Merges into the status. `at` is the server's time on the wire. */
  tell(status: (pod: V1Pod, at: string) => Record<string, unknown>): void;
  /** The end of a deletion: the pod has ended, so it goes. */
  finishDeletion(): void;
}

export function podRecord(store: ObjectStore, now: () => number, { metadata }: KubeObject): PodRecord {
  function current(): KubeObject | undefined {
    const object = store.get('pods', metadata);
    return object?.metadata.uid === metadata.uid ? object : undefined;
  }
  return {
    current,
    place(nodeName) {
      const object = current();
      if (object) store.put('pods', placedPod(object, nodeName));
    },
    tell(status) {
      const object = current();
      if (!object) return;
      const change = status(toPod(object), wireTime(now()));
      store.put('pods', { ...object, status: { ...fieldsOf(object.status), ...change } });
    },
    finishDeletion() {
      const object = current();
      if (object?.metadata.deletionTimestamp !== undefined) store.remove('pods', object);
    },
  };
}
