import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { claimNamesOf } from './claim-binder.ts';
import { type KubeObject, toPod } from './kube-object.ts';
import type { ObjectStore, StoreEvent } from './object-store.ts';
import { findEnvironmentProblem } from './pod-environment.ts';
import { type PodRecord, podRecord } from './pod-record.ts';
import { blocked, ended, running, type StartProblem, scheduled, unscheduled } from './pod-status.ts';

export interface PodSignals {
  /** The pod is being deleted: the agent should end. */
  readonly term: AbortSignal;
  /** Its grace is over, or it is gone. */
  readonly kill: AbortSignal;
}

/** What runs in a pod. */
export type RunPod = (pod: V1Pod, signals: PodSignals) => Promise<{ readonly exitCode: number }>;

export interface KubeletOptions {
  readonly store: ObjectStore;
  readonly now: () => number;
  readonly runPod: RunPod;
  readonly schedulingDelayMs: number;
  readonly startDelayMs: number;
  /** Why no node can take the pod now; undefined when one can. */
  readonly unschedulable: (pod: V1Pod) => string | undefined;
  /** Why the image cannot be had now, for example `ImagePullBackOff`; undefined when it can. */
  readonly imageProblem: (image: string) => string | undefined;
}

interface PodRun {
  readonly term: AbortController;
  readonly kill: AbortController;
}

/** How often a pod that cannot be placed or started is looked at again. */
const retryMs = 50;
const killedExitCode = 137;

/** Plays scheduler and kubelet: places every pod, runs it and tells its state, until the signal ends it. */
export function startKubelet(options: KubeletOptions, signal: AbortSignal): void {
  const runs = new Map<string, PodRun>();
  const unsubscribe = options.store.subscribe((event) => {
    if (event.collection === 'pods') follow(options, runs, event);
  });
  signal.addEventListener('abort', () => {
    unsubscribe();
    for (const { term, kill } of runs.values()) {
      term.abort();
      kill.abort();
    }
  });
}

function follow(options: KubeletOptions, runs: Map<string, PodRun>, { type, object }: StoreEvent): void {
  const { uid, deletionTimestamp } = object.metadata;
  if (type === 'ADDED') {
    const run = { term: new AbortController(), kill: new AbortController() };
    runs.set(uid, run);
    live(options, object, run)
      .catch((error: unknown) => {
        if (!run.kill.signal.aborted) throw error;
      })
      .finally(() => runs.delete(uid));
    return;
  }
  const run = runs.get(uid);
  if (type === 'DELETED') {
    run?.term.abort();
    run?.kill.abort();
    return;
  }
  if (run && deletionTimestamp !== undefined) terminate(options, run, Date.parse(deletionTimestamp));
}

function terminate({ now }: KubeletOptions, { term, kill }: PodRun, deadline: number): void {
  term.abort();
  // A later deletion with less grace sets an earlier timer; the first one to ring wins.
  setTimeout(() => kill.abort(), Math.max(0, deadline - now())).unref();
}

async function live(options: KubeletOptions, created: KubeObject, run: PodRun): Promise<void> {
  const record = podRecord(options.store, options.now, created);
  await pause(options.schedulingDelayMs, run.kill.signal);
  await untilFine(
    () => placementProblem(options, record.current()),
    run,
    (message) => record.tell((_pod, at) => unscheduled(message, at)),
  );
  record.place('simulated-node');
  record.tell((_pod, at) => scheduled(at));
  await pause(options.startDelayMs, run.kill.signal);
  await untilFine(
    () => startProblem(options, record.current()),
    run,
    (problem) => record.tell((pod, at) => blocked(pod, problem, at)),
  );
  const { exitCode } = await runContainers(options, record, run);
  record.tell((pod, at) => ended(pod, exitCode, at));
  record.finishDeletion();
}

async function runContainers(
  { runPod }: KubeletOptions,
  record: PodRecord,
  run: PodRun,
): Promise<{ readonly exitCode: number }> {
  const object = record.current();
  // Deleted before anything ran: there is nothing to end.
  if (!object || run.term.signal.aborted) return { exitCode: killedExitCode };
  record.tell(running);
  const signals = { term: run.term.signal, kill: run.kill.signal };
  const killed = Promise.withResolvers<{ exitCode: number }>();
  signals.kill.addEventListener('abort', () => killed.resolve({ exitCode: killedExitCode }));
  try {
    return await Promise.race([runPod(toPod(object), signals), killed.promise]);
  } catch {
    return { exitCode: 1 };
  }
}

/** Waits until there is no problem, or the pod is being deleted; tells each new problem once. */
async function untilFine<T>(find: () => T | undefined, run: PodRun, tell: (problem: T) => void): Promise<void> {
  let told = '';
  for (let problem = find(); problem !== undefined && !run.term.signal.aborted; problem = find()) {
    const text = JSON.stringify(problem);
    if (text !== told) tell(problem);
    told = text;
    await pause(retryMs, run.kill.signal);
  }
}

function placementProblem(
  { store, unschedulable }: KubeletOptions,
  object: KubeObject | undefined,
): string | undefined {
  if (!object) return undefined;
  const { namespace } = object.metadata;
  const missing = claimNamesOf(object).find((name) => !store.get('persistentvolumeclaims', { namespace, name }));
  if (missing !== undefined) return `persistentvolumeclaim "${missing}" not found`;
  return unschedulable(toPod(object));
}

function startProblem(
  { store, imageProblem }: KubeletOptions,
  object: KubeObject | undefined,
): StartProblem | undefined {
  if (!object) return undefined;
  const pod = toPod(object);
  for (const { name, image = '' } of [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]) {
    const reason = imageProblem(image);
    if (reason !== undefined) return { container: name, reason, message: `Back-off pulling image "${image}"` };
  }
  return findEnvironmentProblem(store, pod);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal, ref: false });
  signal.throwIfAborted();
}
