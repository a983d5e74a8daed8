export interface NeededPermission {
  readonly resource: string;
  /** The core group unless given. */
  readonly group?: string;
  readonly verbs: readonly string[];
}

/** What the adapter does in the agents' namespace, and so what the Role in `manifests/role.yaml` grants. */
export const neededPermissions: readonly NeededPermission[] = [
  { resource: 'pods', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { resource: 'persistentvolumeclaims', verbs: ['get', 'list', 'watch', 'create', 'delete'] },
  { resource: 'secrets', verbs: ['get'] },
  { resource: 'configmaps', verbs: ['get', 'list', 'create', 'update', 'delete'] },
  { resource: 'namespaces', verbs: ['get'] },
  { resource: 'leases', group: 'coordination.k8s.io', verbs: ['get', 'create', 'update'] },
];
