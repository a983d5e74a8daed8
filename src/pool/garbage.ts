import type { Action, SlotSteps } from './actions.ts';
import { azureDevOpsAgeMs } from './clocks.ts';
import type { ObservedAgent, PoolObservation, VolumeClaim } from './observation.ts';
import { isLeftOver } from './owned-agents.ts';
import type { Slot } from './slots.ts';
import type { PoolSpec } from './spec.ts';

export interface GarbageInput {
  readonly spec: PoolSpec;
  readonly removed: boolean;
  /** A pool of the same name continues a removed one elsewhere: the claims are its own now. */
  readonly claimsPassOn?: boolean;
  readonly slots: readonly Slot[];
  readonly observation: PoolObservation;
  /** Indexes on which this plan starts an agent. */
  readonly starting: ReadonlySet<number>;
}

/** What earlier slots have left behind. The caller has made sure that all was read. */
export function planGarbage(input: GarbageInput): readonly SlotSteps[] {
  return [...staleAgents(input), ...leftOverClaims(input)];
}

/** Own offline records without pod and without work, once old enough; at once when the pool is removed. */
function staleAgents({ spec, removed, slots, observation }: GarbageInput): readonly SlotSteps[] {
  if (observation.agents.kind === 'failed') return [];
  const podNames = new Set(slots.map(({ pod }) => pod.name));
  const minAgeMs = removed ? 0 : spec.staleAgentMinAgeSeconds * 1000;
  return observation.agents.value
    .filter((agent) => isLeftOver(agent, observation.owner) && !podNames.has(agent.name))
    .filter((agent) => azureDevOpsAgeMs(observation, Math.max(agent.createdAt, agent.statusChangedAt ?? 0)) >= minAgeMs)
    .map((agent) => deregister(agent));
}

function deregister(agent: ObservedAgent): SlotSteps {
  return { key: agent.name, actions: [{ kind: 'deregister-agent', agent, reason: 'stale' }] };
}

/** Claims without a pod: those that go with their agent, and all claims of a removed pool whose policy says so. */
function leftOverClaims({ spec, removed, slots, observation, ...given }: GarbageInput): readonly SlotSteps[] {
  if (observation.cluster.kind === 'failed' || given.claimsPassOn === true) return [];
  const withPod = new Set([...given.starting, ...observation.cluster.value.pods.map(({ index }) => index)]);
  const all = removed && spec.volumePolicy === 'delete' && slots.length === 0;
  return observation.cluster.value.claims
    .filter((claim) => !claim.terminating && !withPod.has(claim.index) && (all || claim.deleteWithAgent))
    .map((claim) => ({ key: claim.name, actions: [deleteClaim(claim)] }));
}

function deleteClaim({ name, uid }: VolumeClaim): Action {
  return { kind: 'delete-claim', claim: { name, uid }, reason: 'left-over' };
}
