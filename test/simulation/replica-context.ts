import type { LaggingCache } from './lagging-cache.ts';
import type { Mutation } from './mutation.ts';
import type { PassFacts } from './pass-facts.ts';
import type { Site } from './site.ts';
import type { WriteRules } from './write-rules.ts';

/** What both replicas have in common. */
export interface ReplicaContext {
  readonly site: Site;
  readonly rules: WriteRules;
  readonly mutation: Mutation | undefined;
  leads(replica: RunningReplica): boolean;
  /** The world goes on between two calls of a pass. */
  meanwhile(replica: RunningReplica, write: boolean): Promise<void>;
}

/** One process of the controller, as its ports know it. */
export interface RunningReplica {
  readonly name: string;
  readonly context: ReplicaContext;
  readonly cache: LaggingCache;
  readonly facts: PassFacts;
  crashed: boolean;
  /** Counts the lives of this process: calls of an earlier one have no effect any more. */
  readonly life: number;
}
