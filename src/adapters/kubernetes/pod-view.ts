import { z } from 'zod';
import { agentContainerName, annotations } from '../../pool/names.ts';
import type { AgentContainerState, AgentPod, RegisteredWith } from '../../pool/observation.ts';
import { readSlotLabels } from './slot-labels.ts';
import { type Cached, WireMetadata, wireDate } from './wire-object.ts';

const ContainerStatus = z.object({
  name: z.string(),
  state: z
    .object({
      waiting: z.object({ reason: z.string().nullish(), message: z.string().nullish() }).nullish(),
      running: z.object({}).nullish(),
      terminated: z.object({ exitCode: z.number(), finishedAt: wireDate.nullish() }).nullish(),
    })
    .nullish(),
});
type ContainerStatus = z.infer<typeof ContainerStatus>;

const Volume = z.object({ persistentVolumeClaim: z.object({ claimName: z.string() }).nullish() });

const Pod = z.object({
  metadata: WireMetadata,
  spec: z.object({
    nodeName: z.string().nullish(),
    volumes: z.array(Volume).nullish(),
    containers: z.array(z.object({ name: z.string(), args: z.array(z.string()).nullish() })).nullish(),
  }),
  status: z
    .object({
      phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']).nullish(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
      initContainerStatuses: z.array(ContainerStatus).nullish(),
      containerStatuses: z.array(ContainerStatus).nullish(),
    })
    .nullish(),
});
type Pod = z.infer<typeof Pod>;

/** Of a pod of ours, what the plan needs; undefined when its labels do not say which slot it is. */
export function readAgentPod(object: unknown): Cached<AgentPod> | undefined {
  const parsed = Pod.safeParse(object);
  const slot = parsed.success ? readSlotLabels(parsed.data.metadata.labels) : undefined;
  if (!parsed.success || slot === undefined) return undefined;
  const pod = parsed.data;
  const { name, uid, resourceVersion, creationTimestamp, deletionTimestamp } = pod.metadata;
  const value: AgentPod = {
    name,
    uid,
    resourceVersion,
    ...slot,
    createdAt: creationTimestamp,
    ...(deletionTimestamp != null && { deletionDeadline: deletionTimestamp }),
    phase: pod.status?.phase ?? 'Pending',
    scheduled: isScheduled(pod),
    agentContainer: agentContainerState(pod),
    ...annotated(pod),
    runOnce: isRunOnce(pod),
    claimNames: (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) =>
      claim ? [claim.claimName] : [],
    ),
  };
  return { name, uid, resourceVersion, pool: slot.pool, value };
}

function isRunOnce({ spec }: Pod): boolean {
  return spec.containers?.find(({ name }) => name === agentContainerName)?.args?.includes('--once') ?? false;
}

function isScheduled({ spec, status }: Pod): boolean {
  if (spec.nodeName) return true;
  return (status?.conditions ?? []).some(
    (condition) => condition.type === 'PodScheduled' && condition.status === 'True',
  );
}

/** An init container that cannot start, or that failed, keeps the agent from ever running. */
function agentContainerState({ status }: Pod): AgentContainerState {
  const agent = (status?.containerStatuses ?? []).find(({ name }) => name === agentContainerName);
  const own = containerState(agent);
  if (own.kind === 'running' || own.kind === 'terminated') return own;
  return initBlock(status?.initContainerStatuses ?? []) ?? own;
}

function initBlock(statuses: readonly ContainerStatus[]): AgentContainerState | undefined {
  const states = statuses.map(containerState);
  return states.find((state) =>
    state.kind === 'waiting' ? state.reason !== 'PodInitializing' : state.kind === 'terminated' && state.exitCode !== 0,
  );
}

function containerState(status: ContainerStatus | undefined): AgentContainerState {
  const { waiting, running, terminated } = status?.state ?? {};
  if (terminated) {
    const { exitCode, finishedAt } = terminated;
    return { kind: 'terminated', exitCode, ...(finishedAt != null && { finishedAt }) };
  }
  if (running) return { kind: 'running' };
  if (!waiting) return { kind: 'none' };
  return { kind: 'waiting', reason: waiting.reason ?? '', ...(waiting.message && { message: waiting.message }) };
}

function annotated({ metadata }: Pod): Partial<AgentPod> {
  const read = metadata.annotations ?? {};
  const retiring = read[annotations.retiring];
  const replaces = read[annotations.replaces];
  const templateHash = read[annotations.templateHash];
  const templateHashVersion = read[annotations.templateHashVersion];
  const jobResult = read[annotations.jobResult];
  const jobRequestId = Number(read[annotations.jobRequest] ?? Number.NaN);
  const registeredWith = readRegisteredWith(read[annotations.registeredWith]);
  return {
    ...(retiring !== undefined && { retiring }),
    ...(replaces !== undefined && { replaces }),
    ...(jobResult !== undefined && { jobResult }),
    ...(Number.isSafeInteger(jobRequestId) && { jobRequestId }),
    ...(templateHash !== undefined && { templateHash }),
    ...(templateHashVersion !== undefined && { templateHashVersion }),
    ...(registeredWith !== undefined && { registeredWith }),
  };
}

const RegisteredWithText = z.object({
  url: z.string(),
  pool: z.string(),
  secretName: z.string(),
  secretKey: z.string().optional(),
});

function readRegisteredWith(text: string | undefined): RegisteredWith | undefined {
  if (text === undefined) return undefined;
  const { data } = RegisteredWithText.safeParse(parseJson(text));
  if (data === undefined) return undefined;
  const { secretKey, ...rest } = data;
  return { ...rest, ...(secretKey !== undefined && { secretKey }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
