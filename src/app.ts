import { createAzureDevOps } from './adapters/azure-devops/azure-devops.ts';
import { createRequestGate } from './adapters/azure-devops/request-gate.ts';
import type { ServiceCallerOptions } from './adapters/azure-devops/service-caller.ts';
import { createAzureRepos } from './adapters/code-hosts/azure-repos/azure-repos.ts';
import { type StatusServer, startStatusServer } from './adapters/http/status-server.ts';
import { type ClusterConnection, createCluster } from './adapters/kubernetes/cluster.ts';
import { loadKubeConfig, resolveNamespace } from './adapters/kubernetes/kube-config.ts';
import { createPrometheusMetrics, type PrometheusMetrics } from './adapters/prometheus/prometheus-metrics.ts';
import { createFileRecorder } from './adapters/system/file-recorder.ts';
import { createLogger } from './adapters/system/pino-logger.ts';
import { processIdentity } from './adapters/system/process-identity.ts';
import { productVersion } from './adapters/system/product-version.ts';
import { formatTime, systemClock } from './adapters/system/system-clock.ts';
import { readTokenFile } from './adapters/system/token-file.ts';
import { type CodeHostChoice, chooseCodeHost } from './code-host-choice.ts';
import { openConfigSource } from './config-source-choice.ts';
import { CommitStatusLoop } from './control/commit-status-loop.ts';
import { Controller, type ControllerOptions } from './control/controller.ts';
import { readToken } from './control/credentials.ts';
import { soleLeader } from './ports/leadership.ts';
import type { Logger } from './ports/logger.ts';
import { noRecorder, type Recorder } from './ports/recorder.ts';
import type { Settings } from './settings.ts';

export interface App {
  /** Where health, metrics and the API are served. */
  readonly url: string;
  /** Pools in force and draining ones, by name. */
  poolNames(): readonly string[];
  /** Ends every loop after its current step, and the server. */
  stop(): Promise<void>;
}

export interface AppSurroundings {
  /** PATH, proxies and certificates for the programs and clients that read them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger?: Logger;
}

/**
 * Builds everything in the order in which data flows:
 *
 *   config source ─▶ definition loop ─▶ accepted set ─▶ one loop per pool ─▶ Azure DevOps and Kubernetes
 *                          └─▶ commit status loop ─▶ code host      └─▶ metrics, health and API over HTTP
 */
export async function startApp(settings: Settings, surroundings: AppSurroundings): Promise<App> {
  const stop = new AbortController();
  const logger = surroundings.logger ?? createLogger({ level: settings.logLevel, format: settings.logFormat });
  const version = productVersion();

  const prometheus = createPrometheusMetrics({
    version,
    cacheAgeSeconds: () => kubernetes.cluster.view().ageMs / 1000,
  });
  const kubernetes = openCluster(settings, logger, prometheus);
  const service: ServiceCallerOptions = {
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    gate: createRequestGate(systemClock),
    userAgent: `poolkeeper/${version}`,
  };
  const azureDevOps = createAzureDevOps({
    ...service,
    readToken: (credential, signal) => readToken(kubernetes.cluster, credential, signal),
    onRequest: (request) => prometheus.azureDevOpsRequested(request),
  });
  const { metrics } = prometheus;
  const config = openConfigSource(settings, { environment: surroundings.environment, logger });
  const statuses = openCommitStatuses(chooseCodeHost(settings), { service, logger, metrics });

  const inCluster = surroundings.environment.KUBERNETES_SERVICE_HOST !== undefined;
  const elected = settings.leaderElection ?? inCluster;
  const leadership = elected ? kubernetes.leadership(processIdentity(settings.podName)) : soleLeader;
  const recorder = openRecorder(settings, logger);
  const ports = {
    recorder,
    azureDevOps,
    kubernetes,
    leadership,
    source: config.source,
    statuses,
    clock: systemClock,
    logger,
    metrics,
  };
  const controller = new Controller(ports, controllerOptions(settings));
  const server = await serve(settings, controller, prometheus);
  logger.info({ url: server.url, instance: settings.instanceName, version }, 'listening');
  config.onHint?.(() => controller.wakeDefinitions());
  const running = controller.run(stop.signal);

  return {
    url: server.url,
    poolNames: () => controller.pools(formatTime).map(({ name }) => name),
    async stop() {
      stop.abort();
      await running;
      await server.close();
      await config.close();
    },
  };
}

function openCluster(settings: Settings, logger: Logger, prometheus: PrometheusMetrics): ClusterConnection {
  const { agentNamespace: setting, podNamespace, instanceName: instance } = settings;
  const kubeConfig = loadKubeConfig({ kubeconfig: settings.kubeconfig, context: settings.kubernetesContext });
  return createCluster({
    kubeConfig,
    namespace: resolveNamespace({ setting, podNamespace, kubeConfig }),
    instance,
    logger,
    monotonic: () => systemClock.monotonic(),
    onRequest: (request) => prometheus.kubernetesRequested(request),
  });
}

function openRecorder({ recordDir: directory }: Settings, logger: Logger): Recorder {
  if (directory === undefined) return noRecorder;
  return createFileRecorder({ directory, logger, now: () => systemClock.now() });
}

function controllerOptions(settings: Settings): ControllerOptions {
  return {
    instance: settings.instanceName,
    statusGenre: settings.statusContext,
    allowedUrls: settings.azdoAllowedUrls,
    pollIntervalMs: settings.configPollSeconds * 1000,
    ...(settings.agentImage !== undefined && { defaultImage: settings.agentImage }),
  };
}

function openCommitStatuses(
  choice: CodeHostChoice,
  {
    service,
    logger,
    metrics,
  }: {
    readonly service: ServiceCallerOptions;
    readonly logger: Logger;
    readonly metrics: PrometheusMetrics['metrics'];
  },
): CommitStatusLoop | undefined {
  if (choice.kind === 'none') {
    logger.info({ because: choice.because }, 'commits get no status');
    return undefined;
  }
  const { repository, tokenFile } = choice;
  const codeHost = createAzureRepos({
    ...service,
    repository,
    readToken: () => readTokenFile(tokenFile),
    credentialName: `the file ${tokenFile}`,
  });
  return new CommitStatusLoop({ codeHost, provider: 'azure-repos', clock: systemClock, logger, metrics });
}

function serve(settings: Settings, controller: Controller, { registry }: PrometheusMetrics): Promise<StatusServer> {
  return startStatusServer(settings.httpAddress, {
    overdueLoops: () => controller.overdueLoops(),
    unreadyBecause: () => controller.unreadyBecause(),
    metricsText: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    pools: () => controller.pools(formatTime),
    pool: (name) => controller.pool(name, formatTime),
    config: () => controller.config(),
  });
}
