import type { Pass } from '../../src/control/pool-reconciler.ts';
import { annotations } from '../../src/pool/names.ts';
import { isServable, unsettled } from './end-checks.ts';
import type { FaultKind, FaultOptions } from './faults.ts';
import type { Mutation } from './mutation.ts';
import { People } from './people.ts';
import { PodLives } from './pod-lives.ts';
import { randomSpec } from './random-spec.ts';
import { Replica } from './replica.ts';
import type { ReplicaContext, RunningReplica } from './replica-context.ts';
import { Site } from './site.ts';
import { Strangers } from './strangers.ts';
import { WriteRules } from './write-rules.ts';

export interface SimulationOptions extends FaultOptions {
  readonly seed: number;
  /** Steps with faults, before the world calms down. */
  readonly steps?: number;
  readonly mutation?: Mutation;
}

/** What one run came to. */
export interface SimulationReport {
  readonly seed: number;
  /** Statements that did not hold; empty when all is well. */
  readonly broken: readonly string[];
  readonly lastEvents: readonly string[];
  readonly steps: number;
  readonly passes: number;
  readonly jobs: number;
  readonly served: number;
  readonly checks: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
}

/** Why an agent leaves that may stay if it is needed after all. */
const surplusReasons: ReadonlySet<string> = new Set(['excess-idle', 'idle-timeout', 'make-room']);

/** The world moves at least this often. */
const sliceMs = 3000;

/** Runs one world: chaos, then calm until all is served and settled, then the pool is removed. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  return new Simulation(options).run();
}

class Simulation {
  readonly #site: Site;
  readonly #lives: PodLives;
  readonly #people: People;
  readonly #strangers: Strangers;
  readonly #rules: WriteRules;
  readonly #options: SimulationOptions;
  /** Both run the same code; only the leader's writes are let through. */
  #leader: Replica;
  #standby: Replica;
  #steps = 0;
  /** A paused pass is not paused again. */
  #nested = false;
  /** The pool is drained and its loop has ended. */
  #gone = false;
  /** When faults ended. */
  #calmSince: number | undefined;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#site = new Site(options.seed, options);
    this.#lives = new PodLives(this.#site);
    this.#people = new People(this.#site, this.#lives);
    this.#strangers = new Strangers(this.#site);
    this.#rules = new WriteRules(this.#site, this.#lives, this.#strangers);
    const context: ReplicaContext = {
      site: this.#site,
      rules: this.#rules,
      mutation: options.mutation,
      leads: (replica) => replica === this.#leader,
      meanwhile: (replica, write) => this.#meanwhile(replica, write),
    };
    this.#leader = new Replica('one', context);
    this.#standby = new Replica('two', context);
  }

  async run(): Promise<SimulationReport> {
    const { witness, faults } = this.#site;
    const steps = this.#options.steps ?? 150;
    for (let n = 0; n < steps && this.#sound(); n += 1) await this.#chaosStep();
    if (this.#sound()) this.#calmDown();
    if (this.#sound()) await this.#untilServed();
    if (this.#sound()) await this.#untilSettled();
    if (this.#sound()) await this.#untilRemoved();
    return {
      seed: this.#options.seed,
      broken: witness.broken,
      lastEvents: [...witness.lastEvents(200), ...this.#leader.describe()],
      steps: this.#steps,
      passes: this.#site.passes,
      jobs: this.#people.jobs.length,
      served: this.#people.jobs.filter(({ result }) => result === 'succeeded').length,
      checks: witness.checks,
      faults: faults.injected,
    };
  }

  #sound(): boolean {
    return this.#site.witness.broken.length === 0;
  }

  async #chaosStep(): Promise<void> {
    const { random, faults } = this.#site;
    this.#advance(random.pick([500, 1000, 2000, 5000, 5000, 10_000, 30_000]));
    this.#strangers.act();
    this.#people.act();
    this.#jumpClocks();
    if (faults.strike('definition-changed')) this.#redefine();
    if (faults.strike('pool-removed')) this.#removeOrAddAgain();
    if (faults.strike('stale-cache')) this.#leader.cache.cut();
    if (this.#leader.cache.ageMs > random.between(10_000, 400_000)) this.#leader.cache.repair();
    await this.#pass(random.chance(0.5));
  }

  #advance(ms: number): void {
    this.#steps += 1;
    for (let left = ms; left > 0; left -= sliceMs) {
      this.#site.clock.advance(Math.min(left, sliceMs));
      this.#site.service.sweep();
      this.#lives.tick();
    }
    this.#checkWorld();
  }

  async #pass(woken: boolean): Promise<Pass | undefined> {
    if (this.#gone) return undefined;
    const pass = await this.#leader.pass(woken);
    if (pass?.gone && this.#site.removed) this.#gone = true;
    return pass;
  }

  /** Statements about the world as it stands after each step. */
  #checkWorld(): void {
    const { witness } = this.#site;
    const indexes = this.#site.ownPods().map(({ pod }) => pod.metadata?.labels?.['poolkeeper.dev/index']);
    witness.expect(new Set(indexes).size === indexes.length, () => `two pods on one index: ${indexes.join(', ')}`);
    this.#strangers.check();
    const lost = this.#people.jobs.find(({ result, agent }) => result === 'abandoned' && !this.#isExcused(agent?.id));
    witness.expect(lost === undefined, () => `job ${lost?.requestId} was lost on ${lost?.agent?.name}`);
    // With several classes the service may give a job to an agent that was started for another.
    const plain = this.#site.faults.none && this.#site.spec.agentClasses.length === 1;
    const needless = plain && this.#rules.podsForJobs > this.#people.jobs.length;
    witness.expect(!needless, () => `${this.#rules.podsForJobs} pods for ${this.#people.jobs.length} jobs`);
    this.#checkMarks();
  }

  /** Once all calls succeed, an agent that was only too many and works again is soon told so. */
  #checkMarks(): void {
    const { witness, clock, service } = this.#site;
    const longAgo = clock.now() - 120_000;
    if (this.#calmSince === undefined || this.#calmSince > longAgo || this.#site.removed) return;
    for (const { name, pod } of this.#site.ownPods()) {
      const agent = this.#site.agentOf(name);
      const job = agent && service.jobOf(agent);
      const surplus = surplusReasons.has(pod.metadata?.annotations?.[annotations.retiring] ?? '');
      const works = job?.receiveTime !== undefined && job.receiveTime < service.now() - 120_000;
      witness.expect(!surplus || !works, () => `${name} still leaves as too many, though it works`);
    }
  }

  #isExcused(agentId: number | undefined): boolean {
    return agentId !== undefined && this.#site.harmed.has(agentId);
  }

  #jumpClocks(): void {
    const { faults, random, clusterJumpMs, serviceJumpMs } = this.#site;
    if (!faults.strike('clock-jump')) return;
    const jumpMs = random.pick([-7_200_000, -600_000, 0, 600_000, 7_200_000]);
    if (random.chance(0.5)) this.#site.setClocks(jumpMs, clusterJumpMs);
    else this.#site.setClocks(serviceJumpMs, jumpMs);
  }

  #redefine(): void {
    const { random, specs, witness } = this.#site;
    this.#site.spec = randomSpec(random, this.#site.spec);
    specs.push(this.#site.spec);
    const { maxAgents, minAgents, ttlIdleSeconds, suspend, agentClasses } = this.#site.spec;
    const names = agentClasses.map(({ name }) => name).join(',');
    witness.tell(`world: max ${maxAgents} min ${minAgents} ttl ${ttlIdleSeconds} suspend ${suspend} ${names}`);
    this.#people.giveUpUnservableJobs();
    this.#retarget();
  }

  #removeOrAddAgain(): void {
    const { witness } = this.#site;
    this.#site.removed = !this.#site.removed;
    witness.tell(`world: the pool is ${this.#site.removed ? 'removed' : 'added again'}`);
    this.#retarget();
  }

  #retarget(): void {
    // The loop of a drained pool has ended: a pool that comes back gets a new one.
    if (this.#gone && !this.#site.removed) for (const replica of [this.#leader, this.#standby]) replica.restart();
    if (!this.#site.removed) this.#gone = false;
    for (const replica of [this.#leader, this.#standby]) replica.retarget();
  }

  async #meanwhile(replica: RunningReplica, write: boolean): Promise<void> {
    const { faults, random } = this.#site;
    for (let turns = random.between(0, 2); turns > 0; turns -= 1) await Promise.resolve();
    if (faults.strike('world-moves-in-a-pass')) {
      this.#advance(random.between(1, 3000));
      if (random.chance(0.3)) this.#people.queueJob();
    }
    if (faults.strike('definition-changed-in-a-pass')) this.#redefine();
    if (write && !this.#nested && replica === this.#leader && faults.strike('leader-pause')) await this.#pauseLeader();
  }

  /** The leader stops in the middle of a write; the other takes over and works before that write lands. */
  async #pauseLeader(): Promise<void> {
    const { random, witness } = this.#site;
    this.#nested = true;
    [this.#leader, this.#standby] = [this.#standby, this.#leader];
    if (random.chance(0.5)) this.#leader.restart();
    this.#leader.cache.repair();
    witness.tell(`${this.#standby.name} is paused, ${this.#leader.name} leads`);
    for (let passes = random.between(1, 12); passes > 0; passes -= 1) {
      this.#advance(random.pick([1000, 5000, 15_000]));
      this.#people.act();
      await this.#pass(true);
    }
    witness.tell(`${this.#standby.name} wakes up`);
    this.#nested = false;
  }

  #calmDown(): void {
    const { faults, witness, clock } = this.#site;
    witness.tell('world: calms down');
    this.#calmSince = clock.now();
    faults.stop();
    for (const process of this.#lives.processes()) process.offlineUntil = Math.min(process.offlineUntil, clock.now());
    for (const replica of [this.#leader, this.#standby]) replica.cache.repair();
    this.#people.enableAgents();
    this.#people.undoLateWrites();
    this.#site.setClocks(0, 0);
    this.#site.removed = false;
    this.#site.spec = { ...this.#site.spec, suspend: false };
    this.#site.specs.push(this.#site.spec);
    this.#retarget();
  }

  async #calmStep(quietMs: number): Promise<Pass | undefined> {
    const pass = await this.#pass(true);
    const soon = pass?.outcome.kind !== 'settled';
    this.#advance(soon ? 1000 : quietMs);
    return pass;
  }

  async #untilServed(): Promise<void> {
    const { witness, service, poolId, spec, clock } = this.#site;
    const until = clock.now() + 4 * 3_600_000;
    const waiting = (): boolean => service.unfinishedJobs(poolId).some((job) => isServable(job, spec));
    while (waiting() && clock.now() < until && this.#sound()) await this.#calmStep(10_000);
    const left = service.unfinishedJobs(poolId).filter((job) => isServable(job, spec));
    witness.expect(left.length === 0, () => `jobs never served: ${left.map(({ requestId }) => requestId).join(', ')}`);
  }

  /** Nothing is done any more for ten minutes on end, and all is as the definition says. */
  async #untilSettled(): Promise<void> {
    const { witness, clock } = this.#site;
    const until = clock.now() + 4 * 3_600_000;
    let calmSince = clock.now();
    const settled = (): boolean => clock.now() - calmSince >= 600_000 && this.#unsettled().length === 0;
    while (clock.now() < until && !settled() && this.#sound()) {
      const pass = await this.#calmStep(30_000);
      if (pass === undefined || pass.applied.length > 0 || pass.outcome.kind !== 'settled') calmSince = clock.now();
    }
    witness.expect(clock.now() - calmSince >= 600_000, () => 'the world is quiet, but the plans do not become empty');
    witness.expect(this.#unsettled().length === 0, () => this.#unsettled().join('; '));
  }

  #unsettled(): readonly string[] {
    const { spec } = this.#site;
    return unsettled({ ownPods: this.#site.ownPods(), ownAgents: this.#site.ownAgents(), spec });
  }

  async #untilRemoved(): Promise<void> {
    const { witness, clock, cluster, spec } = this.#site;
    for (const job of this.#site.service.unfinishedJobs(this.#site.poolId)) this.#site.service.cancelJob(job);
    this.#removeOrAddAgain();
    const until = clock.now() + 4 * 3_600_000;
    while (!this.#gone && clock.now() < until && this.#sound()) await this.#calmStep(10_000);
    witness.expect(this.#gone, () => 'the removed pool is never gone');
    const left = [...this.#site.ownPods(), ...this.#site.ownAgents()].map(({ name }) => name);
    witness.expect(left.length === 0, () => `left behind by the removed pool: ${left.join(', ')}`);
    const claims = spec.volumePolicy === 'delete' ? [...cluster.claims.keys()] : [];
    witness.expect(claims.length === 0, () => `claims left behind: ${claims.join(', ')}`);
  }
}
