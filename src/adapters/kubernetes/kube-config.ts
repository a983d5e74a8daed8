import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { PermanentError } from '../../ports/errors.ts';

export interface KubeConfigChoice {
  /** `KUBECONFIG`: one file, or several as kubectl takes them. */
  readonly kubeconfig?: string | undefined;
  /** `KUBERNETES_CONTEXT`; the file's current one unless given. */
  readonly context?: string | undefined;
  /** Where the defaults lie, for tests. */
  readonly places?: { readonly serviceAccountToken: string; readonly home: string };
}

const defaultPlaces = {
  serviceAccountToken: '/var/run/secrets/kubernetes.io/serviceaccount/token',
  home: homedir(),
};

/** The file that is named, else the pod's service account, else `~/.kube/config`. */
export function loadKubeConfig(choice: KubeConfigChoice): KubeConfig {
  const config = readConfig(choice);
  if (choice.context !== undefined) config.setCurrentContext(choice.context);
  if (config.getCurrentCluster() === null) {
    const known = config.getContexts().map(({ name }) => name);
    throw new PermanentError(
      `kubeconfig: there is no context "${config.getCurrentContext() ?? ''}" with a cluster; set KUBERNETES_CONTEXT to one of: ${known.join(', ')}`,
    );
  }
  allowPlainHttp(config);
  return config;
}

function readConfig({ kubeconfig, places = defaultPlaces }: KubeConfigChoice): KubeConfig {
  if (kubeconfig !== undefined && kubeconfig !== '') return readFiles(kubeconfig.split(delimiter).filter(Boolean));
  if (existsSync(places.serviceAccountToken)) {
    const config = new KubeConfig();
    config.loadFromCluster();
    return config;
  }
  const file = join(places.home, '.kube', 'config');
  if (existsSync(file)) return readFiles([file]);
  throw new PermanentError(
    `no Kubernetes cluster is configured: run in a pod with a service account, set KUBECONFIG, or create ${file}`,
  );
}

function readFiles(files: readonly string[]): KubeConfig {
  const configs = files.map(readFile);
  const [first = new KubeConfig(), ...others] = configs;
  for (const other of others) first.mergeConfig(other, true);
  return first;
}

function readFile(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error));
  }
  if (config.getContexts().length === 0) throw unreadable(file, 'it holds no context');
  return config;
}

/** The parser quotes the lines around its finding, which may hold a token: only its first line is told. */
function unreadable(file: string, said: string): PermanentError {
  return new PermanentError(`kubeconfig ${file} cannot be read (${said.split('\n')[0]}): check KUBECONFIG`);
}

/** The library refuses http:// unless told that there is no certificate to check. */
function allowPlainHttp(config: KubeConfig): void {
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
}

/** `AGENT_NAMESPACE`, else the controller's own: `POD_NAMESPACE`, the service account's, the context's, `default`. */
export function resolveNamespace(choice: {
  readonly setting?: string | undefined;
  readonly podNamespace?: string | undefined;
  readonly kubeConfig: KubeConfig;
}): string {
  const { setting, podNamespace, kubeConfig } = choice;
  // In a pod the library makes a context with the service account's namespace.
  const fromContext = kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace?.trim();
  return setting || podNamespace || fromContext || 'default';
}
