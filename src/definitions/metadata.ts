import type { PoolSpec } from '../pool/spec.ts';
import type { ConfigDocument } from './document.ts';
import type { Finding } from './finding.ts';
import type { FieldPath } from './positions.ts';
import { metadataSchema } from './schema.ts';
import { isRecord, schemaFindings } from './schema-findings.ts';

export type Metadata = Pick<PoolSpec, 'name' | 'labels' | 'annotations'>;

export interface ReadMetadata {
  readonly value: Metadata | undefined;
  readonly findings: readonly Finding[];
}

/** What a cluster writes into `metadata`: seen where a definition was copied from a cluster. */
const setByCluster = new Set(
  'namespace uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds selfLink managedFields ownerReferences finalizers generateName'.split(
    ' ',
  ),
);

/** Reads `metadata` and the keys beside it. What only a cluster sets is ignored with a warning. */
export function readMetadata(document: ConfigDocument, root: Readonly<Record<string, unknown>>): ReadMetadata {
  const raw = root.metadata;
  const topLevel = Object.keys(root).flatMap((key) => topLevelFinding(document, key));
  if (!isRecord(raw)) {
    const message = 'is missing; give the pool a name with metadata.name';
    return {
      value: undefined,
      findings: [...topLevel, document.finding({ path: ['metadata'], rule: 'required', message })],
    };
  }
  const ignored = Object.keys(raw).filter((key) => setByCluster.has(key));
  const own = Object.fromEntries(Object.entries(raw).filter(([key]) => !setByCluster.has(key)));
  const result = metadataSchema.safeParse(own);
  const issues = result.success ? [] : result.error.issues;
  const findings = [
    ...topLevel,
    ...ignored.map((key) => ignoredFinding(document, ['metadata', key])),
    ...schemaFindings({ document, base: ['metadata'], raw: own, knownKeys }, issues),
    ...reservedKeys(document, own),
  ];
  return { value: result.success ? result.data : undefined, findings };
}

function knownKeys(path: FieldPath): readonly string[] {
  return path.length === 0 ? Object.keys(metadataSchema.shape) : [];
}

function topLevelFinding(document: ConfigDocument, key: string): Finding[] {
  if (['apiVersion', 'kind', 'metadata', 'spec'].includes(key)) return [];
  if (key === 'status') return [ignoredFinding(document, [key])];
  return schemaFindings({ document, base: [], raw: {}, knownKeys: () => ['metadata', 'spec'] }, [
    { code: 'unrecognized_keys', keys: [key], path: [], message: '' },
  ]);
}

function ignoredFinding(document: ConfigDocument, path: readonly string[]): Finding {
  const message = 'is ignored: definitions are files, and only a cluster sets this; remove it';
  return document.finding({ severity: 'warning', path, rule: 'ignored', message, on: 'key' });
}

/** Labels and annotations of ours on the pods must say the truth. */
function reservedKeys(document: ConfigDocument, metadata: Readonly<Record<string, unknown>>): Finding[] {
  return ['labels', 'annotations'].flatMap((field) => {
    const map = metadata[field];
    const keys = isRecord(map) ? Object.keys(map).filter((key) => key.startsWith('poolkeeper.dev/')) : [];
    const message = 'names under poolkeeper.dev/ are set by Poolkeeper; choose another';
    return keys.map((key) =>
      document.finding({ path: ['metadata', field, key], rule: 'reserved-label', message, on: 'key' }),
    );
  });
}
