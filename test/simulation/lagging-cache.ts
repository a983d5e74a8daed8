import type { AgentPod, ObservedCluster } from '../../src/pool/observation.ts';
import type { ClusterView } from '../../src/ports/cluster.ts';
import type { Site } from './site.ts';

interface Snapshot extends ObservedCluster {
  readonly at: number;
}

interface OwnWrite {
  readonly at: number;
  readonly uid: string;
  /** As the server answered; undefined once it is gone. */
  readonly pod: AgentPod | undefined;
}

/** Own writes that the watch does not show are taken back after this long, as the real cache does. */
const keptMs = 180_000;

/** A watch cache: it may lag behind and says so, with own writes laid over it. */
export class LaggingCache {
  /** The watch was cut at this time; undefined while it runs. */
  #cutAt: number | undefined;
  #snapshot: Snapshot | undefined;
  readonly #own = new Map<string, OwnWrite>();
  readonly #site: Site;

  constructor(site: Site) {
    this.#site = site;
  }

  cut(): void {
    if (this.#cutAt !== undefined) return;
    this.#cutAt = this.#site.clock.now();
    const { pods, claims } = this.#site.cluster.view();
    this.#snapshot = { at: this.#cutAt, pods, claims };
  }

  repair(): void {
    this.#cutAt = undefined;
    this.#snapshot = undefined;
    this.#own.clear();
  }

  get ageMs(): number {
    return this.#cutAt === undefined ? 0 : this.#site.clock.now() - this.#cutAt;
  }

  wrote(name: string, uid: string | undefined): void {
    if (this.#snapshot === undefined) return;
    const pod = this.#site.cluster.view().pods.find((candidate) => candidate.name === name);
    const written = pod?.uid ?? uid;
    if (written !== undefined) this.#own.set(name, { at: this.#site.clock.now(), uid: written, pod });
  }

  view(): ClusterView {
    const live = this.#site.cluster.view();
    if (this.#snapshot === undefined) return live;
    const pods = new Map(this.#snapshot.pods.map((pod) => [pod.name, pod]));
    for (const [name, { at, uid, pod }] of this.#own) {
      if (this.#site.clock.now() - at > keptMs) this.#own.delete(name);
      else if (pod) pods.set(name, pod);
      else if (pods.get(name)?.uid === uid) pods.delete(name);
    }
    return { ...live, pods: [...pods.values()], claims: this.#snapshot.claims, ageMs: this.ageMs };
  }
}
