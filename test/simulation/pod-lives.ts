import type { MemoryPod } from '../support/memory-cluster.ts';
import { AgentProcess } from './agent-process.ts';
import type { Site } from './site.ts';

/** What will become of a pod, decided when it is first seen. */
interface Fate {
  /** After its creation; Infinity: never. */
  readonly scheduledAfterMs: number;
  readonly start: 'runs' | 'image-pull-fails' | 'crashes' | 'ends-silently';
  /** After it was scheduled. */
  readonly runsAfterMs: number;
  /** How long after its deadline it hangs on. */
  readonly slowDeletionMs: number;
}

interface Life {
  readonly name: string;
  readonly uid: string;
  readonly fate: Fate;
  scheduledAt: number | undefined;
  process: AgentProcess | undefined;
  readonly seenAt: number;
  /** When its grace ends, on the clock that never jumps. */
  dueAt: number | undefined;
}

/** The scheduler, the kubelet and the agents: what happens to each pod as time passes. */
export class PodLives {
  readonly #lives = new Map<string, Life>();
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  tick(): void {
    const pods = new Map(this.#site.ownPods().map((pod) => [pod.uid, pod]));
    for (const pod of pods.values()) this.#progress(this.#lifeOf(pod), pod);
    for (const life of this.#lives.values()) {
      if (pods.has(life.uid)) continue;
      life.process?.kill();
      this.#lives.delete(life.uid);
    }
  }

  process(uid: string): AgentProcess | undefined {
    return this.#lives.get(uid)?.process;
  }

  processes(): readonly AgentProcess[] {
    return [...this.#lives.values()].flatMap(({ process }) => process ?? []);
  }

  #lifeOf(pod: MemoryPod): Life {
    const known = this.#lives.get(pod.uid);
    if (known) return known;
    const { uid, name } = pod;
    const fate = this.#decideFate();
    const life: Life = {
      name,
      uid,
      fate,
      scheduledAt: undefined,
      process: undefined,
      seenAt: this.#site.clock.now(),
      dueAt: undefined,
    };
    this.#lives.set(uid, life);
    this.#site.witness.tell(`world: pod ${name} ${uid} ${JSON.stringify(fate)}`);
    return life;
  }

  #decideFate(): Fate {
    const { faults, random } = this.#site;
    const late = faults.strike('schedules-late') ? random.between(30_000, 600_000) : random.between(0, 3000);
    return {
      scheduledAfterMs: faults.strike('never-scheduled') ? Number.POSITIVE_INFINITY : late,
      start: this.#decideStart(),
      runsAfterMs: random.between(500, 8000),
      slowDeletionMs: faults.strike('slow-deletion') ? random.between(30_000, 300_000) : 0,
    };
  }

  #decideStart(): Fate['start'] {
    const { faults } = this.#site;
    if (faults.strike('image-pull-fails')) return 'image-pull-fails';
    if (faults.strike('crashes-at-start')) return 'crashes';
    return faults.strike('container-ends-silently') ? 'ends-silently' : 'runs';
  }

  #progress(life: Life, pod: MemoryPod): void {
    const now = this.#site.clock.now();
    if (pod.deletionDeadline !== undefined) life.dueAt ??= now + pod.deletionDeadline - this.#site.clusterNow();
    if (life.dueAt !== undefined && now >= life.dueAt + life.fate.slowDeletionMs) {
      this.#vanish(life, pod);
      return;
    }
    if (life.dueAt !== undefined && now >= life.dueAt) life.process?.kill();
    if (pod.container.kind === 'terminated') return;
    if (life.process) this.#run(life.process, pod);
    else this.#start(life, pod);
  }

  #start(life: Life, pod: MemoryPod): void {
    const { clock, cluster } = this.#site;
    if (pod.deletionDeadline !== undefined) {
      cluster.pods.delete(pod.name);
      return;
    }
    const now = clock.now();
    if (now < life.seenAt + life.fate.scheduledAfterMs) return;
    if (life.scheduledAt === undefined) {
      life.scheduledAt = now;
      pod.scheduled = true;
      change(pod, { kind: 'waiting', reason: 'ContainerCreating' });
    }
    if (now >= life.scheduledAt + life.fate.runsAfterMs) this.#startContainer(life, pod);
  }

  #startContainer(life: Life, pod: MemoryPod): void {
    const finishedAt = this.#site.clusterNow();
    switch (life.fate.start) {
      case 'image-pull-fails':
        if (pod.container.kind !== 'waiting' || pod.container.reason !== 'ImagePullBackOff') {
          change(pod, { kind: 'waiting', reason: 'ImagePullBackOff', message: 'no such image' });
        }
        return;
      case 'crashes':
        change(pod, { kind: 'terminated', exitCode: 1, finishedAt });
        return;
      case 'ends-silently':
        change(pod, { kind: 'terminated', exitCode: 0, finishedAt });
        return;
      case 'runs':
        change(pod, { kind: 'running' });
        life.process = new AgentProcess(this.#site, pod);
        return;
      default:
        life.fate.start satisfies never;
    }
  }

  /** The container ends with its agent; a pod that is being deleted is gone with it. */
  #run(process: AgentProcess, pod: MemoryPod): void {
    const finishedAt = this.#site.clusterNow();
    process.tick();
    if (process.exitCode === undefined) return;
    if (process.diedUnseen && pod.deletionDeadline === undefined) return;
    change(pod, { kind: 'terminated', exitCode: process.exitCode, finishedAt });
    if (pod.deletionDeadline !== undefined && !process.diedUnseen) this.#site.cluster.pods.delete(pod.name);
  }

  #vanish(life: Life, pod: MemoryPod): void {
    life.process?.kill();
    this.#site.cluster.pods.delete(pod.name);
    this.#site.witness.tell(`world: pod ${pod.name} ${pod.uid} is gone`);
  }
}

function change(pod: MemoryPod, container: MemoryPod['container']): void {
  pod.container = container;
  pod.version += 1;
}
