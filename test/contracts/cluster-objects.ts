import type { V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import { agentName, annotations, claimName, slotLabels } from '../../src/pool/names.ts';

/** The pod of one index, as small as the server takes it. */
export function aPod(
  instance: string,
  index: number,
  given: { pool?: string; annotations?: Record<string, string> } = {},
): V1Pod {
  const naming = { instance, pool: given.pool ?? 'linux' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: agentName(naming, index),
      labels: slotLabels(naming, 'default', index),
      annotations: { [annotations.reason]: 'queued-jobs', ...given.annotations },
    },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      initContainers: [{ name: 'own-volumes', image: 'busybox:1' }],
      containers: [{ name: 'agent', image: 'agent:1' }],
      volumes: [{ name: 'cache', persistentVolumeClaim: { claimName: claimName(agentName(naming, index), 'cache') } }],
    },
  };
}

/** The same name, but somebody else's. */
export function aForeignPod(name: string, labels: Record<string, string> = { app: 'other' }): V1Pod {
  return {
    metadata: { name, labels },
    spec: { automountServiceAccountToken: false, containers: [{ name: 'main', image: 'other:1' }] },
  };
}

export function aClaim(
  instance: string,
  index: number,
  given: { deleteWithAgent?: boolean } = {},
): V1PersistentVolumeClaim {
  const naming = { instance, pool: 'linux' };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(agentName(naming, index), 'cache'),
      labels: slotLabels(naming, 'default', index),
      annotations: {
        [annotations.volume]: 'cache',
        ...(given.deleteWithAgent && { [annotations.deleteWithAgent]: 'true' }),
      },
    },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
}

export function nameOf(object: { readonly metadata?: { readonly name?: string } }): string {
  return object.metadata?.name ?? '';
}
