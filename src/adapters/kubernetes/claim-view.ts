import { z } from 'zod';
import { annotations } from '../../pool/names.ts';
import type { VolumeClaim } from '../../pool/observation.ts';
import { readSlotLabels } from './slot-labels.ts';
import { type Cached, WireMetadata } from './wire-object.ts';

const Claim = z.object({ metadata: WireMetadata });

/** Of a claim of ours, what the plan needs; undefined when its marks do not say which slot and volume it is. */
export function readVolumeClaim(object: unknown): Cached<VolumeClaim> | undefined {
  const parsed = Claim.safeParse(object);
  if (!parsed.success) return undefined;
  const { name, uid, resourceVersion, creationTimestamp, deletionTimestamp, ...metadata } = parsed.data.metadata;
  const slot = readSlotLabels(metadata.labels);
  const volume = metadata.annotations?.[annotations.volume];
  if (slot === undefined || volume === undefined) return undefined;
  const value: VolumeClaim = {
    name,
    uid,
    pool: slot.pool,
    index: slot.index,
    volume,
    createdAt: creationTimestamp,
    terminating: deletionTimestamp != null,
    deleteWithAgent: metadata.annotations?.[annotations.deleteWithAgent] === 'true',
  };
  return { name, uid, resourceVersion, pool: slot.pool, value };
}
