import { afterEach, describe } from 'vitest';
import { describeAcceptedSet } from './accepted-set.contract.ts';
import { describeChanges } from './cluster-changes.contract.ts';
import { describeCreation } from './cluster-creation.contract.ts';
import { describeDisturbances, type SkippedDisturbances } from './cluster-disturbances.contract.ts';
import { describeView } from './cluster-view.contract.ts';
import type { ClusterWorld } from './cluster-world.ts';

export interface ClusterSuite {
  readonly name: string;
  create(): Promise<ClusterWorld>;
  /** Parts that cannot be shown there, each with the reason. */
  readonly skip?: SkippedDisturbances;
}

/** Every promise in the doc comments of the ports `Cluster` and `AcceptedSetStore`. */
export function describeCluster(suite: ClusterSuite): void {
  describe(`${suite.name} keeps the promises of Cluster`, () => {
    const worlds: ClusterWorld[] = [];

    async function create(): Promise<ClusterWorld> {
      const world = await suite.create();
      worlds.push(world);
      return world;
    }

    afterEach(async () => {
      for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
    });

    describeView(create);
    describeCreation(create);
    describeChanges(create);
    describeAcceptedSet(create);
    describeDisturbances(create, suite.skip ?? {});
  });
}
