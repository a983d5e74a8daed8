import { z } from 'zod';
import { poolSpecTextSchema } from '../definitions/accepted-set.ts';

/** What a recording holds: everything that one plan was made from. Written and read by ourselves, so it is strict. */

const failureSchema = z.strictObject({
  kind: z.literal('failed'),
  cause: z.enum(['permanent', 'throttled', 'transient']),
  message: z.string(),
  retryAfterMs: z.number().exactOptional(),
});

function readingOf<T extends z.ZodType>(value: T) {
  return z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('read'), value }), failureSchema]);
}

const markSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('unread') }),
  z.strictObject({ kind: z.literal('unrelated') }),
  z.strictObject({ kind: z.literal('unmarked') }),
  z.strictObject({ kind: z.literal('agent'), owner: z.string() }),
  z.strictObject({
    kind: z.literal('placeholder'),
    owner: z.string(),
    agentClass: z.string(),
    renewedAt: z.number(),
    capabilities: z.record(z.string(), z.string()),
  }),
]);

const agentSchema = z.strictObject({
  id: z.number(),
  name: z.string(),
  online: z.boolean(),
  enabled: z.boolean(),
  version: z.string(),
  createdAt: z.number(),
  statusChangedAt: z.number().exactOptional(),
  assignedRequestId: z.number().exactOptional(),
  lastFinishedAt: z.number().exactOptional(),
  lastResult: z.string().exactOptional(),
  updating: z.boolean(),
  mark: markSchema,
});

const jobSchema = z.strictObject({
  requestId: z.number(),
  queuedAt: z.number(),
  assignedAt: z.number().exactOptional(),
  receivedAt: z.number().exactOptional(),
  lockedUntil: z.number().exactOptional(),
  finishedAt: z.number().exactOptional(),
  result: z.string().exactOptional(),
  demands: z.array(z.string()),
  reservedAgentId: z.number().exactOptional(),
  reservedAgentName: z.string().exactOptional(),
  matchedAgentIds: z.array(z.number()).exactOptional(),
  matchesAllAgentsInPool: z.boolean(),
  definitionName: z.string().exactOptional(),
  runId: z.number().exactOptional(),
});

const containerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('waiting'), reason: z.string(), message: z.string().exactOptional() }),
  z.strictObject({ kind: z.literal('running') }),
  z.strictObject({ kind: z.literal('terminated'), exitCode: z.number(), finishedAt: z.number().exactOptional() }),
]);

const podSchema = z.strictObject({
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  pool: z.string(),
  index: z.number(),
  agentClass: z.string(),
  createdAt: z.number(),
  deletionDeadline: z.number().exactOptional(),
  phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']),
  scheduled: z.boolean(),
  agentContainer: containerSchema,
  retiring: z.string().exactOptional(),
  jobResult: z.string().exactOptional(),
  jobRequestId: z.number().exactOptional(),
  replaces: z.string().exactOptional(),
  templateHash: z.string().exactOptional(),
  templateHashVersion: z.string().exactOptional(),
  registeredWith: z
    .strictObject({ url: z.string(), pool: z.string(), secretName: z.string(), secretKey: z.string().exactOptional() })
    .exactOptional(),
  runOnce: z.boolean(),
  claimNames: z.array(z.string()),
});

const claimSchema = z.strictObject({
  name: z.string(),
  uid: z.string(),
  pool: z.string(),
  index: z.number(),
  volume: z.string(),
  createdAt: z.number(),
  terminating: z.boolean(),
  deleteWithAgent: z.boolean(),
});

const memorySchema = z.strictObject({
  startFailures: z.record(
    z.string(),
    z.strictObject({ templateHash: z.string(), failures: z.number(), reason: z.string(), retryAt: z.number() }),
  ),
  restingIndexes: z.record(z.coerce.string(), z.strictObject({ until: z.number(), failures: z.number() })),
  countedPods: z.array(z.string()),
  seenPods: z.array(z.string()),
  removals: z.array(z.number()),
  since: z.number().exactOptional(),
});

export const recordingSchema = z.strictObject({
  version: z.literal(1),
  naming: z.strictObject({ instance: z.string(), pool: z.string() }),
  spec: poolSpecTextSchema,
  removed: z.boolean(),
  claimsPassOn: z.boolean().exactOptional(),
  templates: z.array(z.tuple([z.string(), z.string()])),
  memory: memorySchema,
  observation: z.strictObject({
    owner: z.string(),
    agents: readingOf(z.array(agentSchema)),
    jobs: readingOf(z.array(jobSchema)),
    cluster: readingOf(z.strictObject({ pods: z.array(podSchema), claims: z.array(claimSchema) })),
    azureDevOpsTime: z.number(),
    clusterTime: z.number(),
    clocksSteady: z.boolean(),
    predecessorPods: z.number(),
    fence: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('held') }),
      z.strictObject({ kind: z.literal('open'), message: z.string() }),
      z.strictObject({ kind: z.literal('contested'), message: z.string() }),
    ]),
  }),
});
