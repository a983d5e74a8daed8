/** Every name, label, annotation and variable that Poolkeeper writes on objects and agents, and how to read it back. */

export const labels = {
  name: 'app.kubernetes.io/name',
  instanceName: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  instance: 'poolkeeper.dev/instance',
  pool: 'poolkeeper.dev/pool',
  agentClass: 'poolkeeper.dev/agent-class',
  index: 'poolkeeper.dev/index',
} as const;

export const annotations = {
  templateHash: 'poolkeeper.dev/template-hash',
  templateHashVersion: 'poolkeeper.dev/template-hash-version',
  reason: 'poolkeeper.dev/reason',
  retiring: 'poolkeeper.dev/retiring',
  jobRequest: 'poolkeeper.dev/job-request',
  jobResult: 'poolkeeper.dev/job-result',
  revision: 'poolkeeper.dev/revision',
  registeredWith: 'poolkeeper.dev/registered-with',
  replaces: 'poolkeeper.dev/replaces',
  /** On claims: the `pvcs[].name` it was made for, and whether it goes with its agent. */
  volume: 'poolkeeper.dev/volume',
  deleteWithAgent: 'poolkeeper.dev/delete-with-agent',
} as const;

/** Capabilities, and the variables that become capabilities of our agents. */
export const capabilities = {
  owner: 'POOLKEEPER_OWNER',
  placeholder: 'POOLKEEPER_PLACEHOLDER',
  renewed: 'POOLKEEPER_RENEWED',
} as const;

export const agentContainerName = 'agent';
export const defaultInstance = 'default';

/** Where names are made: the instance's name and the pool's. */
export interface PoolNaming {
  readonly instance: string;
  readonly pool: string;
}

function prefix(naming: PoolNaming): string {
  return naming.instance === defaultInstance ? naming.pool : `${naming.instance}-${naming.pool}`;
}

/** Pod name and agent name of one index. */
export function agentName(naming: PoolNaming, index: number): string {
  return `${prefix(naming)}-agent-${index}`;
}

/** The index in an agent name of this pool; undefined for any other name. */
export function parseAgentName(naming: PoolNaming, name: string): number | undefined {
  const start = `${prefix(naming)}-agent-`;
  if (!name.startsWith(start)) return undefined;
  const digits = name.slice(start.length);
  return /^(0|[1-9]\d{0,5})$/.test(digits) ? Number(digits) : undefined;
}

/** The claim of one index and volume: `<pod>-<volume>`. */
export function claimName(podName: string, volume: string): string {
  return `${podName}-${volume}`;
}

export function placeholderName(naming: PoolNaming, agentClass: string): string {
  return `${prefix(naming)}-placeholder-${agentClass}`;
}

/** The class in a placeholder name of this pool; undefined for any other name. */
export function parsePlaceholderName(naming: PoolNaming, name: string): string | undefined {
  const start = `${prefix(naming)}-placeholder-`;
  return name.startsWith(start) && name.length > start.length ? name.slice(start.length) : undefined;
}

/** `POOLKEEPER_OWNER`: first 8 characters of the agents' namespace uid, instance, pool. */
export function ownerMark(namespaceUid: string, naming: PoolNaming): string {
  return `${namespaceUid.slice(0, 8)}/${naming.instance}/${naming.pool}`;
}

/** Labels that every object of ours carries. */
export function instanceLabels(instance: string): Record<string, string> {
  return {
    [labels.name]: 'poolkeeper-agent',
    [labels.instanceName]: instance,
    [labels.component]: 'agent',
    [labels.managedBy]: 'poolkeeper',
    [labels.instance]: instance,
  };
}

export function slotLabels(naming: PoolNaming, agentClass: string, index: number): Record<string, string> {
  return {
    ...instanceLabels(naming.instance),
    [labels.pool]: naming.pool,
    [labels.agentClass]: agentClass,
    [labels.index]: String(index),
  };
}

/** Selects the objects of one instance, whatever the pool. */
export function instanceSelector(instance: string): string {
  return `${labels.managedBy}=poolkeeper,${labels.instance}=${instance}`;
}
