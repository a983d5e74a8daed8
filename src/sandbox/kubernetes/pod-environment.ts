import type { V1EnvVar, V1Pod } from '@kubernetes/client-node';
import { z } from 'zod';
import type { ObjectStore } from './object-store.ts';
import type { StartProblem } from './pod-status.ts';

const Data = z.looseObject({ data: z.record(z.string(), z.string()).default({}) });

/** The variables of one container, with what they take from Secrets and ConfigMaps filled in. */
export function containerEnvironment(store: ObjectStore, pod: V1Pod, containerName: string): Record<string, string> {
  const container = pod.spec?.containers.find(({ name }) => name === containerName);
  const entries = (container?.env ?? []).map((entry) => [entry.name, resolveValue(store, pod, entry)] as const);
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** A variable that takes its value from something that is not there keeps its container from starting. */
export function findEnvironmentProblem(store: ObjectStore, pod: V1Pod): StartProblem | undefined {
  for (const { name, env = [] } of pod.spec?.containers ?? []) {
    const missing = env.find((entry) => isMissing(store, pod, entry));
    if (missing) return { container: name, reason: 'CreateContainerConfigError', message: missingSource(missing) };
  }
  return undefined;
}

function missingSource({ valueFrom }: V1EnvVar): string {
  const { name, key } = valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef ?? { name: '', key: '' };
  return `couldn't find key ${key} in "${name}"`;
}

function isMissing(store: ObjectStore, pod: V1Pod, entry: V1EnvVar): boolean {
  const source = entry.valueFrom?.secretKeyRef ?? entry.valueFrom?.configMapKeyRef;
  return source !== undefined && source.optional !== true && resolveValue(store, pod, entry) === undefined;
}

function resolveValue(store: ObjectStore, pod: V1Pod, { value, valueFrom }: V1EnvVar): string | undefined {
  const { secretKeyRef, configMapKeyRef, fieldRef } = valueFrom ?? {};
  if (secretKeyRef) {
    const encoded = dataOf(store, pod, { collection: 'secrets', name: secretKeyRef.name })[secretKeyRef.key];
    return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8');
  }
  if (configMapKeyRef)
    return dataOf(store, pod, { collection: 'configmaps', name: configMapKeyRef.name })[configMapKeyRef.key];
  if (fieldRef) return fieldRef.fieldPath === 'metadata.name' ? pod.metadata?.name : pod.metadata?.namespace;
  return value ?? '';
}

function dataOf(
  store: ObjectStore,
  pod: V1Pod,
  source: { readonly collection: string; readonly name: string | undefined },
): Readonly<Record<string, string>> {
  const object = store.get(source.collection, { namespace: pod.metadata?.namespace, name: source.name ?? '' });
  return object === undefined ? {} : Data.parse(object).data;
}
