import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { CoreV1Api, V1ConfigMap } from '@kubernetes/client-node';
import { z } from 'zod';
import { instanceLabels, labels } from '../../pool/names.ts';
import type { AcceptedSetStore } from '../../ports/cluster.ts';
import { PermanentError } from '../../ports/errors.ts';
import type { ApiCaller, KubernetesOperation } from './api-caller.ts';
import { AbsentError, TakenError } from './api-errors.ts';

export interface AcceptedSetContext {
  readonly caller: ApiCaller;
  readonly core: CoreV1Api;
  readonly namespace: string;
  readonly instance: string;
  /** Bytes of a chunk before base64, which adds a third; an object may have 1 MiB. */
  readonly chunkBytes?: number;
}

const defaultChunkBytes = 512 * 1024;
/** Far above any real set; a damaged one must not fill the memory. */
const maxTextBytes = 64 * 1024 * 1024;
const chunkKey = 'chunk';

/** Says which chunks make up the set in force. It is written last, so readers see the old set or the new one, whole. */
interface Index {
  readonly generation: number;
  readonly chunks: number;
  readonly sha256: string;
}

const IndexData = z.object({
  generation: z.coerce.number().int().positive(),
  chunks: z.coerce.number().int().positive(),
  sha256: z.string().length(64),
});

/** The accepted set, compressed, in ConfigMaps `poolkeeper-<instance>-accepted-…`. */
export function createAcceptedSetStore(context: AcceptedSetContext): AcceptedSetStore {
  return {
    read: (signal) => readSet(context, signal),
    write: (text, signal) => writeSet(context, text, signal),
  };
}

async function readSet(context: AcceptedSetContext, signal: AbortSignal): Promise<string | undefined> {
  const found = await findConfigMap(context, indexName(context), signal);
  if (found === undefined) return undefined;
  const index = readIndex(context, found);
  const packed = await readChunks(context, index, signal);
  if (packed !== undefined && sha256(packed) === index.sha256) {
    return (await promisify(gunzip)(packed, { maxOutputLength: maxTextBytes })).toString('utf8');
  }
  // Another writer may have replaced the set between the two reads.
  const again = await findConfigMap(context, indexName(context), signal);
  if (again?.metadata?.resourceVersion !== found.metadata?.resourceVersion) return readSet(context, signal);
  throw damaged(context, 'its chunks do not match its checksum');
}

async function readChunks(context: AcceptedSetContext, index: Index, signal: AbortSignal): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  for (let number = 0; number < index.chunks; number += 1) {
    const chunk = await findConfigMap(context, chunkName(context, index, number), signal);
    const encoded = chunk?.binaryData?.[chunkKey];
    if (encoded === undefined) return undefined;
    parts.push(Buffer.from(encoded, 'base64'));
  }
  return Buffer.concat(parts);
}

async function writeSet(context: AcceptedSetContext, text: string, signal: AbortSignal): Promise<void> {
  const packed = await promisify(gzip)(Buffer.from(text, 'utf8'));
  // In this order: a writer that sees our chunks here has read an index that our writing of it makes a conflict.
  const before = await findConfigMap(context, indexName(context), signal);
  const olderChunks = await listChunks(context, signal);
  const size = context.chunkBytes ?? defaultChunkBytes;
  const index: Index = {
    generation: 1 + Math.max(0, ...olderChunks.map(({ generation }) => generation)),
    chunks: Math.max(1, Math.ceil(packed.length / size)),
    sha256: sha256(packed),
  };
  for (let number = 0; number < index.chunks; number += 1) {
    const bytes = packed.subarray(number * size, (number + 1) * size);
    await putChunk(context, { name: chunkName(context, index, number), bytes }, signal);
  }
  await putIndex(context, { index, before }, signal);
  for (const { name } of olderChunks) await removeConfigMap(context, name, signal);
}

async function putChunk(
  context: AcceptedSetContext,
  chunk: { readonly name: string; readonly bytes: Buffer },
  signal: AbortSignal,
): Promise<void> {
  const binaryData = { [chunkKey]: chunk.bytes.toString('base64') };
  const body: V1ConfigMap = { metadata: { name: chunk.name, labels: setLabels(context) }, binaryData };
  try {
    await createConfigMap(context, body, signal);
  } catch (error) {
    if (!(error instanceof TakenError)) throw error;
    // Another writer of the same generation and content, whose index comes first or ours does.
    await replaceConfigMap(context, body, signal);
  }
}

/** Another writer since our reading makes this a conflict. */
async function putIndex(
  context: AcceptedSetContext,
  { index, before }: { readonly index: Index; readonly before: V1ConfigMap | undefined },
  signal: AbortSignal,
): Promise<void> {
  const data = { generation: String(index.generation), chunks: String(index.chunks), sha256: index.sha256 };
  const name = indexName(context);
  const resourceVersion = before?.metadata?.resourceVersion;
  const version = resourceVersion === undefined ? {} : { resourceVersion };
  const body: V1ConfigMap = { metadata: { name, labels: setLabels(context), ...version }, data };
  await (before === undefined ? createConfigMap(context, body, signal) : replaceConfigMap(context, body, signal));
}

/** Every chunk there is, of the set in force and of writes that were cut off. */
async function listChunks(
  context: AcceptedSetContext,
  signal: AbortSignal,
): Promise<readonly { readonly name: string; readonly generation: number }[]> {
  const { namespace, core } = context;
  const labelSelector = Object.entries(setLabels(context))
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
  const { items } = await call(context, { operation: 'list-configmaps', name: labelSelector, signal }, (options) =>
    core.listNamespacedConfigMap({ namespace, labelSelector }, options),
  );
  return items.flatMap(({ metadata }) => {
    const name = metadata?.name ?? '';
    const generation = generationOf(context, name);
    return generation === undefined ? [] : [{ name, generation }];
  });
}

async function removeConfigMap(context: AcceptedSetContext, name: string, signal: AbortSignal): Promise<void> {
  const { namespace, core } = context;
  try {
    await call(context, { operation: 'delete-configmaps', name, signal }, (options) =>
      core.deleteNamespacedConfigMap({ name, namespace }, options),
    );
  } catch (error) {
    if (!(error instanceof AbsentError)) throw error;
  }
}

async function findConfigMap(
  context: AcceptedSetContext,
  name: string,
  signal: AbortSignal,
): Promise<V1ConfigMap | undefined> {
  const { namespace, core } = context;
  try {
    return await call(context, { operation: 'get-configmaps', name, signal }, (options) =>
      core.readNamespacedConfigMap({ name, namespace }, options),
    );
  } catch (error) {
    if (error instanceof AbsentError) return undefined;
    throw error;
  }
}

async function createConfigMap(context: AcceptedSetContext, body: V1ConfigMap, signal: AbortSignal): Promise<void> {
  const { namespace, core } = context;
  const name = body.metadata?.name ?? '';
  await call(context, { operation: 'create-configmaps', name, signal }, (options) =>
    core.createNamespacedConfigMap({ namespace, body }, options),
  );
}

async function replaceConfigMap(context: AcceptedSetContext, body: V1ConfigMap, signal: AbortSignal): Promise<void> {
  const { namespace, core } = context;
  const name = body.metadata?.name ?? '';
  await call(context, { operation: 'update-configmaps', name, signal }, (options) =>
    core.replaceNamespacedConfigMap({ name, namespace, body }, options),
  );
}

function call<T>(
  { caller }: AcceptedSetContext,
  request: { readonly operation: KubernetesOperation; readonly name: string; readonly signal: AbortSignal },
  send: Parameters<typeof caller.call<T>>[1],
): Promise<T> {
  const { operation, name, signal } = request;
  return caller.call({ operation, subject: `config map ${name}`, signal }, send);
}

function readIndex(context: AcceptedSetContext, { data }: V1ConfigMap): Index {
  const parsed = IndexData.safeParse(data);
  if (!parsed.success) throw damaged(context, 'its index is incomplete');
  return parsed.data;
}

function damaged(context: AcceptedSetContext, why: string): PermanentError {
  return new PermanentError(
    `the accepted set in ConfigMap ${indexName(context)} (namespace ${context.namespace}) is damaged: ${why}; restore it, or delete that ConfigMap to start from the config repository alone`,
  );
}

/** Not the agents' component, so that no selector for agents finds these. */
function setLabels({ instance }: AcceptedSetContext): Record<string, string> {
  return { ...instanceLabels(instance), [labels.name]: 'poolkeeper', [labels.component]: 'accepted-set' };
}

function indexName({ instance }: AcceptedSetContext): string {
  return `poolkeeper-${instance}-accepted-index`;
}

function chunkName(context: AcceptedSetContext, { generation, sha256: sum }: Index, number: number): string {
  return `poolkeeper-${context.instance}-accepted-${generation}-${sum.slice(0, 8)}-${number}`;
}

function generationOf({ instance }: AcceptedSetContext, name: string): number | undefined {
  const prefix = `poolkeeper-${instance}-accepted-`;
  const [, generation] = /^(\d+)-[0-9a-f]{8}-\d+$/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : '') ?? [];
  return generation === undefined ? undefined : Number(generation);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
