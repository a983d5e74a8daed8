import type { V1Pod } from '@kubernetes/client-node';
import type { KubeObject } from './kube-object.ts';

/** What keeps a container from starting, in the kubelet's words. */
export interface StartProblem {
  readonly container: string;
  readonly reason: string;
  readonly message: string;
}

type Fields = Record<string, unknown>;

/** The pod with a node to run on. */
export function placedPod(pod: KubeObject, nodeName: string): KubeObject {
  return { ...pod, spec: { ...fieldsOf(pod.spec), nodeName } };
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

export function unscheduled(message: string, at: string): Fields {
  return { phase: 'Pending', conditions: [condition('PodScheduled', at, { reason: 'Unschedulable', message })] };
}

export function scheduled(at: string): Fields {
  return { phase: 'Pending', conditions: [condition('PodScheduled', at)] };
}

/** Pending because one container cannot start; the others wait for it. */
export function blocked(pod: V1Pod, problem: StartProblem, at: string): Fields {
  const state = (name: string) =>
    name === problem.container
      ? { waiting: { reason: problem.reason, message: problem.message } }
      : { waiting: { reason: 'PodInitializing' } };
  return { ...scheduled(at), ...statuses(pod, { init: state, main: state, ready: false }) };
}

export function running(pod: V1Pod, at: string): Fields {
  return {
    phase: 'Running',
    startTime: at,
    podIP: '127.0.0.1',
    conditions: [condition('PodScheduled', at), condition('Ready', at)],
    ...statuses(pod, {
      init: () => ({ terminated: { exitCode: 0, reason: 'Completed', startedAt: at, finishedAt: at } }),
      main: () => ({ running: { startedAt: at } }),
      ready: true,
    }),
  };
}

export function ended(pod: V1Pod, exitCode: number, at: string): Fields {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  const terminated = { terminated: { exitCode, reason, finishedAt: at } };
  return {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    conditions: [condition('PodScheduled', at)],
    ...statuses(pod, { init: () => terminated, main: () => terminated, ready: false }),
  };
}

function condition(type: string, at: string, refusal?: { reason: string; message: string }): Fields {
  return { type, status: refusal ? 'False' : 'True', lastTransitionTime: at, ...refusal };
}

function statuses(
  pod: V1Pod,
  states: { readonly init: (name: string) => Fields; readonly main: (name: string) => Fields; readonly ready: boolean },
): Fields {
  const one =
    (state: (name: string) => Fields) =>
    ({ name, image }: { name: string; image?: string }) => ({
      name,
      image,
      imageID: '',
      ready: states.ready,
      started: states.ready,
      restartCount: 0,
      lastState: {},
      state: state(name),
    });
  const initContainers = pod.spec?.initContainers ?? [];
  return {
    ...(initContainers.length > 0 && { initContainerStatuses: initContainers.map(one(states.init)) }),
    containerStatuses: (pod.spec?.containers ?? []).map(one(states.main)),
  };
}
