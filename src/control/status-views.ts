import type { AcceptedPool } from '../definitions/accepted-set.ts';
import type { Finding } from '../definitions/finding.ts';
import type { AgentPod } from '../pool/observation.ts';
import type { Slot } from '../pool/slots.ts';
import type { WaitingJob } from '../pool/waiting.ts';
import type { DefinitionState } from './definition-loop.ts';
import type { PoolReport } from './pool-report.ts';
import type { PoolTarget } from './pool-target.ts';

/** One pool as `/api/pools` shows it. Times are RFC 3339. Fields are added, never renamed. */
export interface PoolView {
  readonly name: string;
  readonly organization: string;
  readonly pool: string;
  readonly connectionStatus: 'connected' | 'disconnected' | 'error';
  /** false while suspended or draining. */
  readonly active: boolean;
  readonly queuedJobs: number;
  readonly runningAgents: number;
  readonly agents: { readonly registered: number; readonly max: number };
  readonly desiredAgents: number;
  readonly lastPolled: string | null;
  readonly lastError: string | null;
  readonly revision: string;
  readonly frozen: boolean;
  readonly conditions: readonly { readonly type: string; readonly status: boolean; readonly message: string }[];
}

export interface PoolDetailView extends PoolView {
  readonly slots: readonly {
    readonly index: number;
    readonly pod: string;
    readonly agent: number | null;
    readonly agentClass: string;
    readonly phase: string;
    readonly since: string;
    readonly detail: string | null;
    readonly claims: readonly string[];
  }[];
  readonly waitingJobs: readonly {
    readonly requestId: number;
    readonly runId: number | null;
    readonly definition: string | null;
    readonly demands: readonly string[];
    readonly reason: string;
    readonly message: string;
    readonly since: string;
  }[];
  readonly findings: readonly Finding[];
}

export interface ConfigView {
  readonly revision: string | null;
  readonly files: readonly string[];
  readonly findings: readonly Finding[];
  readonly pools: readonly {
    readonly name: string;
    readonly state: string;
    readonly revision: string;
    readonly reason: string | null;
  }[];
  readonly lastError: string | null;
}

/** Writes a time of some clock as RFC 3339. */
export type FormatTime = (ms: number) => string;

export function viewPool(target: PoolTarget, report: PoolReport | undefined, formatTime: FormatTime): PoolView {
  const { spec } = target;
  const slots = report?.plan?.slots ?? [];
  const registered = slots.filter(({ agent }) => agent !== undefined);
  return {
    name: spec.name,
    organization: spec.connection.organization,
    pool: spec.connection.pool,
    connectionStatus: report?.connection ?? 'disconnected',
    active: !spec.suspend && !target.removed,
    queuedJobs: report?.plan?.waiting.length ?? 0,
    runningAgents: registered.filter(({ agent }) => agent?.online).length,
    agents: { registered: registered.length, max: spec.maxAgents },
    desiredAgents: report?.plan?.desiredAgents ?? 0,
    lastPolled: report ? formatTime(report.polledAt) : null,
    lastError: report?.lastError ?? null,
    revision: target.revision,
    frozen: target.frozen !== undefined,
    conditions: viewConditions(target, report),
  };
}

function viewConditions(target: PoolTarget, report: PoolReport | undefined): PoolView['conditions'] {
  const conditions = [
    {
      type: 'Ready',
      status: report?.connection === 'connected',
      message: report?.lastError ?? (report ? '' : 'no pass yet'),
    },
  ];
  const fence = report?.observation?.fence;
  if (fence?.kind === 'open') conditions.push({ type: 'NameConflict', status: true, message: fence.message });
  if (target.frozen !== undefined) conditions.push({ type: 'Frozen', status: true, message: target.frozen });
  if (target.removed) conditions.push({ type: 'Draining', status: true, message: 'its definition was removed' });
  for (const { pod, detail } of (report?.plan?.slots ?? []).filter(({ phase }) => phase === 'stuck')) {
    conditions.push({ type: 'StartFailed', status: true, message: `${pod.name}: ${detail ?? 'did not start'}` });
  }
  for (const { pod } of (report?.plan?.slots ?? []).filter(({ disabledByPerson }) => disabledByPerson)) {
    conditions.push({
      type: 'AgentDisabled',
      status: true,
      message: `${pod.name} was disabled by a person and is left alone`,
    });
  }
  return conditions;
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
  return {
    revision: inForce?.revision ?? null,
    files: judged?.files ?? [],
    findings: judged?.findings ?? [],
    pools: (inForce?.pools ?? []).map(viewAccepted),
    lastError: failure?.message ?? null,
  };
}

function viewAccepted({ spec, state, revision, reason }: AcceptedPool): ConfigView['pools'][number] {
  return { name: spec.name, state, revision, reason: reason ?? null };
}
