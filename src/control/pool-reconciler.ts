import { checkPlan } from '../pool/check-plan.ts';
import { effectiveSpec } from '../pool/effective-spec.ts';
import { emptyMemory, type PoolMemory, restTakenName } from '../pool/memory.ts';
import type { PoolNaming } from '../pool/names.ts';
import type { Fence, ObservedAgent, PoolObservation, ReadFailure } from '../pool/observation.ts';
import { isUnread } from '../pool/owned-agents.ts';
import type { TemplateHashes } from '../pool/phase.ts';
import { planPlaceholders } from '../pool/placeholders.ts';
import { type Plan, planPool } from '../pool/plan.ts';
import { isUnfinished } from '../pool/slots.ts';
import { templateHashes } from '../pool/workload/template-hash.ts';
import { AgentMarks } from './agent-marks.ts';
import { type AppliedAction, applyPlan } from './apply-plan.ts';
import { ClockCheck } from './clock-check.ts';
import { resolveSecretKey } from './credentials.ts';
import { keepPlaceholders } from './keep-placeholders.ts';
import { failureOf, type PassOutcome } from './next-delay.ts';
import { observePool } from './observe-pool.ts';
import { azureDevOpsFailure, judgePass } from './pass-outcome.ts';
import { PassTransitions } from './pass-transitions.ts';
import type { PoolPorts } from './pool-ports.ts';
import type { PoolReport } from './pool-report.ts';
import type { PoolTarget } from './pool-target.ts';
import { readFailure } from './read-failure.ts';
import { serializeRecording } from './recording.ts';

/** One pass, told. */
export interface Pass {
  readonly outcome: PassOutcome;
  readonly report: PoolReport;
  readonly applied: readonly AppliedAction[];
  /** Broken statements about our own plan; nothing of it was carried out. */
  readonly breaches: readonly string[];
  /** Of a removed pool: nothing of ours is left. */
  readonly gone: boolean;
}

/** What a pass, or the one before it, saw. */
interface Seen extends Pick<PoolReport, 'observation' | 'plan'> {
  readonly serviceFailure?: ReadFailure | undefined;
}

/** Observes, plans and applies for one pool. What it remembers between passes are hints, which a restart may lose. */
export class PoolReconciler {
  #target: PoolTarget;
  #templates: TemplateHashes;
  #memory: PoolMemory = emptyMemory;
  #agents: readonly ObservedAgent[] | undefined;
  #fence: Fence = { kind: 'open', message: 'the placeholder is not registered yet' };
  #drained = false;
  #quiet = false;
  #observedAt = Number.NEGATIVE_INFINITY;
  #lastReport: PoolReport | undefined;
  readonly #ports: PoolPorts;
  readonly #marks: AgentMarks;
  readonly #clocks: ClockCheck;
  readonly #transitions: PassTransitions;
  readonly #plan: typeof planPool;

  /** Tests pass another planner, to see what a mistaken one comes to. */
  constructor(ports: PoolPorts, target: PoolTarget, plan = planPool) {
    this.#ports = ports;
    this.#target = target;
    this.#templates = templateHashes(target.spec);
    this.#plan = plan;
    const monotonic = () => ports.clock.monotonic();
    this.#marks = new AgentMarks(ports.azureDevOps, monotonic);
    this.#clocks = new ClockCheck(monotonic);
    this.#transitions = new PassTransitions(ports.metrics, target.spec.name);
  }

  get target(): PoolTarget {
    return this.#target;
  }

  get lastReport(): PoolReport | undefined {
    return this.#lastReport;
  }

  /** The same identity at another revision. */
  retarget(target: PoolTarget): void {
    this.#target = target;
    this.#templates = templateHashes(target.spec);
    this.#quiet = false;
  }

  /** One pass. A quiet pool, unless it was woken, only has its job list looked at until its agents are due again. */
  async pass(woken: boolean, signal: AbortSignal): Promise<Pass> {
    const quietUntil = this.#observedAt + this.#target.spec.idlePollIntervalSeconds * 1000;
    const peek = this.#quiet && !woken && this.#ports.clock.monotonic() < quietUntil;
    const pass = peek ? ((await this.#peek(signal)) ?? (await this.#reconcile(signal))) : await this.#reconcile(signal);
    this.#lastReport = pass.report;
    return pass;
  }

  /** Looks at the job list alone; undefined when there is something to do. */
  async #peek(signal: AbortSignal): Promise<Pass | undefined> {
    try {
      const jobs = await this.#ports.azureDevOps.listJobRequests(this.#target.spec.connection, signal);
      if (jobs.value.some(isUnfinished)) return undefined;
      return this.#told({ kind: 'settled' }, { ...this.#lastReport });
    } catch (error) {
      const failure = readFailure(error);
      return this.#told({ kind: 'failed', failure }, { ...this.#lastReport, serviceFailure: failure });
    }
  }

  async #reconcile(signal: AbortSignal): Promise<Pass> {
    const placeholderFailure = await this.#keepPlaceholders(signal);
    const observation = await this.#observe(signal);
    const spec = effectiveSpec(this.#target.spec, observation.clusterTime);
    const input = {
      naming: this.#naming(),
      spec,
      removed: this.#target.removed,
      claimsPassOn: this.#target.continuedUnderSameName ?? false,
      templates: this.#templates,
      observation,
      memory: this.#memory,
    };
    const plan = this.#plan(input);
    this.#ports.recorder.record(spec.name, () => serializeRecording(input));
    const breaches = checkPlan(input, plan);
    const applied = breaches.length > 0 ? [] : await this.#apply(plan, input.templates, signal);
    this.#remember(observation, plan, applied);
    const outcome = judgePass({ observation, applied, breaches, placeholderFailure });
    const gone = this.#isGone(observation);
    // Its placeholders are all that is left: they go in the next pass.
    const ending = outcome.kind === 'settled' && plan.drained && !gone;
    const serviceFailure = azureDevOpsFailure(observation, placeholderFailure);
    const told = this.#told(ending ? { kind: 'unsettled' } : outcome, { observation, plan, serviceFailure });
    return { ...told, applied, breaches, gone };
  }

  async #keepPlaceholders(signal: AbortSignal): Promise<ReadFailure | undefined> {
    const { spec } = this.#target;
    const owner = this.#ports.ownerOf(spec.name);
    const steps = planPlaceholders({
      naming: this.#naming(),
      classes: this.#drained ? [] : spec.agentClasses,
      owner,
      agents: this.#agents,
      azureDevOpsTime: this.#clocks.azureDevOpsTime(),
    });
    const input = { azureDevOps: this.#ports.azureDevOps, marks: this.#marks, connection: spec.connection, owner };
    try {
      await keepPlaceholders(input, steps, signal);
      return undefined;
    } catch (error) {
      return readFailure(error);
    }
  }

  async #observe(signal: AbortSignal): Promise<PoolObservation> {
    const { azureDevOps, cluster } = this.#ports;
    const { spec } = this.#target;
    const observation = await observePool(
      {
        azureDevOps,
        cluster,
        marks: this.#marks,
        clocks: this.#clocks,
        spec,
        naming: this.#naming(),
        owner: this.#ports.ownerOf(spec.name),
        fence: this.#fence,
        predecessorPods: () => this.#ports.predecessorPods(spec),
      },
      signal,
    );
    if (observation.agents.kind === 'read') this.#agents = observation.agents.value;
    this.#fence = observation.fence;
    this.#observedAt = this.#ports.clock.monotonic();
    return observation;
  }

  async #apply(plan: Plan, templates: TemplateHashes, signal: AbortSignal): Promise<readonly AppliedAction[]> {
    if (plan.steps.length === 0) return [];
    const { azureDevOps, cluster, clock } = this.#ports;
    const { spec, revision } = this.#target;
    const secretKey = () => resolveSecretKey(cluster, spec.connection.credential, signal);
    const owner = this.#ports.ownerOf(spec.name);
    const naming = this.#naming();
    return applyPlan(
      { azureDevOps, cluster, clock, spec, naming, owner, revision, templates, secretKey, signal },
      plan.steps,
    );
  }

  #remember(observation: PoolObservation, plan: Plan, applied: readonly AppliedAction[]): void {
    this.#memory = plan.memory;
    for (const { action, nameTaken } of applied) {
      if (nameTaken && 'index' in action) {
        this.#memory = restTakenName(this.#memory, action.index, observation.clusterTime);
      }
    }
    this.#drained = plan.drained;
    this.#quiet = this.#isQuiet(observation, plan);
    this.#transitions.record(observation, plan.slots);
  }

  /** Nothing is queued, nothing moves, and nothing is on its way out. */
  #isQuiet({ jobs, fence }: PoolObservation, plan: Plan): boolean {
    if (this.#target.removed || jobs.kind === 'failed' || jobs.value.some(isUnfinished)) return false;
    const calm = plan.slots.every(
      ({ phase, pod }) => phase === 'finished' || (phase === 'idle' && pod.retiring === undefined),
    );
    return calm && plan.steps.length === 0 && fence.kind === 'held';
  }

  #isGone({ agents, owner }: PoolObservation): boolean {
    if (!this.#drained || agents.kind === 'failed') return false;
    return agents.value.every(
      (agent) => !isUnread(agent) && (agent.mark.kind !== 'placeholder' || agent.mark.owner !== owner),
    );
  }

  #naming(): PoolNaming {
    return { instance: this.#ports.instance, pool: this.#target.spec.name };
  }

  /** The target with the bounds that its schedules set at the time of the pass. */
  #effectiveTarget(observation: PoolObservation | undefined): PoolTarget {
    if (observation === undefined) return this.#target;
    return { ...this.#target, spec: effectiveSpec(this.#target.spec, observation.clusterTime) };
  }

  #told(outcome: PassOutcome, { observation, plan, serviceFailure }: Seen): Pass {
    const failure = failureOf(outcome);
    const report: PoolReport = {
      target: this.#effectiveTarget(observation),
      polledAt: this.#ports.clock.now(),
      connection: connectionAfter(serviceFailure),
      ...(failure && { lastError: failure.message }),
      ...(observation && { observation }),
      ...(plan && { plan }),
    };
    return { outcome, report, applied: [], breaches: [], gone: false };
  }
}

/** About Azure DevOps alone: what the cluster refuses is told as the last error. */
function connectionAfter(failure: ReadFailure | undefined): PoolReport['connection'] {
  if (failure === undefined) return 'connected';
  return failure.cause === 'permanent' ? 'error' : 'disconnected';
}
