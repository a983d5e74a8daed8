import type { JobState } from '../../src/sandbox/azure-devops/state.ts';
import { isServable } from './end-checks.ts';
import type { PodLives } from './pod-lives.ts';
import { demandSets } from './random-spec.ts';
import type { Site } from './site.ts';

/** Jobs come in bursts and are cancelled; somebody deletes pods and disables agents; agents and the service have bad days. */
export class People {
  readonly jobs: JobState[] = [];
  readonly cancelled = new Set<number>();
  readonly #site: Site;
  readonly #lives: PodLives;

  constructor(site: Site, lives: PodLives) {
    this.#site = site;
    this.#lives = lives;
  }

  act(): void {
    this.#queueJobs();
    this.#cancelJobs();
    this.#harmAgents();
    this.#deletePods();
    this.#disableAgents();
  }

  queueJob(): void {
    const { service, random, poolId, witness, faults, spec } = this.#site;
    const demands = random.pick(demandSets);
    if (!isServable({ demands }, spec) && !faults.strike('unservable-job')) return;
    const durationMs = random.pick([1000, 5000, 20_000, 60_000, 300_000]);
    const job = service.queueJob(poolId, { demands, durationMs, definitionName: 'build', queueTime: service.now() });
    this.jobs.push(job);
    witness.tell(`world: job ${job.requestId} ${JSON.stringify(demands)} ${durationMs} ms`);
  }

  /** The definition no longer has a class for them. */
  giveUpUnservableJobs(): void {
    const { service, poolId, spec, faults } = this.#site;
    for (const job of service.unfinishedJobs(poolId)) {
      if (job.agent || isServable(job, spec) || faults.strike('unservable-job')) continue;
      this.cancelled.add(job.requestId);
      service.cancelJob(job);
    }
  }

  #queueJobs(): void {
    const { random } = this.#site;
    if (!random.chance(0.06)) return;
    for (let left = random.pick([1, 1, 2, 4, 9]); left > 0; left -= 1) this.queueJob();
  }

  #cancelJobs(): void {
    const { faults, random, service, poolId, witness } = this.#site;
    if (!faults.strike('job-cancelled')) return;
    const job = random.maybePick(service.unfinishedJobs(poolId));
    if (!job) return;
    this.cancelled.add(job.requestId);
    witness.tell(`world: job ${job.requestId} is cancelled`);
    service.cancelJob(job);
  }

  #harmAgents(): void {
    const { faults, random, clock, witness } = this.#site;
    const alive = this.#lives.processes().filter(({ exitCode }) => exitCode === undefined);
    const all = faults.strike('all-go-offline');
    const offlineUntil = clock.now() + random.between(60_000, 480_000);
    for (const process of alive) {
      // Twice in a row would be longer than a job's lock holds.
      if (process.offlineUntil + 60_000 > clock.now()) continue;
      if (!all && !faults.strike('goes-offline')) continue;
      witness.tell(`world: ${process.podName} goes offline`);
      process.offlineUntil = offlineUntil;
    }
    const victim = random.maybePick(alive);
    if (victim && faults.strike('dies-unseen')) victim.die(true);
  }

  #deletePods(): void {
    const { faults, random, witness, deletedByOthers } = this.#site;
    const pod = random.maybePick(this.#site.ownPods());
    if (!pod || !faults.strike('pod-deleted-by-others')) return;
    const graceMs = random.pick([0, 30_000, 3_600_000]);
    deletedByOthers.add(pod.uid);
    pod.deletionDeadline ??= this.#site.clusterNow() + graceMs;
    pod.version += 1;
    witness.tell(`world: somebody deletes ${pod.name} with ${graceMs} ms`);
  }

  #disableAgents(): void {
    const { faults, random, clock, service, disabledByPerson, witness } = this.#site;
    const agent = random.maybePick(this.#site.ownAgents().filter(({ enabled, online }) => enabled && online));
    if (agent && faults.strike('agent-disabled-by-person')) {
      const pod = this.#site.cluster.pods.get(agent.name);
      if (pod === undefined || isMarked(pod)) return;
      service.setEnabled(agent, false);
      disabledByPerson.set(agent.id, clock.now());
      witness.tell(`world: somebody disables ${agent.name}`);
    }
    if (disabledByPerson.size > 0 && random.chance(0.05)) this.enableAgents();
  }

  enableAgents(): void {
    const { disabledByPerson, service } = this.#site;
    for (const id of disabledByPerson.keys()) {
      const agent = service.agents.get(id);
      if (agent) service.setEnabled(agent, true);
    }
    disabledByPerson.clear();
  }

  /**
   * A disabling that was under way when the lease was lost may land after the new leader has cleared the mark: it looks
   * like a person's, is reported as such, and a person must undo it.
   */
  undoLateWrites(): void {
    if (!this.#site.faults.has('leader-pause')) return;
    for (const agent of this.#site.ownAgents().filter(({ enabled }) => !enabled)) {
      const pod = this.#site.cluster.pods.get(agent.name);
      if (pod && !isMarked(pod)) this.#site.service.setEnabled(agent, true);
    }
  }
}

function isMarked({
  pod,
  deletionDeadline,
}: {
  pod: { metadata?: { annotations?: object } };
  deletionDeadline: unknown;
}): boolean {
  return deletionDeadline !== undefined || 'poolkeeper.dev/retiring' in (pod.metadata?.annotations ?? {});
}
