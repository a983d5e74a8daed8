import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { alreadyExists, badRequest, conflict, invalid, notFound } from './api-error.ts';
import { deleteObject } from './deletion.ts';
import { type KubeObject, SubmittedObject, wireTime } from './kube-object.ts';
import type { ObjectStore } from './object-store.ts';
import { applyPatch } from './patches.ts';
import { placedPod } from './pod-status.ts';
import { apiVersionOf, collectionOf, type ResourceKind, type ResourcePath } from './resource-kinds.ts';
import { findProblem } from './validation.ts';

/** What one request works on. */
export interface ObjectContext {
  readonly store: ObjectStore;
  readonly now: () => number;
  /** Lists under way, by continue token. */
  readonly pages: Map<string, readonly KubeObject[]>;
}

export function createObject(context: ObjectContext, path: ResourcePath, body: unknown): KubeObject {
  if (path.subresource === 'binding') return bindPod(context, path, body);
  const submitted = named(parseBody(body));
  const { kind } = path;
  const problem = findProblem(kind.kind, submitted);
  if (problem) throw problem;
  const name = submitted.metadata.name ?? '';
  requireNamespace(context, path);
  const collection = collectionOf(kind);
  if (context.store.get(collection, { namespace: path.namespace, name })) throw alreadyExists(kind.plural, name);
  return context.store.put(collection, {
    ...submitted,
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: {
      ...submitted.metadata,
      name,
      ...(kind.namespaced && { namespace: path.namespace }),
      // As the admission plugin for volumes in use does.
      ...(kind.kind === 'PersistentVolumeClaim' && { finalizers: ['kubernetes.io/pvc-protection'] }),
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp: wireTime(context.now()),
    },
    ...initialStatus(kind.kind),
  });
}

const Binding = z.looseObject({ target: z.looseObject({ name: z.string() }) });

function bindPod(context: ObjectContext, path: ResourcePath, body: unknown): KubeObject {
  const binding = Binding.safeParse(body);
  if (!binding.success) throw badRequest('target: Required value');
  const pod = getObject(context, path);
  return context.store.put('pods', placedPod(pod, binding.data.target.name));
}

function initialStatus(kind: string): Record<string, unknown> {
  if (kind === 'Pod') return { status: { phase: 'Pending', qosClass: 'Burstable' } };
  if (kind === 'PersistentVolumeClaim') return { status: { phase: 'Pending' } };
  if (kind === 'Namespace') return { status: { phase: 'Active' } };
  return {};
}

function named(body: SubmittedObject): SubmittedObject {
  const { name, generateName } = body.metadata;
  if (name !== undefined || generateName === undefined) return body;
  return { ...body, metadata: { ...body.metadata, name: `${generateName}${randomUUID().slice(0, 5)}` } };
}

function requireNamespace({ store }: ObjectContext, { kind, namespace }: ResourcePath): void {
  if (!kind.namespaced) return;
  if (namespace === undefined) throw badRequest('an empty namespace may not be set during creation');
  if (!store.get('namespaces', { name: namespace })) throw notFound('namespaces', namespace);
}

export function getObject({ store }: ObjectContext, path: ResourcePath): KubeObject {
  const name = path.name ?? '';
  const object = store.get(collectionOf(path.kind), { namespace: path.namespace, name });
  if (!object) throw notFound(path.kind.plural, name);
  return object;
}

export function replaceObject(context: ObjectContext, path: ResourcePath, body: unknown): KubeObject {
  const current = getObject(context, path);
  return update(context, path, { current, wanted: parseBody(body) });
}

export function patchObject(
  context: ObjectContext,
  path: ResourcePath,
  patch: { readonly body: unknown; readonly contentType: string },
): KubeObject {
  const current = getObject(context, path);
  const wanted = parseBody(applyPatch(current, patch.body, patch.contentType));
  return update(context, path, { current, wanted });
}

interface Update {
  readonly current: KubeObject;
  readonly wanted: SubmittedObject;
}

function update({ store }: ObjectContext, { kind, subresource }: ResourcePath, change: Update): KubeObject {
  checkUpdate(kind, change);
  const { current, wanted } = change;
  const next: KubeObject = {
    ...(subresource === 'status' ? { ...current, status: wanted.status } : keepStatus(current, wanted)),
    apiVersion: current.apiVersion,
    kind: current.kind,
    metadata: { ...wanted.metadata, ...serverSetFields(current) },
  };
  return isFinished(next) ? store.remove(collectionOf(kind), next) : store.put(collectionOf(kind), next);
}

function checkUpdate(kind: ResourceKind, { current, wanted }: Update): void {
  const { name, uid, resourceVersion } = current.metadata;
  const { uid: wantedUid, resourceVersion: wantedVersion } = wanted.metadata;
  if (wantedVersion && wantedVersion !== resourceVersion) {
    const why = 'the object has been modified; please apply your changes to the latest version and try again';
    throw conflict(kind.plural, name, why);
  }
  if (wantedUid && wantedUid !== uid) {
    const message = `Invalid value: "${wantedUid}": field is immutable`;
    throw invalid(kind.kind, name, { field: 'metadata.uid', message });
  }
  const problem = findProblem(kind.kind, { ...wanted, metadata: { ...wanted.metadata, name } });
  if (problem) throw problem;
}

/** The last finalizer of an object that is being deleted is gone; a pod waits for its grace too. */
function isFinished({ kind, metadata }: KubeObject): boolean {
  return kind !== 'Pod' && metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
}

/** The status is written through its own path only. */
function keepStatus(current: KubeObject, wanted: SubmittedObject): Record<string, unknown> {
  return current.status === undefined ? wanted : { ...wanted, status: current.status };
}

function serverSetFields({ metadata }: KubeObject) {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds } =
    metadata;
  return { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds };
}

const DeleteOptions = z.looseObject({
  gracePeriodSeconds: z.number().int().min(0).optional(),
  preconditions: z.looseObject({ uid: z.string().optional(), resourceVersion: z.string().optional() }).optional(),
});

export function deleteNamedObject(
  context: ObjectContext,
  path: ResourcePath,
  request: { readonly body: unknown; readonly query: URLSearchParams },
): KubeObject {
  const object = getObject(context, path);
  const options = DeleteOptions.safeParse(request.body ?? {});
  if (!options.success) throw badRequest('the DeleteOptions could not be decoded');
  checkPreconditions(path, object, options.data.preconditions ?? {});
  const fromQuery = request.query.get('gracePeriodSeconds');
  const graceSeconds = options.data.gracePeriodSeconds ?? (fromQuery === null ? undefined : Number(fromQuery));
  return deleteObject(context, collectionOf(path.kind), { object, graceSeconds });
}

function checkPreconditions(
  { kind }: ResourcePath,
  { metadata }: KubeObject,
  wanted: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined },
): void {
  const { name, uid, resourceVersion } = metadata;
  if (wanted.uid !== undefined && wanted.uid !== uid) {
    throw conflict(
      kind.plural,
      name,
      `the UID in the precondition (${wanted.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    throw conflict(
      kind.plural,
      name,
      `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

function parseBody(body: unknown): SubmittedObject {
  const parsed = SubmittedObject.safeParse(body);
  if (!parsed.success)
    throw badRequest(`the object provided is unrecognized: ${parsed.error.issues[0]?.message ?? ''}`);
  return parsed.data;
}
