import type { PoolSpec } from '../pool/spec.ts';
import type { AzureDevOps } from '../ports/azure-devops.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Recorder } from '../ports/recorder.ts';

/** Everything that the loop of one pool needs from outside. */
export interface PoolPorts {
  readonly azureDevOps: AzureDevOps;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly recorder: Recorder;
  readonly instance: string;
  /** `POOLKEEPER_OWNER` of a pool of this controller. */
  ownerOf(pool: string): string;
  /** Live pods of removed pools that this one replaces: they count against its cap. */
  predecessorPods(spec: PoolSpec): number;
}
