import type { Action, ActionReason, PodTarget, SlotSteps } from './actions.ts';
import type { VolumeClaim } from './observation.ts';
import type { Slot } from './slots.ts';

/** A deregistered agent can have no job, so its pod needs no longer than this to end. */
const graceSeconds = 30;
/** A pod whose agent might still come online is given the time a job may take. */
const graceOfUnknownSeconds = 3600;

/** Reasons that end when the agent gets a job after all; every other reason means that the agent must go. */
const surplusReasons: ReadonlySet<string> = new Set<ActionReason>(['excess-idle', 'idle-timeout', 'make-room']);

/** Pass one of leaving: the mark comes first, so that a crash in between never looks like a person's doing. */
export function beginRetiring(slot: Slot, reason: ActionReason): SlotSteps {
  const actions: Action[] = [{ kind: 'mark-retiring', pod: targetOf(slot), reason }];
  if (slot.agent?.enabled) actions.push({ kind: 'disable-agent', agent: slot.agent, reason });
  return { key: slot.pod.name, actions };
}

/** The passes after: what a marked slot needs next, from what was read again. Undefined while it must only wait. */
export function continueRetiring(slot: Slot, claims: readonly VolumeClaim[]): SlotSteps | undefined {
  const reason = retiringReason(slot);
  const surplus = surplusReasons.has(reason);
  const { agent } = slot;
  if (agent === undefined) return slot.requestId === undefined ? deleteUnregistered(slot, reason, claims) : undefined;
  if (slot.requestId === undefined) {
    return agent.enabled ? steps(slot, { kind: 'disable-agent', agent, reason }) : removeSlot(slot, reason, claims);
  }
  if (!surplus) return agent.enabled ? steps(slot, { kind: 'disable-agent', agent, reason }) : undefined;
  const unmark: Action = { kind: 'unmark-retiring', pod: targetOf(slot), reason: 'needed-again' };
  if (agent.enabled) return steps(slot, unmark);
  return steps(slot, { kind: 'enable-agent', agent, reason: 'needed-again' }, unmark);
}

/** Deregister (the server may refuse, which skips the rest), then delete the pod and what goes with it. */
export function removeSlot(slot: Slot, reason: ActionReason, claims: readonly VolumeClaim[]): SlotSteps {
  const deregister: Action[] = slot.agent ? [{ kind: 'deregister-agent', agent: slot.agent, reason }] : [];
  return {
    key: slot.pod.name,
    actions: [
      ...deregister,
      { kind: 'delete-pod', pod: targetOf(slot), graceSeconds, reason },
      ...deleteClaims(slot, reason, claims),
    ],
  };
}

/** Keeps an ended pod for a look: how its job ended is noted on it, then its agent is deregistered. */
export function keepEnded(slot: Slot, result: string | undefined): SlotSteps | undefined {
  if (slot.agent === undefined) return undefined;
  const note: Action[] =
    result === undefined ? [] : [{ kind: 'note-result', pod: targetOf(slot), result, reason: 'finished' }];
  return steps(slot, ...note, { kind: 'deregister-agent', agent: slot.agent, reason: 'finished' });
}

/** Deletes a pod whose agent container cannot be running, provided that it has not changed since. */
export function deleteUnstarted(slot: Slot, reason: ActionReason, claims: readonly VolumeClaim[]): SlotSteps {
  const pod = unchanged(slot);
  return {
    key: slot.pod.name,
    actions: [{ kind: 'delete-pod', pod, graceSeconds, reason }, ...deleteClaims(slot, reason, claims)],
  };
}

/** Not scheduled, or waiting on an image or its configuration. */
export function cannotBeRunning(slot: Slot): boolean {
  const { pod } = slot;
  if (pod.agentContainer.kind === 'running' || pod.agentContainer.kind === 'terminated') return false;
  return !pod.scheduled || (slot.phase === 'stuck' && pod.agentContainer.kind === 'waiting');
}

/** A marked pod without a record: deregistered by an earlier pass that was cut short, or never registered at all. */
function deleteUnregistered(slot: Slot, reason: ActionReason, claims: readonly VolumeClaim[]): SlotSteps {
  if (reason !== 'start-failed') return removeSlot(slot, reason, claims);
  return {
    key: slot.pod.name,
    actions: [
      { kind: 'delete-pod', pod: unchanged(slot), graceSeconds: graceOfUnknownSeconds, reason },
      ...deleteClaims(slot, reason, claims),
    ],
  };
}

function deleteClaims(slot: Slot, reason: ActionReason, claims: readonly VolumeClaim[]): readonly Action[] {
  return claims
    .filter((claim) => claim.index === slot.index && claim.deleteWithAgent && !claim.terminating)
    .map(({ name, uid }) => ({ kind: 'delete-claim', claim: { name, uid }, reason }));
}

function steps(slot: Slot, ...actions: readonly Action[]): SlotSteps {
  return { key: slot.pod.name, actions };
}

function targetOf(slot: Slot): PodTarget {
  return { name: slot.pod.name, uid: slot.pod.uid };
}

function unchanged(slot: Slot): PodTarget {
  return { ...targetOf(slot), resourceVersion: slot.pod.resourceVersion };
}

const reasons: readonly ActionReason[] = [
  'excess-idle',
  'idle-timeout',
  'make-room',
  'drifted',
  'hung',
  'lost',
  'start-failed',
  'pool-removed',
  'being-deleted',
];

/** A mark that we do not know is taken for one of those that must go. */
function retiringReason({ pod }: Slot): ActionReason {
  return reasons.find((reason) => reason === pod.retiring) ?? 'drifted';
}
