import { podAgeMs } from '../pool/clocks.ts';
import type { PoolObservation } from '../pool/observation.ts';
import type { SlotPhase } from '../pool/phase.ts';
import type { Slot } from '../pool/slots.ts';
import { startFailureReason } from '../pool/start-failure.ts';
import type { Metrics } from '../ports/metrics.ts';

/** Turns what changed from pass to pass into events: each change is counted once. */
export class PassTransitions {
  #phases = new Map<string, SlotPhase>();
  /** Pods whose agent was online, by uid. */
  #online = new Set<string>();
  #assigned = new Set<number>();
  readonly #metrics: Metrics;
  readonly #pool: string;

  constructor(metrics: Metrics, pool: string) {
    this.#metrics = metrics;
    this.#pool = pool;
  }

  record(observation: PoolObservation, slots: readonly Slot[]): void {
    for (const slot of slots) this.#recordSlot(observation, slot);
    if (observation.cluster.kind === 'read') {
      this.#phases = new Map(slots.map(({ pod, phase }) => [pod.uid, phase]));
      this.#online = new Set([...this.#online].filter((uid) => this.#phases.has(uid)));
    }
    if (observation.jobs.kind === 'read') this.#recordAssignments(observation, slots);
  }

  #recordSlot(observation: PoolObservation, slot: Slot): void {
    const before = this.#phases.get(slot.pod.uid);
    if (before === slot.phase) return;
    if (slot.phase === 'hung') this.#metrics.agentHung(this.#pool);
    if (slot.phase === 'lost') this.#metrics.agentLost(this.#pool);
    if (slot.phase === 'stuck') this.#metrics.startFailed(this.#pool, startFailureReason(slot));
    const online = slot.phase === 'idle' || slot.phase === 'busy';
    // One that was away for a moment does not start again.
    if (before === 'starting' && online && !this.#online.has(slot.pod.uid)) {
      this.#metrics.agentCameOnline(this.#pool, podAgeMs(observation, slot.pod) / 1000);
    }
    if (online) this.#online.add(slot.pod.uid);
  }

  #recordAssignments({ jobs }: PoolObservation, slots: readonly Slot[]): void {
    if (jobs.kind === 'failed') return;
    const ours = new Set(slots.map(({ requestId }) => requestId));
    const assigned = jobs.value.filter((job) => job.assignedAt !== undefined && ours.has(job.requestId));
    for (const job of assigned) {
      if (this.#assigned.has(job.requestId) || job.assignedAt === undefined) continue;
      this.#metrics.jobAssigned(this.#pool, Math.max(0, job.assignedAt - job.queuedAt) / 1000);
    }
    this.#assigned = new Set(assigned.map(({ requestId }) => requestId));
  }
}
