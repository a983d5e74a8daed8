/**
 * The API locations that the simulated service has, as the hosted service announced them in the recordings of the
 * public azure-cli-extension project for Azure DevOps (MIT).
 */

/** What `OPTIONS _apis/<area>` lists. */
export interface ApiLocation {
  readonly id: string;
  readonly area: string;
  readonly resourceName: string;
  readonly routeTemplate: string;
  readonly resourceVersion: number;
  readonly minVersion: string;
  readonly maxVersion: string;
  readonly releasedVersion: string;
}

export type ServiceProfile = 'services' | 'server';

const previewOnly = '0.0';
const pool = '_apis/{area}/pools/{poolId}';
const repository = '{project}/_apis/{area}/repositories/{repositoryId}';

type LocationRow = readonly [area: string, resource: string, id: string, template: string, more?: LocationTail];
interface LocationTail {
  readonly resourceVersion?: number;
  readonly minVersion?: string;
  readonly releasedVersion?: string;
}

const rows: readonly LocationRow[] = [
  [
    'Location',
    'ResourceAreas',
    'e81700f7-3be2-46de-8624-2eb35882fcaa',
    '_apis/{resource}/{areaId}',
    { minVersion: '3.2', releasedVersion: previewOnly },
  ],
  [
    'Location',
    'ConnectionData',
    '00d9565f-ed9c-4a06-9a50-00e7896ccab4',
    '_apis/{resource}',
    { releasedVersion: previewOnly },
  ],
  ['distributedtask', 'pools', 'a8c47e17-4d56-4a56-92bb-de7ea7dc65be', '_apis/{area}/{resource}/{poolId}'],
  ['distributedtask', 'agents', 'e298ef32-5878-4cab-993c-043836571f42', `${pool}/{resource}/{agentId}`],
  [
    'distributedtask',
    'usercapabilities',
    '30ba3ada-fedf-4da8-bbb5-dacf2f82e176',
    `${pool}/agents/{agentId}/{resource}`,
  ],
  ['distributedtask', 'jobrequests', 'fc825784-c92a-4299-9221-998a02d1b54f', `${pool}/{resource}/{requestId}`],
  ['distributedtask', 'sessions', '134e239e-2df3-4794-a6f6-24f1f19ec8dc', `${pool}/{resource}/{sessionId}`],
  ['distributedtask', 'messages', 'c3a054f6-7a8a-49c0-944e-3a8e5d7adfd7', `${pool}/{resource}/{messageId}`],
  [
    'distributedtask',
    'packages',
    '8ffcd551-079c-493a-9c02-54346299d144',
    '_apis/{area}/{resource}/{packageType}/{platform}/{version}',
    { resourceVersion: 2 },
  ],
  [
    'distributedtask',
    'resourceusage',
    'eae1d376-a8b1-4475-9041-1dfdbe8f0143',
    '_apis/{area}/{resource}',
    { resourceVersion: 2, minVersion: '4.1', releasedVersion: previewOnly },
  ],
  [
    'git',
    'commits',
    'c2570c3b-5b3f-41b8-98bf-5407bfde8d58',
    `${repository}/{resource}/{commitId}`,
    { resourceVersion: 2 },
  ],
  [
    'git',
    'statuses',
    '428dd4fb-fda5-4722-af02-9313b80305da',
    `${repository}/commits/{commitId}/{resource}`,
    { resourceVersion: 2, minVersion: '2.1' },
  ],
];

/** An older Server knows nothing newer than 7.0. */
export function locationsOf(area: string, profile: ServiceProfile): ApiLocation[] {
  return rows
    .filter(([owner]) => owner.toLowerCase() === area.toLowerCase())
    .map(([owner, resourceName, id, routeTemplate, more = {}]) => ({
      id,
      area: owner,
      resourceName,
      routeTemplate,
      resourceVersion: more.resourceVersion ?? 1,
      minVersion: more.minVersion ?? '1.0',
      maxVersion: profile === 'server' ? '7.0' : '7.2',
      releasedVersion: profile === 'server' ? '7.0' : (more.releasedVersion ?? '7.1'),
    }));
}

/** What `GET _apis/ResourceAreas` lists: every area at the service's own address. A Server lists none. */
export function resourceAreasOf(profile: ServiceProfile, baseUrl: string) {
  if (profile === 'server') return { count: 0, value: null };
  const areas = [
    { id: 'a85b8835-c1a1-4aac-ae97-1c3d0ba72dbd', name: 'distributedtask' },
    { id: '4e080c62-fa21-4fbc-8fef-2a10a2b38049', name: 'git' },
    { id: '79134c72-4a58-4b42-976c-04e7115f32bf', name: 'core' },
  ];
  return { count: areas.length, value: areas.map((area) => ({ ...area, locationUrl: `${baseUrl}/` })) };
}
