import type { PodShape, VolumeSpec } from '../pool/spec.ts';
import type { LenientSpec } from './lenient-spec.ts';

type PoolFields = LenientSpec['fields'];
type ShapeFields = Pick<
  PoolFields,
  'imagePullPolicy' | 'resources' | 'extraEnv' | 'pvcs' | 'initContainer' | 'securityContext' | 'certTrustStore'
>;

/** What the fields of a valid definition say about the pod. */
export function shapeOf(fields: ShapeFields, image: string): PodShape {
  const { initContainer } = fields;
  return {
    image,
    imagePullPolicy: fields.imagePullPolicy,
    resources: fields.resources,
    extraEnv: fields.extraEnv,
    volumes: fields.pvcs.map(volumeOf),
    ...(initContainer && { initContainer }),
    securityContext: fields.securityContext,
    certTrustStore: fields.certTrustStore,
  };
}

function volumeOf({ storageClass, ...volume }: ShapeFields['pvcs'][number]): VolumeSpec {
  return storageClass === undefined || storageClass === '' ? volume : { ...volume, storageClass };
}
