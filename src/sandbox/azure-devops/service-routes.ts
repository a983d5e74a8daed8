import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { locationsOf, resourceAreasOf } from './locations.ts';
import { iso } from './rendering.ts';
import { operation, type RouteContext } from './route-context.ts';
import { latestOfEach, type StoredStatus } from './status-store.ts';
import { enumOf, listOf, parseInput, queryFlag, queryNumber, ServiceRefusal } from './wire.ts';

const areaParams = z.object({ area: z.string() });
const packagePlace = z.object({ platform: z.string().default('linux-x64') });

/** What clients ask for before their first real call, and what belongs to no pool. */
export function addServiceRoutes(app: FastifyInstance, context: RouteContext): void {
  const { world } = context;

  app.options('/_apis/:area', operation('listLocations'), (request) =>
    listOf(locationsOf(parseInput(areaParams, request.params).area, context.profile)),
  );

  app.get('/_apis/ResourceAreas', operation('listResourceAreas'), () =>
    resourceAreasOf(context.profile, context.baseUrl()),
  );

  app.get('/_apis/connectionData', operation('getConnectionData'), () => ({
    instanceId: '6a3f0c5e-0000-4000-8000-000000000001',
    deploymentType: context.profile === 'server' ? 'onPremises' : 'hosted',
    locationServiceData: {
      serviceOwner: '00025394-6065-48ca-87d9-7f5672854ef7',
      defaultAccessMappingMoniker: 'CodexAccessMapping',
    },
  }));

  addPackageRoutes(app, context);

  app.get('/_apis/distributedtask/resourceusage', operation('getResourceUsage'), () => {
    const running = [...world.pools.keys()]
      .flatMap((id) => world.unfinishedJobs(id))
      .filter((job) => job.agent !== undefined);
    return {
      resourceLimit: {
        hostId: '6a3f0c5e-0000-4000-8000-000000000001',
        parallelismTag: 'Private',
        isHosted: false,
        isPremium: false,
        failedToReachAllProviders: false,
        ...(context.parallelJobs === undefined ? {} : { totalCount: context.parallelJobs }),
      },
      usedCount: running.length,
      runningRequests: [],
    };
  });
}

/** The platform stands in the path or in the query. */
function addPackageRoutes(app: FastifyInstance, context: RouteContext): void {
  for (const path of ['/_apis/distributedtask/packages/agent', '/_apis/distributedtask/packages/agent/:platform']) {
    app.get(path, operation('listPackages'), ({ query, params }) => {
      const { platform } = parseInput(packagePlace, { ...Object(query), ...Object(params) });
      const filename = `vsts-agent-${platform}-4.0.0.tar.gz`;
      return listOf([
        {
          type: 'agent',
          platform,
          createdOn: iso(context.world.now()),
          version: { major: 4, minor: 0, patch: 0 },
          downloadUrl: `${context.baseUrl()}/_packages/${filename}`,
          infoUrl: '',
          filename,
          hashValue: '',
        },
      ]);
    });
  }
}

const states = ['notSet', 'pending', 'succeeded', 'failed', 'error', 'notApplicable', 'partiallySucceeded'] as const;
const commitParams = z.object({ project: z.string(), repository: z.string(), commit: z.string() });
const statusQuery = z.object({ top: queryNumber, skip: queryNumber, latestOnly: queryFlag });
const statusBody = z.looseObject({
  state: enumOf(states),
  description: z.string().optional(),
  targetUrl: z.string().optional(),
  context: z.looseObject({ name: z.string().min(1), genre: z.string().optional() }),
});

export function addStatusRoutes(app: FastifyInstance, context: RouteContext): void {
  const path = '/:project/_apis/git/repositories/:repository/commits/:commit/statuses';

  app.get(path, operation('listStatuses'), (request) => {
    const { top = 1000, skip = 0, latestOnly } = parseInput(statusQuery, request.query);
    const all = context.statuses.list(placeOf(request.params));
    const chosen = latestOnly ? latestOfEach(all) : all.toReversed();
    return listOf(chosen.slice(skip, skip + top).map((status) => renderStatus(status, context.baseUrl())));
  });

  app.post(path, operation('createStatus'), (request, reply) => {
    const body = parseInput(statusBody, request.body);
    const status = context.statuses.append(placeOf(request.params), {
      state: body.state,
      description: body.description,
      targetUrl: body.targetUrl,
      context: { name: body.context.name, genre: body.context.genre },
      createdAt: context.world.now(),
    });
    return reply.code(201).send(renderStatus(status, context.baseUrl()));
  });
}

function placeOf(params: unknown) {
  const place = parseInput(commitParams, params);
  if (/^[0-9a-f]{40}$/i.test(place.commit)) return place;
  throw new ServiceRefusal(
    404,
    'GitCommitDoesNotExistException',
    `TF401175: The commit ${place.commit} does not exist.`,
  );
}

function renderStatus(status: StoredStatus, baseUrl: string) {
  const { createdAt, ...fields } = status;
  return {
    ...fields,
    creationDate: iso(createdAt),
    updatedDate: iso(createdAt),
    createdBy: {
      displayName: 'Simulated service',
      url: `${baseUrl}/_apis/Identities/6a3f0c5e-0000-4000-8000-000000000003`,
      id: '6a3f0c5e-0000-4000-8000-000000000003',
      uniqueName: 'simulated-service',
      imageUrl: `${baseUrl}/_apis/GraphProfile/MemberAvatars/6a3f0c5e-0000-4000-8000-000000000003`,
    },
  };
}
