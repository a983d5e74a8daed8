import type { V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import type { PodTarget } from '../../src/pool/actions.ts';
import { annotations, labels } from '../../src/pool/names.ts';
import type { AgentContainerState, AgentPod, VolumeClaim } from '../../src/pool/observation.ts';
import type { Cluster, ClusterView, CreateResult } from '../../src/ports/cluster.ts';
import { ConflictError } from '../../src/ports/errors.ts';

/** A pod in memory, with what a kubelet would say of it. */
export interface MemoryPod {
  readonly pod: V1Pod;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: number;
  version: number;
  scheduled: boolean;
  container: AgentContainerState;
  deletionDeadline: number | undefined;
}

export interface MemoryClaim {
  readonly claim: V1PersistentVolumeClaim;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: number;
}

/** One namespace in memory. Like the real one it refuses what no longer is as it was observed. */
export class MemoryCluster implements Cluster {
  readonly pods: Map<string, MemoryPod>;
  readonly claims: Map<string, MemoryClaim>;
  readonly secrets = new Map<string, Readonly<Record<string, string>>>([['azdo-pat', { token: 'secret-token' }]]);
  /** Moves the server's clock. */
  clockShiftMs = 0;
  /** How old the cache claims to be. */
  ageMs = 0;
  readonly #now: () => number;
  #failures = new Map<string, Error[]>();
  #lastUid = 0;
  #failingViews = 0;

  readonly #instance: string;

  constructor(now: () => number, instance: string, namespace?: MemoryCluster) {
    this.#now = now;
    this.#instance = instance;
    this.pods = namespace?.pods ?? new Map();
    this.claims = namespace?.claims ?? new Map();
  }

  /** The next call of that method throws. */
  failNext(method: keyof Cluster, error: Error): void {
    this.#failures.set(method, [...(this.#failures.get(method) ?? []), error]);
  }

  /** So many looks at the cache end in an error that no port promises. */
  failView(times: number): void {
    this.#failingViews = times;
  }

  view(): ClusterView {
    if (this.#failingViews > 0) {
      this.#failingViews -= 1;
      throw new TypeError('view is broken');
    }
    const pods = [...this.pods.values()].filter(
      ({ pod }) => pod.metadata?.labels?.[labels.instance] === this.#instance,
    );
    return {
      pods: pods.map(toAgentPod),
      claims: [...this.claims.values()].flatMap(toVolumeClaim),
      ageMs: this.ageMs,
      serverTime: this.#now() + this.clockShiftMs,
    };
  }

  onChange(): () => void {
    return () => undefined;
  }

  async createPod(pod: V1Pod): Promise<CreateResult> {
    this.#mayFail('createPod');
    const name = pod.metadata?.name ?? '';
    const existing = this.pods.get(name);
    if (existing)
      return existing.pod.metadata?.labels?.[labels.pool] === pod.metadata?.labels?.[labels.pool]
        ? 'exists'
        : 'name-taken';
    this.addPod(pod);
    return 'created';
  }

  /** Puts a pod there as somebody else would. */
  addPod(pod: V1Pod): MemoryPod {
    this.#lastUid += 1;
    const name = pod.metadata?.name ?? '';
    const added: MemoryPod = {
      pod,
      name,
      uid: `uid-${this.#lastUid}`,
      createdAt: this.#now(),
      version: 1,
      scheduled: false,
      container: { kind: 'none' },
      deletionDeadline: undefined,
    };
    this.pods.set(name, added);
    return added;
  }

  async createClaim(claim: V1PersistentVolumeClaim): Promise<CreateResult> {
    this.#mayFail('createClaim');
    const name = claim.metadata?.name ?? '';
    const existing = this.claims.get(name);
    if (existing) return existing.claim.metadata?.labels?.[labels.pool] ? 'exists' : 'name-taken';
    this.#lastUid += 1;
    this.claims.set(name, { claim, name, uid: `uid-${this.#lastUid}`, createdAt: this.#now() });
    return 'created';
  }

  async claimExists(name: string): Promise<boolean> {
    return this.claims.has(name);
  }

  async annotatePod(target: PodTarget, changes: Readonly<Record<string, string | null>>): Promise<void> {
    this.#mayFail('annotatePod');
    const { pod } = this.#exactly(target);
    const kept = Object.entries({ ...pod.metadata?.annotations, ...changes }).filter(([, value]) => value !== null);
    pod.metadata = { ...pod.metadata, annotations: Object.fromEntries(kept) as Record<string, string> };
  }

  async deletePod(target: PodTarget, graceSeconds: number): Promise<void> {
    this.#mayFail('deletePod');
    if (!this.pods.has(target.name)) return;
    const found = this.#exactly(target);
    found.deletionDeadline ??= this.#now() + graceSeconds * 1000;
    found.version += 1;
    if (found.container.kind !== 'running') this.pods.delete(target.name);
  }

  async deleteClaim({ name, uid }: { name: string; uid: string }): Promise<void> {
    this.#mayFail('deleteClaim');
    if (this.claims.get(name)?.uid === uid) this.claims.delete(name);
  }

  async readSecret(name: string): Promise<Readonly<Record<string, string>> | undefined> {
    return this.secrets.get(name);
  }

  async namespaceUid(): Promise<string> {
    return '1234567890abcdef';
  }

  #exactly(target: PodTarget): MemoryPod {
    const found = this.pods.get(target.name);
    const changed = target.resourceVersion !== undefined && String(found?.version) !== target.resourceVersion;
    if (found?.uid !== target.uid || changed) throw new ConflictError(`pod ${target.name} is not the one observed`);
    return found;
  }

  #mayFail(method: keyof Cluster): void {
    const error = this.#failures.get(method)?.shift();
    if (error) throw error;
  }
}

function toAgentPod(entry: MemoryPod): AgentPod {
  const { metadata, spec } = entry.pod;
  const notes = metadata?.annotations ?? {};
  const optional = {
    retiring: notes[annotations.retiring],
    jobResult: notes[annotations.jobResult],
    jobRequestId: notes[annotations.jobRequest] === undefined ? undefined : Number(notes[annotations.jobRequest]),
    replaces: notes[annotations.replaces],
    templateHash: notes[annotations.templateHash],
    templateHashVersion: notes[annotations.templateHashVersion],
    deletionDeadline: entry.deletionDeadline,
  };
  const registered = notes[annotations.registeredWith];
  return {
    name: entry.name,
    uid: entry.uid,
    resourceVersion: String(entry.version),
    pool: metadata?.labels?.[labels.pool] ?? '',
    index: Number(metadata?.labels?.[labels.index]),
    agentClass: metadata?.labels?.[labels.agentClass] ?? '',
    createdAt: entry.createdAt,
    phase: entry.container.kind === 'running' ? 'Running' : 'Pending',
    scheduled: entry.scheduled,
    agentContainer: entry.container,
    runOnce: spec?.containers[0]?.args?.includes('--once') ?? false,
    claimNames: (spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []),
    ...(registered !== undefined && { registeredWith: JSON.parse(registered) }),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

function toVolumeClaim({ claim, name, uid, createdAt }: MemoryClaim): VolumeClaim[] {
  const { labels: marks = {}, annotations: notes = {} } = claim.metadata ?? {};
  const pool = marks[labels.pool];
  if (pool === undefined) return [];
  return [
    {
      name,
      uid,
      pool,
      index: Number(marks[labels.index]),
      volume: notes[annotations.volume] ?? '',
      createdAt,
      terminating: false,
      deleteWithAgent: notes[annotations.deleteWithAgent] === 'true',
    },
  ];
}
