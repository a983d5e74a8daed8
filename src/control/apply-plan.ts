import PQueue from 'p-queue';
import { invariant } from '../invariant.ts';
import type { Action, SlotSteps } from '../pool/actions.ts';
import { agentName, annotations, claimName, type PoolNaming } from '../pool/names.ts';
import type { TemplateHashes } from '../pool/phase.ts';
import type { AgentClass, PoolSpec, VolumeSpec } from '../pool/spec.ts';
import { buildAgentPod } from '../pool/workload/agent-pod.ts';
import { buildVolumeClaim } from '../pool/workload/volume-claims.ts';
import type { AzureDevOps } from '../ports/azure-devops.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster, CreateResult } from '../ports/cluster.ts';
import { AgentBusyError, ConflictError, PermanentError } from '../ports/errors.ts';
import type { ActionResult } from '../ports/metrics.ts';

export interface ApplyInput {
  readonly azureDevOps: AzureDevOps;
  readonly cluster: Cluster;
  readonly spec: PoolSpec;
  readonly naming: PoolNaming;
  readonly owner: string;
  readonly revision: string;
  readonly templates: TemplateHashes;
  /** The key that the credential's Secret really has; asked for only when a pod is created. */
  readonly secretKey: () => Promise<string>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly signal: AbortSignal;
}

/** What became of one action. The steps after one that was not done were not tried. */
export interface AppliedAction {
  readonly action: Action;
  readonly result: ActionResult;
  /** Of a create whose name belongs to somebody else. */
  readonly nameTaken?: true;
  readonly error?: unknown;
}

const slotsAtOnce = 10;
/** So long slots are begun; what is left is planned anew by the next pass, so that no pass takes for ever. */
const longestApplyMs = 30_000;

/** Writes the plan: the steps of one slot one after another, slots side by side. Never throws: each failure stays with its slot. */
export async function applyPlan(input: ApplyInput, steps: readonly SlotSteps[]): Promise<readonly AppliedAction[]> {
  const queue = new PQueue({ concurrency: slotsAtOnce });
  const until = input.clock.monotonic() + longestApplyMs;
  const slots = await queue.addAll(
    steps.map((slot) => async () => (input.clock.monotonic() < until ? applySlot(input, slot) : [])),
  );
  return slots.flat();
}

async function applySlot(input: ApplyInput, { actions }: SlotSteps): Promise<readonly AppliedAction[]> {
  const applied: AppliedAction[] = [];
  const missingVolumes = new Set<string>();
  for (const action of actions) {
    if (input.signal.aborted) break;
    const outcome = await attempt(input, action, missingVolumes);
    applied.push(outcome);
    if (outcome.result !== 'done') break;
  }
  return applied;
}

async function attempt(input: ApplyInput, action: Action, missingVolumes: Set<string>): Promise<AppliedAction> {
  try {
    const nameTaken = await carryOut(input, action, missingVolumes);
    return nameTaken ? { action, result: 'conflict', nameTaken: true } : { action, result: 'done' };
  } catch (error) {
    return { action, result: resultOf(error), error };
  }
}

function resultOf(error: unknown): ActionResult {
  if (error instanceof AgentBusyError) return 'refused';
  return error instanceof ConflictError ? 'conflict' : 'failed';
}

/** Returns true when a create met a name that is not ours. */
async function carryOut(input: ApplyInput, action: Action, missingVolumes: Set<string>): Promise<boolean> {
  if (action.kind === 'create-claim') return createClaim(input, action, missingVolumes);
  if (action.kind === 'create-pod') return createPod(input, action, missingVolumes);
  await ('agent' in action ? writeToAzureDevOps(input, action) : writeToCluster(input, action));
  return false;
}

type ClusterWrite = Extract<
  Action,
  { kind: 'mark-retiring' | 'unmark-retiring' | 'note-result' | 'delete-pod' | 'delete-claim' }
>;

async function writeToCluster({ cluster, signal }: ApplyInput, action: ClusterWrite): Promise<void> {
  switch (action.kind) {
    case 'mark-retiring':
      return cluster.annotatePod(action.pod, { [annotations.retiring]: action.reason }, signal);
    case 'unmark-retiring':
      return cluster.annotatePod(action.pod, { [annotations.retiring]: null }, signal);
    case 'note-result':
      return cluster.annotatePod(action.pod, { [annotations.jobResult]: action.result }, signal);
    case 'delete-pod':
      return cluster.deletePod(action.pod, action.graceSeconds, signal);
    case 'delete-claim':
      return cluster.deleteClaim(action.claim, signal);
    default:
      return action satisfies never;
  }
}

type AgentWrite = Extract<Action, { kind: 'disable-agent' | 'enable-agent' | 'deregister-agent' }>;

async function writeToAzureDevOps({ azureDevOps, spec, signal }: ApplyInput, action: AgentWrite): Promise<void> {
  const { id, name } = action.agent;
  if (action.kind === 'deregister-agent') {
    await azureDevOps.deregisterAgent(spec.connection, id, signal);
    return;
  }
  const enabled = action.kind === 'enable-agent';
  await azureDevOps.setAgentEnabled(spec.connection, { id, name, enabled }, signal);
}

type CreateClaim = Extract<Action, { kind: 'create-claim' }>;
type CreatePod = Extract<Action, { kind: 'create-pod' }>;

async function createClaim(input: ApplyInput, action: CreateClaim, missingVolumes: Set<string>): Promise<boolean> {
  const agentClass = classNamed(input.spec, action.agentClass);
  const volume = agentClass.shape.volumes.find(({ name }) => name === action.volume);
  invariant(volume, `class ${agentClass.name} has no volume ${action.volume}`);
  try {
    const claim = buildVolumeClaim(input.naming, agentClass, { index: action.index, volume });
    const result = await input.cluster.createClaim(claim, input.signal);
    return isTaken(result, volume, missingVolumes);
  } catch (error) {
    if (!volume.optional || !(error instanceof PermanentError)) throw error;
    missingVolumes.add(volume.name);
    return false;
  }
}

/** A claim of that name that is not ours is never touched: an optional volume is left out, any other stops the slot. */
function isTaken(result: CreateResult, volume: VolumeSpec, missingVolumes: Set<string>): boolean {
  if (result !== 'name-taken') return false;
  if (volume.optional) missingVolumes.add(volume.name);
  return !volume.optional;
}

async function createPod(input: ApplyInput, action: CreatePod, missingVolumes: Set<string>): Promise<boolean> {
  const agentClass = classNamed(input.spec, action.agentClass);
  await requireGivenClaims(input, { agentClass, index: action.index, missingVolumes });
  const pod = buildAgentPod(input.spec, agentClass, {
    naming: input.naming,
    index: action.index,
    owner: input.owner,
    revision: input.revision,
    templateHash: input.templates.get(agentClass.name) ?? '',
    secretKey: await input.secretKey(),
    reason: action.reason,
    missingVolumes,
    ...(action.job && { job: action.job }),
    ...(action.replaces !== undefined && { replaces: action.replaces }),
  });
  return (await input.cluster.createPod(pod, input.signal)) === 'name-taken';
}

/** Claims that the definition expects to exist: an absent optional one is left out, an absent other one stops the start. */
async function requireGivenClaims(
  { cluster, naming, signal }: ApplyInput,
  place: { readonly agentClass: AgentClass; readonly index: number; readonly missingVolumes: Set<string> },
): Promise<void> {
  for (const volume of place.agentClass.shape.volumes.filter(({ createPvc }) => !createPvc)) {
    const name = claimName(agentName(naming, place.index), volume.name);
    if (await cluster.claimExists(name, signal)) continue;
    if (!volume.optional) {
      throw new PermanentError(
        `claim ${name} does not exist: create it, or set createPvc: true or optional: true for ${volume.name}`,
      );
    }
    place.missingVolumes.add(volume.name);
  }
}

function classNamed(spec: PoolSpec, name: string): AgentClass {
  const agentClass = spec.agentClasses.find((candidate) => candidate.name === name);
  invariant(agentClass, `pool ${spec.name} has no class ${name}`);
  return agentClass;
}
