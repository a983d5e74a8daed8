/**
 * Which fields the service's answers may have, and of which type. Derived from the definitions of the public
 * repository MicrosoftDocs/vsts-rest-api-specs (MIT; distributedTask and git, version 7.1), corrected where recordings
 * of the live service show something else: `demands` are strings, some numbers of a pool may be null.
 * The definitions hardly say which fields must be there; `recordedFields` does, for job requests.
 */
export type Shape = { readonly [field: string]: string };

const reference: Shape = {
  _links: 'links',
  accessPoint: 'string',
  enabled: 'boolean',
  id: 'integer',
  name: 'string',
  osDescription: 'string',
  provisioningState: 'string',
  status: 'one of offline|online',
  version: 'string',
};

export const shapes: Readonly<Record<string, Shape>> = {
  TaskAgentReference: reference,
  TaskAgent: {
    ...reference,
    assignedRequest: 'TaskAgentJobRequest',
    authorization: 'TaskAgentAuthorization',
    createdOn: 'date',
    lastCompletedRequest: 'TaskAgentJobRequest',
    maxParallelism: 'integer',
    pendingUpdate: 'TaskAgentUpdate',
    statusChangedOn: 'date',
    systemCapabilities: 'map',
    userCapabilities: 'map',
  },
  TaskAgentAuthorization: { authorizationUrl: 'string', clientId: 'string' },
  TaskAgentUpdate: {
    currentState: 'string',
    requestTime: 'date',
    sourceVersion: 'PackageVersion',
    targetVersion: 'PackageVersion',
  },
  PackageVersion: { major: 'integer', minor: 'integer', patch: 'integer' },
  TaskAgentPool: {
    id: 'integer',
    isHosted: 'boolean',
    isLegacy: 'boolean',
    name: 'string',
    options: 'one of none|elasticPool|singleUseAgents|preserveAgentOnJobFailure',
    poolType: 'one of automation|deployment',
    scope: 'string',
    size: 'integer',
    agentCloudId: 'integer or null',
    autoProvision: 'boolean',
    autoSize: 'boolean',
    autoUpdate: 'boolean',
    createdBy: 'IdentityRef',
    createdOn: 'date',
    owner: 'IdentityRef',
    targetSize: 'integer or null',
  },
  TaskAgentJobRequest: {
    assignTime: 'date',
    data: 'map',
    definition: 'TaskOrchestrationOwner',
    demands: 'strings',
    finishTime: 'date',
    hostId: 'guid',
    jobId: 'guid',
    jobName: 'string',
    lockedUntil: 'date',
    matchedAgents: 'list of TaskAgentReference',
    matchesAllAgentsInPool: 'boolean',
    orchestrationId: 'string',
    owner: 'TaskOrchestrationOwner',
    planId: 'guid',
    planType: 'string',
    poolId: 'integer',
    priority: 'integer',
    queueTime: 'date',
    receiveTime: 'date',
    requestId: 'integer',
    reservedAgent: 'TaskAgentReference',
    result: 'one of succeeded|succeededWithIssues|failed|canceled|skipped|abandoned',
    scopeId: 'guid',
    serviceOwner: 'guid',
  },
  TaskOrchestrationOwner: { _links: 'links', id: 'integer', name: 'string' },
  IdentityRef: {
    _links: 'links',
    descriptor: 'string',
    displayName: 'string',
    url: 'string',
    id: 'guid',
    imageUrl: 'string',
    uniqueName: 'string',
  },
  GitStatus: {
    context: 'GitStatusContext',
    createdBy: 'IdentityRef',
    creationDate: 'date',
    description: 'string',
    id: 'integer',
    state: 'one of notSet|pending|succeeded|failed|error|notApplicable|partiallySucceeded',
    targetUrl: 'string',
    updatedDate: 'date',
  },
  GitStatusContext: { genre: 'string', name: 'string' },
  ResourceArea: { id: 'guid', name: 'string', locationUrl: 'string' },
  ApiLocation: {
    id: 'guid',
    area: 'string',
    resourceName: 'string',
    routeTemplate: 'string',
    resourceVersion: 'integer',
    minVersion: 'string',
    maxVersion: 'string',
    releasedVersion: 'string',
  },
  PackageMetadata: {
    type: 'string',
    platform: 'string',
    createdOn: 'date',
    version: 'PackageVersion',
    downloadUrl: 'string',
    infoUrl: 'string',
    filename: 'string',
    hashValue: 'string',
  },
};

const always = [
  'data',
  'definition',
  'demands',
  'hostId',
  'jobId',
  'orchestrationId',
  'owner',
  'planId',
  'planType',
  'poolId',
  'priority',
  'queueTime',
  'requestId',
  'scopeId',
  'serviceOwner',
];

/** What recorded job requests have in each state (rows of the public KEDA project's scaler tests, Apache-2.0). */
export const recordedFields = {
  queued: [...always, 'matchedAgents'],
  running: [...always, 'matchedAgents', 'assignTime', 'receiveTime', 'lockedUntil', 'reservedAgent'],
  finished: [...always, 'assignTime', 'receiveTime', 'lockedUntil', 'reservedAgent', 'result'],
} as const;

export const recordedReservedAgent = [
  '_links',
  'accessPoint',
  'enabled',
  'id',
  'name',
  'osDescription',
  'provisioningState',
  'status',
  'version',
];

/** What no published definition has: fields as in the typings of the npm package azure-devops-node-api (MIT). */
const unpublished: Readonly<Record<string, Shape>> = {
  TaskAgentSession: {
    agent: 'TaskAgentReference',
    encryptionKey: 'TaskAgentSessionKey',
    ownerName: 'string',
    sessionId: 'guid',
    systemCapabilities: 'map',
  },
  TaskAgentSessionKey: { encrypted: 'boolean', value: 'string' },
  TaskAgentMessage: { body: 'string', iv: 'string', messageId: 'integer', messageType: 'string' },
  ResourceUsage: {
    resourceLimit: 'ResourceLimit',
    runningRequests: 'list of TaskAgentJobRequest',
    usedCount: 'integer',
    usedMinutes: 'integer',
  },
  ResourceLimit: {
    failedToReachAllProviders: 'boolean',
    hostId: 'guid',
    isHosted: 'boolean',
    isPremium: 'boolean',
    parallelismTag: 'string',
    totalCount: 'integer',
    totalMinutes: 'integer',
  },
  ConnectionData: {
    instanceId: 'guid',
    deploymentType: 'one of hosted|onPremises',
    locationServiceData: 'LocationServiceData',
  },
  LocationServiceData: { serviceOwner: 'guid', defaultAccessMappingMoniker: 'string' },
};

/** Every way in which the value differs from the shape, by path. */
export function differences(value: unknown, type: string, path = ''): string[] {
  const list = /^list of (\w+)$/.exec(type)?.[1];
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${path}: no list`];
    return value.flatMap((item, index) => differences(item, list, `${path}[${index}]`));
  }
  const shape = shapes[type] ?? unpublished[type];
  if (shape === undefined) return isOfType(value, type) ? [] : [`${path}: ${JSON.stringify(value)} is no ${type}`];
  if (typeof value !== 'object' || value === null) return [`${path}: no object`];
  return Object.entries(value).flatMap(([field, found]) => {
    const wanted = shape[field];
    return wanted === undefined ? [`${path}.${field}: unknown`] : differences(found, wanted, `${path}.${field}`);
  });
}

const guid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

const checks: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  'integer or null': (value) => value === null || Number.isInteger(value),
  date: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value),
  guid: (value) => typeof value === 'string' && guid.test(value),
  strings: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
  map: (value) => valuesOf(value).every((item) => typeof item === 'string'),
  links: (value) => valuesOf(value).every((link) => typeof (link as { href?: unknown }).href === 'string'),
};

function isOfType(value: unknown, type: string): boolean {
  if (!type.startsWith('one of ')) return checks[type]?.(value) ?? false;
  const names = type.slice('one of '.length).split('|');
  return typeof value === 'string' && value.split(', ').every((name) => names.includes(name));
}

function valuesOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [undefined];
}
