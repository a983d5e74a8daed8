import {
  type CoreV1Api,
  PatchStrategy,
  type V1DeleteOptions,
  type V1ObjectMeta,
  type V1PersistentVolumeClaim,
  type V1Pod,
} from '@kubernetes/client-node';
import type { PodTarget } from '../../pool/actions.ts';
import type { AgentPod, VolumeClaim } from '../../pool/observation.ts';
import type { Cluster, CreateResult } from '../../ports/cluster.ts';
import { ConflictError, PermanentError } from '../../ports/errors.ts';
import type { ApiCaller } from './api-caller.ts';
import { AbsentError, TakenError } from './api-errors.ts';
import { readVolumeClaim } from './claim-view.ts';
import type { OwnWrites } from './own-writes.ts';
import { readAgentPod } from './pod-view.ts';
import { sameSlot } from './slot-labels.ts';
import type { Cached } from './wire-object.ts';

export interface WriteContext {
  readonly caller: ApiCaller;
  readonly core: CoreV1Api;
  readonly namespace: string;
  readonly ownPods: OwnWrites<AgentPod>;
  readonly ownClaims: OwnWrites<VolumeClaim>;
}

type ClusterWrites = Pick<
  Cluster,
  'createPod' | 'createClaim' | 'claimExists' | 'annotatePod' | 'deletePod' | 'deleteClaim'
>;

/** Every write is laid over the cache as soon as the server has answered. */
export function createClusterWrites(context: WriteContext): ClusterWrites {
  return {
    createPod: (pod, signal) => createPod(context, pod, signal),
    createClaim: (claim, signal) => createClaim(context, claim, signal),
    async claimExists(name, signal) {
      const claim = await findClaim(context, name, signal);
      return claim !== undefined && claim.metadata?.deletionTimestamp === undefined;
    },
    annotatePod: (pod, annotations, signal) => annotatePod(context, pod, { annotations, signal }),
    deletePod: (pod, graceSeconds, signal) => deletePod(context, pod, { graceSeconds, signal }),
    deleteClaim: (claim, signal) => deleteClaim(context, claim, signal),
  };
}

async function createPod(context: WriteContext, body: V1Pod, signal: AbortSignal): Promise<CreateResult> {
  const name = nameOf(body);
  const { namespace, core } = context;
  try {
    const call = { operation: 'create-pods', subject: `pod ${name}`, signal } as const;
    const created = await context.caller.call(call, (options) =>
      core.createNamespacedPod({ namespace, body }, options),
    );
    laid(context.ownPods, readAgentPod(created));
    return 'created';
  } catch (error) {
    if (!(error instanceof TakenError)) throw explainAbsence(error, namespace);
    const found = await findPod(context, name, signal);
    // Gone between the two requests: the next pass creates it.
    if (found === undefined) throw error;
    if (!sameSlot(found.metadata?.labels, body.metadata?.labels)) return 'name-taken';
    laid(context.ownPods, readAgentPod(found));
    return 'exists';
  }
}

async function createClaim(
  context: WriteContext,
  body: V1PersistentVolumeClaim,
  signal: AbortSignal,
): Promise<CreateResult> {
  const name = nameOf(body);
  const { namespace, core } = context;
  try {
    const call = { operation: 'create-claims', subject: `claim ${name}`, signal } as const;
    const created = await context.caller.call(call, (options) =>
      core.createNamespacedPersistentVolumeClaim({ namespace, body }, options),
    );
    laid(context.ownClaims, readVolumeClaim(created));
    return 'created';
  } catch (error) {
    if (!(error instanceof TakenError)) throw explainAbsence(error, namespace);
    const found = await findClaim(context, name, signal);
    if (found === undefined) throw error;
    if (!sameSlot(found.metadata?.labels, body.metadata?.labels)) return 'name-taken';
    laid(context.ownClaims, readVolumeClaim(found));
    return 'exists';
  }
}

async function annotatePod(
  context: WriteContext,
  pod: PodTarget,
  change: { readonly annotations: Readonly<Record<string, string | null>>; readonly signal: AbortSignal },
): Promise<void> {
  const { namespace, core } = context;
  const { name, uid, resourceVersion } = pod;
  // uid and version in a patch are conditions: the server refuses another pod or another state of it.
  const body = {
    metadata: { uid, ...(resourceVersion !== undefined && { resourceVersion }), annotations: change.annotations },
  };
  const call = {
    operation: 'patch-pods',
    subject: `pod ${name}`,
    signal: change.signal,
    patch: PatchStrategy.MergePatch,
  } as const;
  try {
    const patched = await context.caller.call(call, (options) =>
      core.patchNamespacedPod({ name, namespace, body }, options),
    );
    laid(context.ownPods, readAgentPod(patched));
  } catch (error) {
    if (!(error instanceof AbsentError)) throw error;
    context.ownPods.removed({ name, uid });
    throw new ConflictError(`pod ${name} is gone`, { cause: error });
  }
}

async function deletePod(
  context: WriteContext,
  pod: PodTarget,
  wanted: { readonly graceSeconds: number; readonly signal: AbortSignal },
): Promise<void> {
  const { name, uid, resourceVersion } = pod;
  const { namespace, core, ownPods } = context;
  const { signal, graceSeconds } = wanted;
  const preconditions = { uid, ...(resourceVersion !== undefined && { resourceVersion }) };
  const body: V1DeleteOptions = { gracePeriodSeconds: graceSeconds, preconditions };
  try {
    const call = { operation: 'delete-pods', subject: `pod ${name}`, signal } as const;
    const answer = await context.caller.call(call, (options) =>
      core.deleteNamespacedPod({ name, namespace, body }, options),
    );
    laidDeletion(ownPods, answer.metadata, { name, uid, read: () => readAgentPod(answer) });
  } catch (error) {
    const found = error instanceof ConflictError ? await findPod(context, name, signal) : undefined;
    // Already being deleted, by whomever: done.
    if (isBeingDeleted(found?.metadata, uid)) laid(ownPods, readAgentPod(found));
    else if (error instanceof AbsentError || (error instanceof ConflictError && !found)) ownPods.removed({ name, uid });
    else throw error;
  }
}

async function deleteClaim(
  context: WriteContext,
  claim: { readonly name: string; readonly uid: string },
  signal: AbortSignal,
): Promise<void> {
  const { name, uid } = claim;
  const { namespace, core, ownClaims } = context;
  try {
    const call = { operation: 'delete-claims', subject: `claim ${name}`, signal } as const;
    const answer = await context.caller.call(call, (options) =>
      core.deleteNamespacedPersistentVolumeClaim({ name, namespace, body: { preconditions: { uid } } }, options),
    );
    laidDeletion(ownClaims, answer.metadata, { name, uid, read: () => readVolumeClaim(answer) });
  } catch (error) {
    if (!(error instanceof AbsentError)) throw error;
    ownClaims.removed({ name, uid });
  }
}

async function findPod(
  { caller, core, namespace }: WriteContext,
  name: string,
  signal: AbortSignal,
): Promise<V1Pod | undefined> {
  const call = { operation: 'get-pods', subject: `pod ${name}`, signal } as const;
  return orAbsent(caller.call(call, (options) => core.readNamespacedPod({ name, namespace }, options)));
}

async function findClaim(
  { caller, core, namespace }: WriteContext,
  name: string,
  signal: AbortSignal,
): Promise<V1PersistentVolumeClaim | undefined> {
  const call = { operation: 'get-claims', subject: `claim ${name}`, signal } as const;
  return orAbsent(
    caller.call(call, (options) => core.readNamespacedPersistentVolumeClaim({ name, namespace }, options)),
  );
}

async function orAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof AbsentError) return undefined;
    throw error;
  }
}

function laid<T>(own: OwnWrites<T>, object: Cached<T> | undefined): void {
  if (object) own.wrote(object);
}

/** The server answers with the object as it is now: still there with a deadline, or already gone. */
function laidDeletion<T>(
  own: OwnWrites<T>,
  metadata: V1ObjectMeta = {},
  object: { readonly name: string; readonly uid: string; readonly read: () => Cached<T> | undefined },
): void {
  if (stillThere(metadata)) laid(own, object.read());
  else own.removed({ name: object.name, uid: object.uid, resourceVersion: metadata.resourceVersion });
}

function stillThere({ deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] }: V1ObjectMeta): boolean {
  return deletionTimestamp !== undefined && (deletionGracePeriodSeconds > 0 || finalizers.length > 0);
}

function isBeingDeleted(metadata: V1ObjectMeta | undefined, uid: string): boolean {
  return metadata?.uid === uid && metadata.deletionTimestamp !== undefined;
}

function explainAbsence(error: unknown, namespace: string): unknown {
  if (!(error instanceof AbsentError)) return error;
  return new PermanentError(`Kubernetes: there is no namespace ${namespace}: create it or set AGENT_NAMESPACE`, {
    cause: error,
  });
}

function nameOf(object: { readonly metadata?: V1ObjectMeta }): string {
  return object.metadata?.name ?? '';
}
