import type { V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import type { PodTarget } from '../../src/pool/actions.ts';
import { annotations, capabilities, labels } from '../../src/pool/names.ts';
import type { PoolSpec } from '../../src/pool/spec.ts';
import { templateHashes } from '../../src/pool/workload/template-hash.ts';
import type { AgentState } from '../../src/sandbox/azure-devops/state.ts';
import type { PassFacts } from './pass-facts.ts';
import type { PodLives } from './pod-lives.ts';
import type { Site } from './site.ts';
import type { Strangers } from './strangers.ts';

/** Stamps of a running world are that far from exact: reads, moves and writes take their time. */
const toleranceMs = 30_000;

/** What must be true of every write at the moment when it takes effect, judged by the world and not by what the controller saw. */
export class WriteRules {
  /** Pods created for queued jobs. */
  podsForJobs = 0;
  readonly #site: Site;
  readonly #lives: PodLives;
  readonly #strangers: Strangers;
  /** The pass that disabled an agent, by the agent's id. */
  readonly #disabledIn = new Map<number, number>();
  readonly #hashes = new Map<PoolSpec, ReadonlyMap<string, string>>();

  constructor(site: Site, lives: PodLives, strangers: Strangers) {
    this.#site = site;
    this.#strangers = strangers;
    this.#lives = lives;
  }

  created(pod: V1Pod, facts: PassFacts, leads: boolean): void {
    const { spec, witness } = this.#site;
    const name = pod.metadata?.name ?? '';
    const alive = this.#site.alivePods().length;
    const cap = Math.max(spec.maxAgents, facts.spec.maxAgents);
    // A create that was under way when the lease was lost may land: the next pass of the new leader counts it.
    witness.expect(!leads || alive <= cap, () => `${name} created: ${alive} pods alive, maxAgents is ${cap}`);
    const className = pod.metadata?.labels?.[labels.agentClass] ?? '';
    const classCap = Math.max(...[spec, facts.spec].map((one) => classMaximum(one, className)));
    const inClass = this.#site.alivePods().filter((one) => one.pod.metadata?.labels?.[labels.agentClass] === className);
    witness.expect(
      !leads || inClass.length <= classCap,
      () => `${name} created: ${inClass.length} pods of class ${className} alive, its maxAgents is ${classCap}`,
    );
    witness.expect(!(facts.removed && this.#site.removed), () => `${name} created for a removed pool`);
    witness.expect(!(facts.spec.suspend && spec.suspend), () => `${name} created for a suspended pool`);
    witness.expect(facts.cacheAgeMs <= 150_000, () => `${name} created without having read the pods`);
    witness.expect(!this.#strangers.fenced, () => `${name} created while another controller serves the pool`);
    const reason = pod.metadata?.annotations?.[annotations.reason];
    const blind = facts.unread.has('jobs') && reason !== 'minimum';
    witness.expect(!blind, () => `${name} created for ${reason} without the job list`);
    this.#builtAsItSays(pod);
    if (reason === 'queued-jobs') this.podsForJobs += 1;
  }

  /** What the pod says it was built from is what it was built from. */
  #builtAsItSays({ metadata, spec }: V1Pod): void {
    const className = metadata?.labels?.[labels.agentClass] ?? '';
    const hash = metadata?.annotations?.[annotations.templateHash];
    const [container] = spec?.containers ?? [];
    const source = this.#site.specs.findLast((candidate) => this.#hashesOf(candidate).get(className) === hash);
    const image = source?.agentClasses.find(({ name }) => name === className)?.shape.image;
    const once = container?.args?.includes('--once') ?? false;
    this.#site.witness.expect(
      source !== undefined && container?.image === image && once === (source.ttlIdleSeconds === 0),
      () => `${metadata?.name} says template ${hash}, but was built from another definition`,
    );
  }

  #hashesOf(spec: PoolSpec): ReadonlyMap<string, string> {
    const hashes = this.#hashes.get(spec) ?? templateHashes(spec);
    this.#hashes.set(spec, hashes);
    return hashes;
  }

  marked({ name, uid }: PodTarget, reason: string | null, facts: PassFacts): void {
    if (reason === null) return;
    this.#proven(facts, `${name} marked as ${reason}`);
    const process = this.#lives.process(uid);
    const agent = process?.agent;
    // The agents of a removed pool go, whoever disabled them, also when the pool comes back in the meantime.
    if (agent && facts.removed) this.#site.disabledByPerson.delete(agent.id);
    if (agent === undefined || this.#site.faults.has('clock-jump') || !this.#site.service.agents.has(agent.id)) return;
    const { spec, witness } = this.#site;
    // A cache that lags may still show pods that have ended.
    const overCap = facts.cacheAgeMs > 0 || facts.alivePods > Math.min(spec.maxAgents, facts.spec.maxAgents);
    const leastMs = leastAgeMs(reason, [spec, facts.spec]);
    if (leastMs === undefined || (overCap && reason === 'excess-idle')) return;
    const ageMs = this.#site.service.now() - stampFor(reason, agent);
    const changedSince = ageMs <= this.#site.clock.now() - facts.startedAt;
    witness.expect(
      changedSince || ageMs >= leastMs - toleranceMs,
      () => `${name} marked as ${reason} after ${Math.round(ageMs / 1000)} s, not ${leastMs / 1000} s`,
    );
  }

  enabled(agent: AgentState, enabled: boolean, facts: PassFacts): void {
    this.#ours(agent, enabled ? 'enabled' : 'disabled');
    if (!enabled) {
      this.#proven(facts, `${agent.name} disabled`);
      this.#disabledIn.set(agent.id, facts.number);
      return;
    }
    this.#notAPersons(agent, facts, 'enabled');
  }

  /** Before it takes effect. */
  deregistering(agent: AgentState, facts: PassFacts): void {
    const { witness, service } = this.#site;
    this.#ours(agent, 'deregistered');
    if (capabilities.placeholder in agent.systemCapabilities || service.jobOf(agent)) return;
    this.#proven(facts, `${agent.name} deregistered`);
    this.#notAPersons(agent, facts, 'deregistered');
    const process = this.#lives.processes().find((candidate) => candidate.agent === agent);
    const atWork = agent.online && process !== undefined && process.exitCode === undefined;
    witness.expect(!atWork || !agent.enabled, () => `${agent.name} deregistered while it was online and enabled`);
    witness.expect(
      !atWork || this.#disabledIn.get(agent.id) !== facts.number,
      () => `${agent.name} deregistered in the pass that disabled it, without reading again`,
    );
  }

  /** Before it takes effect. */
  deletingPod({ name, uid }: PodTarget, graceSeconds: number, facts: PassFacts): void {
    const pod = this.#site.cluster.pods.get(name);
    if (pod === undefined) return;
    const { witness } = this.#site;
    witness.expect(
      pod.pod.metadata?.labels?.[labels.pool] === 'linux',
      () => `${name} deleted, a pod of somebody else`,
    );
    this.#proven(facts, `${name} deleted`);
    witness.expect(facts.seenPods.has(uid), () => `${name} deleted, which is not the pod that was observed`);
    const process = this.#lives.process(pod.uid);
    const { job, agent } = process ?? {};
    const long = graceSeconds >= 3600;
    const registered =
      agent !== undefined && this.#site.service.agents.has(agent.id) && process?.exitCode === undefined;
    witness.expect(job === undefined || long, () => `${name} deleted while it has job ${job?.requestId}`);
    witness.expect(!registered || long, () => `${name} deleted before its agent was deregistered`);
    if (pod.deletionDeadline === undefined) this.#site.deletedByController.add(pod.uid);
  }

  deletingClaim(name: string, claim: V1PersistentVolumeClaim, facts: PassFacts): void {
    const { witness } = this.#site;
    this.#proven(facts, `claim ${name} deleted`);
    const goes = claim.metadata?.annotations?.[annotations.deleteWithAgent] === 'true';
    const ofRemoved = (facts.removed || this.#site.removed) && facts.spec.volumePolicy === 'delete';
    witness.expect(goes || ofRemoved, () => `claim ${name} deleted, which stays with its pool`);
  }

  /** Destroying needs proof. */
  #proven(facts: PassFacts, what: string): void {
    const { witness } = this.#site;
    witness.expect(facts.unread.size === 0, () => `${what} without having read ${[...facts.unread].join(' and ')}`);
    witness.expect(facts.cacheAgeMs <= 150_000, () => `${what} on a cache ${facts.cacheAgeMs / 1000} s old`);
    witness.expect(!facts.clockJumped, () => `${what} in the pass in which a clock jumped`);
    const suspended = facts.spec.suspend && this.#site.spec.suspend && !facts.removed;
    witness.expect(!suspended, () => `${what} while the pool is suspended`);
  }

  #ours(agent: AgentState, what: string): void {
    const owner = agent.systemCapabilities[capabilities.owner];
    const ownerIsGone = capabilities.placeholder in agent.systemCapabilities && !this.#strangers.fenced;
    this.#site.witness.expect(
      owner === this.#site.owner || ownerIsGone,
      () => `${agent.name} ${what}, whose owner is ${owner}`,
    );
  }

  #notAPersons(agent: AgentState, facts: PassFacts, what: string): void {
    const at = this.#site.disabledByPerson.get(agent.id);
    const process = this.#lives.processes().find((candidate) => candidate.agent === agent);
    const working = process !== undefined && process.exitCode === undefined;
    this.#site.witness.expect(
      at === undefined || !working || at >= facts.startedAt || facts.removed,
      () => `${agent.name} ${what}, which a person disabled`,
    );
  }
}

function classMaximum({ agentClasses }: PoolSpec, className: string): number {
  return agentClasses.find(({ name }) => name === className)?.maxAgents ?? 0;
}

/** Since when the agent has been what it is said to be. */
function stampFor(reason: string, { statusChangedOn, lastCompleted }: AgentState): number {
  const finishedAt = lastCompleted?.finishTime ?? 0;
  if (reason === 'hung') return finishedAt;
  return reason === 'lost' ? statusChangedOn : Math.max(statusChangedOn, finishedAt);
}

/** How long it must be so before an agent leaves for that reason; undefined where time has no part in it. */
function leastAgeMs(reason: string, specs: readonly PoolSpec[]): number | undefined {
  const least = (choose: (spec: PoolSpec) => number): number => Math.min(...specs.map(choose)) * 1000;
  if (reason === 'hung') return 120_000;
  if (reason === 'lost') return least(({ offlineGraceSeconds }) => offlineGraceSeconds);
  if (reason !== 'excess-idle' && reason !== 'idle-timeout') return undefined;
  return least(({ ttlIdleSeconds, idleGraceSeconds }) => (ttlIdleSeconds > 0 ? ttlIdleSeconds : idleGraceSeconds));
}
