import type { AcceptedPool } from '../definitions/accepted-set.ts';
import type { Finding } from '../definitions/finding.ts';
import type { AgentPod } from '../pool/observation.ts';
import type { Plan } from '../pool/plan.ts';
import type { Slot } from '../pool/slots.ts';
import type { WaitingJob } from '../pool/waiting.ts';
import type { ConfigView, FormatTime, PoolDetailView, PoolView } from '../ports/status-source.ts';
import type { DefinitionState } from './definition-loop.ts';
import type { PoolReport } from './pool-report.ts';
import type { PoolTarget } from './pool-target.ts';

export function viewPool(target: PoolTarget, report: PoolReport | undefined, formatTime: FormatTime): PoolView {
  const { spec, revision } = target;
  return {
    name: spec.name,
    organization: spec.connection.organization,
    pool: spec.connection.pool,
    active: !spec.suspend && !target.removed,
    ...viewConnection(report, formatTime),
    ...viewLoad(report?.plan, report?.target.spec.maxAgents ?? spec.maxAgents),
    revision,
    frozen: target.frozen !== undefined,
    conditions: viewConditions(target, report),
  };
}

type ConnectionView = Pick<PoolView, 'connectionStatus' | 'lastPolled' | 'lastError'>;

function viewConnection(report: PoolReport | undefined, formatTime: FormatTime): ConnectionView {
  if (report === undefined) return { connectionStatus: 'disconnected', lastPolled: null, lastError: null };
  const { connection, polledAt, lastError } = report;
  return { connectionStatus: connection, lastPolled: formatTime(polledAt), lastError: lastError ?? null };
}

type LoadView = Pick<PoolView, 'queuedJobs' | 'runningAgents' | 'agents' | 'desiredAgents'>;

function viewLoad(plan: Plan | undefined, max: number): LoadView {
  if (plan === undefined) return { queuedJobs: 0, runningAgents: 0, agents: { registered: 0, max }, desiredAgents: 0 };
  const registered = plan.slots.flatMap(({ agent }) => agent ?? []);
  return {
    queuedJobs: plan.waiting.length,
    runningAgents: registered.filter(({ online }) => online).length,
    agents: { registered: registered.length, max },
    desiredAgents: plan.desiredAgents,
  };
}

type Condition = PoolView['conditions'][number];

function viewConditions(target: PoolTarget, report: PoolReport | undefined): readonly Condition[] {
  const message = report === undefined ? 'no pass yet' : (report.lastError ?? '');
  const ready = { type: 'Ready', status: message === '' && report?.connection === 'connected', message };
  return [
    ready,
    ...targetConditions(target),
    ...fenceConditions(report),
    ...(report?.plan?.slots ?? []).flatMap(slotConditions),
  ];
}

function targetConditions({ frozen, removed }: PoolTarget): readonly Condition[] {
  return [
    ...(frozen === undefined ? [] : [{ type: 'Frozen', status: true, message: frozen }]),
    ...(removed ? [{ type: 'Draining', status: true, message: 'its definition was removed' }] : []),
  ];
}

function fenceConditions(report: PoolReport | undefined): readonly Condition[] {
  const fence = report?.observation?.fence;
  return fence?.kind === 'contested' ? [{ type: 'NameConflict', status: true, message: fence.message }] : [];
}

function slotConditions({ pod, phase, detail, disabledByPerson }: Slot): readonly Condition[] {
  const name = pod.name;
  return [
    ...(phase === 'stuck'
      ? [{ type: 'StartFailed', status: true, message: `${name}: ${detail ?? 'did not start'}` }]
      : []),
    ...(disabledByPerson
      ? [{ type: 'AgentDisabled', status: true, message: `${name} was disabled by a person and is left alone` }]
      : []),
  ];
}

export function viewPoolDetail(
  target: PoolTarget,
  report: PoolReport | undefined,
  context: { readonly formatTime: FormatTime; readonly findings: readonly Finding[] },
): PoolDetailView {
  const { formatTime, findings } = context;
  return {
    ...viewPool(target, report, formatTime),
    slots: (report?.plan?.slots ?? []).map((slot) => viewSlot(slot, formatTime)),
    waitingJobs: (report?.plan?.waiting ?? []).map((waiting) => viewWaitingJob(waiting, formatTime)),
    findings: findings.filter(({ pool }) => pool === target.spec.name),
  };
}

function viewSlot(slot: Slot, formatTime: FormatTime): PoolDetailView['slots'][number] {
  const pod: AgentPod = slot.pod;
  return {
    index: slot.index,
    pod: pod.name,
    agent: slot.agent?.id ?? null,
    agentClass: pod.agentClass,
    phase: slot.phase,
    since: formatTime(slot.agent?.statusChangedAt ?? pod.createdAt),
    detail: slot.detail ?? null,
    claims: pod.claimNames,
  };
}

function viewWaitingJob(
  { job, reason, message }: WaitingJob,
  formatTime: FormatTime,
): PoolDetailView['waitingJobs'][number] {
  return {
    requestId: job.requestId,
    runId: job.runId ?? null,
    definition: job.definitionName ?? null,
    demands: job.demands,
    reason,
    message,
    since: formatTime(job.queuedAt),
  };
}

export function viewConfig({ inForce, judged, failure }: DefinitionState): ConfigView {
  const { files, findings } = judged ?? { files: [], findings: [] };
  const { revision, pools } = inForce ?? { revision: null, pools: [] };
  return { revision, files, findings, pools: pools.map(viewAccepted), lastError: failure?.message ?? null };
}

function viewAccepted({ spec, state, revision, reason }: AcceptedPool): ConfigView['pools'][number] {
  return { name: spec.name, state, revision, reason: reason ?? null };
}
