import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { agentName, annotations, claimName, type PoolNaming, slotLabels } from '../names.ts';
import type { AgentClass, VolumeSpec } from '../spec.ts';

/** The claim of one volume and index. It outlives its pod unless it says otherwise. */
export function buildVolumeClaim(
  naming: PoolNaming,
  agentClass: AgentClass,
  place: { readonly index: number; readonly volume: VolumeSpec },
): V1PersistentVolumeClaim {
  const { index, volume } = place;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(agentName(naming, index), volume.name),
      labels: slotLabels(naming, agentClass.name, index),
      annotations: {
        [annotations.volume]: volume.name,
        ...(volume.deleteWithAgent && { [annotations.deleteWithAgent]: 'true' }),
      },
    },
    spec: {
      accessModes: [...volume.accessModes],
      // Left out, not empty: an empty class would mean that no class may serve the claim.
      ...(volume.storageClass !== undefined && { storageClassName: volume.storageClass }),
      resources: { requests: { storage: volume.storage } },
    },
  };
}
