import { ConflictError, PermanentError, ThrottledError, TransientError } from '../../src/ports/errors.ts';
import type { Random } from './random.ts';

/** Everything that can go wrong, with how likely it is each time that it could. */
const likelihood = {
  'schedules-late': 0.2,
  'never-scheduled': 0.06,
  'image-pull-fails': 0.08,
  'crashes-at-start': 0.08,
  'registers-late': 0.15,
  'registers-without-mark': 0.2,
  'never-registers': 0.05,
  'container-ends-silently': 0.05,
  'hangs-after-job': 0.15,
  'leaves-its-record': 0.4,
  'dies-with-job': 0.006,
  'dies-unseen': 0.003,
  'goes-offline': 0.006,
  'all-go-offline': 0.004,
  'pod-deleted-by-others': 0.005,
  'slow-deletion': 0.15,
  'job-cancelled': 0.03,
  'unservable-job': 0.3,
  'definition-changed': 0.03,
  'definition-changed-in-a-pass': 0.003,
  'pool-removed': 0.008,
  'agent-disabled-by-person': 0.006,
  'read-permanent': 0.01,
  'read-throttled': 0.01,
  'read-transient': 0.03,
  'write-permanent': 0.015,
  'write-throttled': 0.015,
  'write-transient': 0.03,
  'write-conflict': 0.02,
  'lost-answer': 0.03,
  'stale-cache': 0.03,
  'world-moves-in-a-pass': 0.08,
  'controller-crash': 0.01,
  'leader-pause': 0.01,
  'clock-jump': 0.01,
} as const;

export type FaultKind = keyof typeof likelihood;
export const faultKinds = Object.keys(likelihood) as readonly FaultKind[];

/** Kinds that the controller does not stand up to yet. */
export const notYet: readonly FaultKind[] = ['unservable-job'];

/** Kinds that the controller does not stand up to together yet: of two, the second is left out. */
const notTogether: readonly (readonly [FaultKind, FaultKind])[] = [['clock-jump', 'hangs-after-job']];

export interface FaultOptions {
  /** Kinds that never happen in this run; by default those that the controller does not stand up to yet. */
  readonly without?: readonly FaultKind[];
  /** Kinds that this run has in any case, and often. */
  readonly focus?: readonly FaultKind[];
}

/** What goes wrong in one run: some kinds at all, each at some strength, until it is stopped. Counts what it injected. */
export class Faults {
  readonly injected = new Map<FaultKind, number>();
  readonly #random: Random;
  readonly #strength: ReadonlyMap<FaultKind, number>;
  #stopped = false;

  constructor(random: Random, { without = notYet, focus = [] }: FaultOptions = {}) {
    this.#random = random;
    const calm = random.chance(0.08);
    const share = random.pick([0.15, 0.4, 0.7]);
    const strength = new Map(
      faultKinds
        .filter((kind) => random.chance(calm ? 0 : share) && !without.includes(kind))
        .map((kind) => [kind, random.pick([0.5, 1, 2.5])] as const)
        .concat(focus.map((kind) => [kind, 5] as const)),
    );
    for (const [kind, other] of notTogether) if (strength.has(kind)) strength.delete(other);
    this.#strength = strength;
  }

  /** Whether this run has faults of that kind at all. */
  has(...kinds: readonly FaultKind[]): boolean {
    return kinds.some((kind) => this.#strength.has(kind));
  }

  get none(): boolean {
    return this.#strength.size === 0;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  strike(kind: FaultKind): boolean {
    if (this.#stopped) return false;
    const strength = this.#strength.get(kind);
    if (strength === undefined || !this.#random.chance(Math.min(0.9, likelihood[kind] * strength))) return false;
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1);
    return true;
  }

  readError(): Error | undefined {
    if (this.strike('read-permanent')) return new PermanentError('the token was refused');
    if (this.strike('read-throttled')) return new ThrottledError(30_000);
    return this.strike('read-transient') ? new TransientError('502') : undefined;
  }

  writeError(): Error | undefined {
    if (this.strike('write-permanent')) return new PermanentError('forbidden');
    if (this.strike('write-throttled')) return new ThrottledError(30_000);
    if (this.strike('write-conflict')) return new ConflictError('the object has changed');
    return this.strike('write-transient') ? new TransientError('503') : undefined;
  }

  stop(): void {
    this.#stopped = true;
  }
}
