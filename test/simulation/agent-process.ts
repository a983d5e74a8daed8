import type { AgentState, JobState } from '../../src/sandbox/azure-devops/state.ts';
import type { MemoryPod } from '../support/memory-cluster.ts';
import type { Site } from './site.ts';

/** Idle for so long after its pod's deletion was asked for, the agent is told to end. */
const preStopMs = 20_000;

/** What runs in an agent container: registers, takes jobs, ends after one or keeps waiting, and may come to harm. */
export class AgentProcess {
  readonly podName: string;
  readonly podUid: string;
  exitCode: number | undefined;
  /** Nobody told the cluster: the container still shows as running. */
  diedUnseen = false;
  offlineUntil = 0;
  readonly #site: Site;
  readonly #pod: MemoryPod;
  readonly #runOnce: boolean;
  readonly #registersAt: number;
  readonly #onlineAfterMs: number;
  #agent: AgentState | undefined;
  #capabilities: Record<string, string> = {};
  #cameOnline = false;
  #job: { readonly state: JobState; readonly takenAt: number; endsAt: number } | undefined;
  #hangs = false;
  #idleSince: number;
  #stopsAt: number | undefined;

  constructor(site: Site, pod: MemoryPod) {
    const { random, faults } = site;
    this.#site = site;
    this.#pod = pod;
    this.podName = pod.name;
    this.podUid = pod.uid;
    this.#runOnce = pod.pod.spec?.containers[0]?.args?.includes('--once') ?? false;
    const late = faults.strike('registers-late') ? random.between(60_000, 400_000) : random.between(500, 6000);
    const never = faults.strike('never-registers');
    this.#registersAt = never ? Number.POSITIVE_INFINITY : site.clock.now() + late;
    this.#onlineAfterMs = random.between(200, 4000);
    this.#idleSince = site.clock.now();
  }

  get agent(): AgentState | undefined {
    return this.#agent;
  }

  /** Its unfinished job, taken or only assigned. */
  get job(): JobState | undefined {
    return this.#agent && this.exitCode === undefined ? this.#site.service.jobOf(this.#agent) : undefined;
  }

  /** The process ends where it stands. Who asked for the pod's deletion answers for a job that ends with it. */
  kill(): void {
    if (this.exitCode !== undefined) return;
    const { job, podUid } = this;
    const { witness, deletedByController, deletedByOthers } = this.#site;
    if (deletedByOthers.has(podUid)) this.harm();
    witness.expect(
      job === undefined || !deletedByController.has(podUid) || deletedByOthers.has(podUid),
      () => `job ${job?.requestId} on ${this.podName} was killed because the controller deleted its pod`,
    );
    this.#end(137);
  }

  /** By a fault of the world, not of the controller. */
  harm(): void {
    if (this.#agent) this.#site.harmed.add(this.#agent.id);
  }

  die(unseen: boolean): void {
    this.harm();
    this.diedUnseen = unseen;
    this.#end(137);
  }

  tick(): void {
    if (this.exitCode !== undefined) return;
    const now = this.#site.clock.now();
    if (this.#agent === undefined) {
      if (now >= this.#registersAt) this.#register();
      else this.#stopIfAsked(now);
      return;
    }
    if (now < this.offlineUntil) return;
    if (!this.#site.service.agents.has(this.#agent.id)) {
      this.#endSoon(now);
      return;
    }
    this.#stayOnline(this.#agent, now);
    if (this.#cameOnline) this.#work(this.#agent, now);
  }

  #register(): void {
    const { service, poolId, faults } = this.#site;
    const env = this.#pod.pod.spec?.containers[0]?.env ?? [];
    const offered = Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
    const systemCapabilities = faults.strike('registers-without-mark') ? {} : offered;
    const agent = { name: this.podName, version: '4.0.0', osDescription: 'Linux', enabled: true, systemCapabilities };
    const registered = service.registerAgent(poolId, agent);
    if (registered === 'name-taken') {
      this.#end(17);
      return;
    }
    this.#agent = registered;
    this.#capabilities = offered;
  }

  #stayOnline(agent: AgentState, now: number): void {
    const { service } = this.#site;
    if (agent.session) {
      agent.session.lastSeenAt = service.now();
      return;
    }
    if (!this.#cameOnline && now < this.#registersAt + this.#onlineAfterMs) return;
    agent.systemCapabilities = this.#capabilities;
    service.openSession(agent, { ownerName: this.podName, pinned: false });
    this.#site.witness.tell(`world: agent ${agent.name} id ${agent.id} is online`);
    if (!this.#cameOnline) this.#idleSince = now;
    this.#cameOnline = true;
  }

  #work(agent: AgentState, now: number): void {
    const state = this.#site.service.jobOf(agent);
    if (state === undefined) {
      this.#job = undefined;
      this.#rest(agent, now);
      return;
    }
    if (this.#job?.state !== state) {
      const takenAt = now + this.#site.random.between(0, 4000);
      this.#job = { state, takenAt, endsAt: takenAt + state.durationMs };
    }
    if (now < this.#job.takenAt) return;
    this.#site.service.renewJob(state);
    if (state.cancelRequested) this.#job.endsAt = Math.min(this.#job.endsAt, now);
    if (this.#harmed() || now < this.#job.endsAt) return;
    this.#finish(agent, state, now);
  }

  #harmed(): boolean {
    if (!this.#site.faults.strike('dies-with-job')) return false;
    this.#site.witness.tell(`world: ${this.podName} dies with its job`);
    this.die(this.#site.random.chance(0.4));
    return true;
  }

  #finish(agent: AgentState, state: JobState, now: number): void {
    const { service, faults, witness } = this.#site;
    service.finishJob(state, state.cancelRequested ? 'canceled' : 'succeeded', this.#runOnce);
    witness.tell(`world: job ${state.requestId} ended on ${agent.name}`);
    this.#job = undefined;
    this.#idleSince = now;
    if (!this.#runOnce) return;
    if (faults.strike('hangs-after-job')) this.#hangs = true;
    else this.#end(0);
  }

  #rest(agent: AgentState, now: number): void {
    if (agent.leaving && !this.#hangs) this.#end(0);
    else this.#stopIfAsked(now);
  }

  #stopIfAsked(now: number): void {
    if (this.#pod.deletionDeadline === undefined) return;
    this.#stopsAt ??= Math.max(now, this.#idleSince) + preStopMs;
    if (this.#idleSince + preStopMs > this.#stopsAt) this.#stopsAt = this.#idleSince + preStopMs;
    if (now >= this.#stopsAt) this.#end(0);
  }

  /** Its record is gone: the session ends, and the listener with it. */
  #endSoon(now: number): void {
    this.#stopsAt ??= now + this.#site.random.between(1000, 15_000);
    if (now >= this.#stopsAt) this.#end(0);
  }

  #end(exitCode: number): void {
    const { service, faults, witness } = this.#site;
    this.exitCode = exitCode;
    witness.tell(`world: ${this.podName} ${this.podUid} ends with ${exitCode}`);
    const agent = this.#agent;
    if (agent === undefined || exitCode !== 0 || !service.agents.has(agent.id)) return;
    service.closeSession(agent);
    if (!faults.strike('leaves-its-record')) service.removeAgent(agent);
  }
}
