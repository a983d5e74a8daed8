import type { ConfigurationOptions, CoreV1Api, KubeConfig, V1ListMeta } from '@kubernetes/client-node';
import { instanceSelector } from '../../pool/names.ts';
import type { AgentPod, VolumeClaim } from '../../pool/observation.ts';
import type { ApiCaller, KubernetesRequest } from './api-caller.ts';
import { readVolumeClaim } from './claim-view.ts';
import { readAgentPod } from './pod-view.ts';
import type { ListedPage, ReflectedKind } from './reflector.ts';
import { watchOnce } from './watch-once.ts';
import type { Cached } from './wire-object.ts';

/** What listing and watching needs. */
export interface ReflectionContext {
  readonly caller: ApiCaller;
  readonly core: CoreV1Api;
  readonly config: KubeConfig;
  readonly namespace: string;
  readonly instance: string;
  readonly idleMs: number;
  readonly onRequest: (request: KubernetesRequest) => void;
}

interface ListParameters {
  readonly namespace: string;
  readonly labelSelector: string;
  readonly limit: number;
  readonly _continue?: string;
}

interface KindDescription<T> {
  readonly resource: string;
  readonly operation: 'pods' | 'claims';
  readonly list: (parameters: ListParameters, options: ConfigurationOptions) => Promise<ListAnswer>;
  readonly read: (object: unknown) => Cached<T> | undefined;
}

interface ListAnswer {
  readonly metadata?: V1ListMeta;
  readonly items: readonly unknown[];
}

export function reflectedPods(context: ReflectionContext): ReflectedKind<AgentPod> {
  return reflectedKind(context, {
    resource: 'pods',
    operation: 'pods',
    list: (parameters, options) => context.core.listNamespacedPod(parameters, options),
    read: readAgentPod,
  });
}

export function reflectedClaims(context: ReflectionContext): ReflectedKind<VolumeClaim> {
  return reflectedKind(context, {
    resource: 'persistentvolumeclaims',
    operation: 'claims',
    list: (parameters, options) => context.core.listNamespacedPersistentVolumeClaim(parameters, options),
    read: readVolumeClaim,
  });
}

function reflectedKind<T>(context: ReflectionContext, kind: KindDescription<T>): ReflectedKind<T> {
  const { namespace } = context;
  const labelSelector = instanceSelector(context.instance);
  return {
    resource: kind.resource,
    read: kind.read,
    async listPage({ limit, continueFrom }, signal): Promise<ListedPage> {
      const parameters = {
        namespace,
        labelSelector,
        limit,
        ...(continueFrom !== undefined && { _continue: continueFrom }),
      };
      const call = { operation: `list-${kind.operation}`, subject: labelSelector, signal } as const;
      const { metadata, items } = await context.caller.call(call, (options) => kind.list(parameters, options));
      const { resourceVersion = '', _continue: next = '' } = metadata ?? {};
      return { items, version: resourceVersion, continueFrom: next === '' ? undefined : next };
    },
    async watch({ version, timeoutSeconds }, onEvent, signal) {
      const operation = `watch-${kind.operation}` as const;
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${kind.resource}`;
      const query = { labelSelector, resourceVersion: version, timeoutSeconds, allowWatchBookmarks: true };
      try {
        const end = await watchOnce(context.config, { path, query, idleMs: context.idleMs, onEvent }, signal);
        context.onRequest({ operation, result: 'ok' });
        return end;
      } catch (error) {
        context.onRequest({ operation, result: 'failed' });
        throw error;
      }
    },
  };
}
