import { z } from 'zod';
import type { AgentRecord, JobRequest } from '../../pool/observation.ts';
import { TransientError } from '../../ports/errors.ts';

/** Answers of the client library: only the fields that are used, as the library hands them on (dates, enum numbers). */

const moment = z.union([z.date(), z.string()]).transform((value, context) => {
  const time = new Date(value).getTime();
  if (!Number.isNaN(time)) return time;
  context.addIssue({ code: 'custom', message: 'not a date' });
  return z.NEVER;
});

/** Absent fields come as undefined or null. */
function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const requestReference = z.looseObject({ requestId: z.number() });

const agentStatus = z
  .union([z.number(), z.string()])
  .transform((status) => String(status).toLowerCase())
  .pipe(z.enum(['1', '2', 'offline', 'online']));

/** The client's numbers, in the service's names. */
const resultNames = ['succeeded', 'succeededWithIssues', 'failed', 'canceled', 'skipped', 'abandoned'] as const;
const jobResult = z.union([z.string(), z.number().transform((number) => resultNames[number] ?? 'unknown')]);

const agent = z.looseObject({
  id: z.number(),
  name: z.string(),
  status: agentStatus,
  enabled: z.boolean(),
  version: optional(z.string()),
  createdOn: moment,
  statusChangedOn: optional(moment),
  assignedRequest: optional(requestReference),
  lastCompletedRequest: optional(z.looseObject({ finishTime: optional(moment), result: optional(jobResult) })),
  pendingUpdate: optional(z.looseObject({})),
});

const capabilityMap = optional(z.record(z.string(), z.string().nullable()));

const agentCapabilities = z.looseObject({
  id: z.number(),
  systemCapabilities: capabilityMap,
  userCapabilities: capabilityMap,
});

/** The typings say objects, the wire has strings. */
const demand = z.union([
  z.string(),
  z
    .looseObject({ name: z.string(), value: optional(z.string()) })
    .transform(({ name, value }) => (value === undefined ? name : `${name} -equals ${value}`)),
]);

const agentReference = z.looseObject({ id: z.number() });

const jobRequest = z.looseObject({
  requestId: z.number(),
  queueTime: moment,
  assignTime: optional(moment),
  receiveTime: optional(moment),
  lockedUntil: optional(moment),
  finishTime: optional(moment),
  /** `succeeded` comes as 0: only absence means that the job has not ended. */
  result: optional(z.union([z.number(), z.string()])),
  demands: z
    .array(demand)
    .nullish()
    .transform((demands) => demands ?? []),
  reservedAgent: optional(agentReference),
  matchedAgents: optional(z.array(agentReference)),
  matchesAllAgentsInPool: optional(z.boolean()),
  definition: optional(z.looseObject({ name: optional(z.string()) })),
  owner: optional(z.looseObject({ id: optional(z.number()) })),
});

const agentPool = z.looseObject({
  id: z.number(),
  name: z.string(),
  isHosted: optional(z.boolean()),
  poolType: optional(z.union([z.number(), z.string()])),
  options: optional(z.union([z.number(), z.string()])),
});

export type PoolAnswer = z.infer<typeof agentPool>;

export function readAgents(operation: string, answer: unknown): AgentRecord[] {
  return readList(operation, answer, agent).map((found) => ({
    id: found.id,
    name: found.name,
    online: found.status === '2' || found.status === 'online',
    enabled: found.enabled,
    version: found.version ?? '',
    createdAt: found.createdOn,
    updating: found.pendingUpdate !== undefined,
    ...(found.statusChangedOn === undefined ? {} : { statusChangedAt: found.statusChangedOn }),
    ...(found.assignedRequest?.requestId === undefined ? {} : { assignedRequestId: found.assignedRequest?.requestId }),
    ...lastJob(found.lastCompletedRequest),
  }));
}

function lastJob(
  request: { readonly finishTime: number | undefined; readonly result: string | undefined } | undefined,
): Partial<AgentRecord> {
  return {
    ...(request?.finishTime !== undefined && { lastFinishedAt: request.finishTime }),
    ...(request?.result !== undefined && { lastResult: request.result }),
  };
}

/** Without the jobs that have ended. */
export function readUnfinishedJobs(operation: string, answer: unknown): JobRequest[] {
  const jobs = readList(operation, answer, jobRequest);
  return jobs.filter((job) => job.result === undefined && job.finishTime === undefined).map(toJobRequest);
}

function toJobRequest(job: z.infer<typeof jobRequest>): JobRequest {
  return {
    requestId: job.requestId,
    queuedAt: job.queueTime,
    demands: job.demands,
    matchesAllAgentsInPool: job.matchesAllAgentsInPool ?? false,
    ...jobTimes(job),
    ...(job.reservedAgent === undefined ? {} : { reservedAgentId: job.reservedAgent.id }),
    ...(job.matchedAgents === undefined ? {} : { matchedAgentIds: job.matchedAgents.map((matched) => matched.id) }),
    ...(job.definition?.name === undefined ? {} : { definitionName: job.definition?.name }),
    ...(job.owner?.id === undefined ? {} : { runId: job.owner?.id }),
  };
}

function jobTimes(job: z.infer<typeof jobRequest>): Pick<JobRequest, 'assignedAt' | 'receivedAt' | 'lockedUntil'> {
  return {
    ...(job.assignTime === undefined ? {} : { assignedAt: job.assignTime }),
    ...(job.receiveTime === undefined ? {} : { receivedAt: job.receiveTime }),
    ...(job.lockedUntil === undefined ? {} : { lockedUntil: job.lockedUntil }),
  };
}

/** System and user capabilities in one; the user's win, whatever the case of their names. */
export function readCapabilityMap(operation: string, answer: unknown): Readonly<Record<string, string>> {
  const { systemCapabilities, userCapabilities } = read(operation, answer, agentCapabilities);
  const merged = new Map<string, readonly [string, string]>();
  for (const [name, value] of [
    ...Object.entries(systemCapabilities ?? {}),
    ...Object.entries(userCapabilities ?? {}),
  ]) {
    merged.set(name.toLowerCase(), [name, value ?? '']);
  }
  return Object.fromEntries(merged.values());
}

export function readPools(operation: string, answer: unknown): PoolAnswer[] {
  return readList(operation, answer, agentPool);
}

/** The agent that a write answered with. */
export function readWrittenAgent(
  operation: string,
  answer: unknown,
): { readonly id: number; readonly enabled: boolean | undefined } {
  return read(operation, answer, z.looseObject({ id: z.number(), enabled: optional(z.boolean()) }));
}

/** The library hands a null list on in its wrapper: `{ count: 0, value: null }`. */
export function readList<T extends z.ZodType>(operation: string, answer: unknown, item: T): z.output<T>[] {
  const emptyList = z.looseObject({ count: z.literal(0), value: z.null() });
  return emptyList.safeParse(answer).success ? [] : read(operation, answer, z.array(item));
}

function read<T extends z.ZodType>(operation: string, answer: unknown, schema: T): z.output<T> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue === undefined || issue.path.length === 0 ? 'the answer' : issue.path.join('.');
  throw new TransientError(`Azure DevOps: ${operation}: unexpected answer: ${place}: ${issue?.message ?? 'invalid'}`);
}
