import type { AgentPod } from './observation.ts';
import type { AgentClass } from './spec.ts';

/** Raised when the builder changes what it writes for an unchanged definition: old pods are then not called drifted. */
export const templateHashVersion = '1';

/** How the pod differs from what would be built for its class now; undefined when it does not. */
export function driftReason(
  pod: AgentPod,
  agentClass: AgentClass | undefined,
  templates: ReadonlyMap<string, string>,
): string | undefined {
  if (agentClass === undefined) return `agent class ${pod.agentClass} is no longer defined`;
  if (pod.templateHash === undefined || pod.templateHashVersion !== templateHashVersion) return undefined;
  return pod.templateHash === templates.get(agentClass.name) ? undefined : 'built from an older definition';
}
