import type { TestProject } from 'vitest/node';
import { prepareBinaries } from './binaries.ts';
import { startControlPlane } from './control-plane.ts';
import { prepareNamespace } from './prepared-namespace.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The control plane that all files of a run share. */
    readonly controlPlane: SharedControlPlane;
  }
}

export interface SharedControlPlane {
  readonly url: string;
  readonly caFile: string;
  readonly adminToken: string;
  /** Of the controller's service account, with exactly the Role of the manifests. */
  readonly controllerToken: string;
  readonly kubeconfigFile: string;
}

/** One control plane for the whole run. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const controlPlane = await startControlPlane(await prepareBinaries(() => undefined));
  try {
    const controllerToken = await prepareNamespace(controlPlane);
    const { url, caFile, adminToken, kubeconfigFile } = controlPlane;
    provide('controlPlane', { url, caFile, adminToken, controllerToken, kubeconfigFile });
  } catch (error) {
    await controlPlane[Symbol.asyncDispose]();
    throw error;
  }
  return async () => controlPlane[Symbol.asyncDispose]();
}
