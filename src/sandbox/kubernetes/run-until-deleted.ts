import type { RunPod } from './kubelet.ts';

/** A pod that does nothing until it is deleted, and then ends at once. */
export const runUntilDeleted: RunPod = (_pod, { term }) => {
  const { promise, resolve } = Promise.withResolvers<{ exitCode: number }>();
  if (term.aborted) resolve({ exitCode: 0 });
  term.addEventListener('abort', () => resolve({ exitCode: 0 }));
  return promise;
};
