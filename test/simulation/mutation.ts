import type { PoolPorts } from '../../src/control/pool-ports.ts';
import type { planPool } from '../../src/pool/plan.ts';
import type { FaultKind } from './faults.ts';
import type { Site } from './site.ts';

/** One deliberate mistake in the controller: in how it plans, or in how it speaks to the outside. */
export interface Mutation {
  readonly name: string;
  /** What the mistaken controller does. */
  readonly does: string;
  /** A seed that was seen to catch it. */
  readonly caughtBy: number;
  /** Faults that such a mistake needs to do harm. */
  readonly focus?: readonly FaultKind[];
  readonly plan?: typeof planPool;
  readonly ports?: (ports: PoolPorts, site: Site) => PoolPorts;
}
