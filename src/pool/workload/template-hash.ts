import { createHash } from 'node:crypto';
import type { TemplateHashes } from '../phase.ts';
import type { AgentClass, PoolSpec } from '../spec.ts';
import { buildAgentPod } from './agent-pod.ts';

/** What a pod of each class would be built from now. Two equal hashes mean equal pods but for index, job and revision. */
export function templateHashes(spec: PoolSpec): TemplateHashes {
  return new Map(spec.agentClasses.map((agentClass) => [agentClass.name, templateHash(spec, agentClass)]));
}

function templateHash(spec: PoolSpec, agentClass: AgentClass): string {
  const { metadata, spec: podSpec } = buildAgentPod(spec, agentClass, {
    naming: { instance: 'template', pool: spec.name },
    index: 0,
    owner: '',
    revision: '',
    templateHash: '',
    secretKey: spec.connection.credential.secretKey ?? '',
    reason: '',
    missingVolumes: new Set(),
  });
  const claims = agentClass.shape.volumes;
  return createHash('sha256').update(canonicalJson({ metadata, podSpec, claims })).digest('hex').slice(0, 16);
}

/** JSON with sorted keys, so that the order in which a map was written does not count. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
