import type { PoolNaming } from '../pool/names.ts';
import type { ObservedCluster, PoolObservation, Reading } from '../pool/observation.ts';
import { judgeFence } from '../pool/placeholders.ts';
import type { PoolSpec } from '../pool/spec.ts';
import type { AzureDevOps } from '../ports/azure-devops.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { AgentMarks } from './agent-marks.ts';
import type { ClockCheck } from './clock-check.ts';
import { reading } from './read-failure.ts';

export interface ObserveInput {
  readonly azureDevOps: AzureDevOps;
  readonly cluster: Cluster;
  readonly marks: AgentMarks;
  readonly clocks: ClockCheck;
  readonly spec: PoolSpec;
  readonly naming: PoolNaming;
  readonly owner: string;
  /** The fence as it was last seen: kept while the agents cannot be read. */
  readonly fence: PoolObservation['fence'];
  /** Live pods of pools that this one replaces. */
  readonly predecessorPods: () => number;
}

/** Older than this, the cache proves nothing. */
const cacheLimitMs = 150_000;

/** Reads everything for one pass, agents before jobs: a job that is assigned in between is then not counted twice. */
export async function observePool(input: ObserveInput, signal: AbortSignal): Promise<PoolObservation> {
  const { azureDevOps, spec, naming, owner, marks, clocks } = input;
  let serverTime = clocks.azureDevOpsTime();
  const agents = await reading(async () => {
    const listed = await azureDevOps.listAgents(spec.connection, signal);
    serverTime = listed.serverTime;
    return marks.identify(listed.value, { naming, connection: spec.connection, owner }, signal);
  });
  const jobs = await reading(async () => {
    const listed = await azureDevOps.listJobRequests(spec.connection, signal);
    serverTime = listed.serverTime;
    return listed.value;
  });
  const view = input.cluster.view();
  const clocksSteady = clocks.check({ azureDevOps: serverTime, cluster: view.serverTime });
  const fenceInput = { naming, classes: spec.agentClasses, owner, azureDevOpsTime: serverTime };
  return {
    owner,
    agents,
    jobs,
    cluster: readCache(view, spec.name),
    azureDevOpsTime: serverTime,
    clusterTime: view.serverTime,
    clocksSteady,
    predecessorPods: input.predecessorPods(),
    fence: agents.kind === 'read' ? judgeFence({ ...fenceInput, agents: agents.value }) : input.fence,
  };
}

function readCache(view: ReturnType<Cluster['view']>, pool: string): Reading<ObservedCluster> {
  if (view.ageMs > cacheLimitMs) {
    const age = Number.isFinite(view.ageMs) ? `for ${Math.round(view.ageMs / 1000)} s` : 'yet';
    return { kind: 'failed', cause: 'transient', message: `pods and claims could not be read ${age}` };
  }
  const own = {
    pods: view.pods.filter((pod) => pod.pool === pool),
    claims: view.claims.filter((claim) => claim.pool === pool),
  };
  return { kind: 'read', value: own };
}
