/** A resource that the simulated server stores. */
export interface ResourceKind {
  readonly plural: string;
  readonly kind: string;
  /** '' for the core group. */
  readonly group: string;
  readonly namespaced: boolean;
  readonly shortName?: string;
}

export const resourceKinds: readonly ResourceKind[] = [
  { plural: 'namespaces', kind: 'Namespace', group: '', namespaced: false, shortName: 'ns' },
  { plural: 'pods', kind: 'Pod', group: '', namespaced: true, shortName: 'po' },
  { plural: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim', group: '', namespaced: true, shortName: 'pvc' },
  { plural: 'secrets', kind: 'Secret', group: '', namespaced: true },
  { plural: 'configmaps', kind: 'ConfigMap', group: '', namespaced: true, shortName: 'cm' },
  { plural: 'leases', kind: 'Lease', group: 'coordination.k8s.io', namespaced: true },
  { plural: 'events', kind: 'Event', group: 'events.k8s.io', namespaced: true },
  { plural: 'events', kind: 'Event', group: '', namespaced: true },
];

export function apiVersionOf(kind: ResourceKind): string {
  return kind.group === '' ? 'v1' : `${kind.group}/v1`;
}

/** Where the objects of a kind are kept; events of both groups are the same objects. */
export function collectionOf(kind: ResourceKind): string {
  return kind.plural;
}

/** A path below `/api/v1` or `/apis/<group>/v1`, taken apart. */
export interface ResourcePath {
  readonly kind: ResourceKind;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** undefined when the path names nothing that the server stores. */
export function parseResourcePath(pathname: string): ResourcePath | undefined {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [root, group, ...afterGroup] = parts;
  if (root === 'api' && group === 'v1') return readPath('', afterGroup);
  if (root === 'apis' && group !== undefined && afterGroup[0] === 'v1') return readPath(group, afterGroup.slice(1));
  return undefined;
}

function readPath(group: string, parts: readonly string[]): ResourcePath | undefined {
  const [first, namespace, plural, name, subresource] = parts;
  if (first === 'namespaces' && plural !== undefined && namespace !== undefined) {
    return resourcePath(group, { plural, namespace, name, subresource });
  }
  return first === undefined ? undefined : resourcePath(group, { plural: first, name: namespace });
}

function resourcePath(
  group: string,
  place: {
    readonly plural: string;
    readonly namespace?: string;
    readonly name?: string | undefined;
    readonly subresource?: string | undefined;
  },
): ResourcePath | undefined {
  const kind = resourceKinds.find((candidate) => candidate.group === group && candidate.plural === place.plural);
  if (kind === undefined) return undefined;
  return {
    kind,
    ...(place.namespace !== undefined && { namespace: place.namespace }),
    ...(place.name !== undefined && { name: place.name }),
    ...(place.subresource !== undefined && { subresource: place.subresource }),
  };
}
