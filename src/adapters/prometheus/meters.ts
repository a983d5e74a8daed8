import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const queueBuckets = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800];
const requestBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Every meter but the gauges of the pools, which are read from the latest passes at each scrape. */
export type Meters = ReturnType<typeof createMeters>;

export function createMeters(registry: Registry) {
  return { ...createPoolMeters(registry), ...createLoopMeters(registry), ...createOutsideMeters(registry) };
}

/** Makes meters with our prefix in one registry. */
export function meterFactory(registry: Registry) {
  const common = (name: string, help: string, labelNames: string[]) => ({
    name: `poolkeeper_${name}`,
    help,
    labelNames,
    registers: [registry],
  });
  return {
    gauge: (name: string, help: string, ...labels: string[]) => new Gauge(common(name, help, labels)),
    counter: (name: string, help: string, ...labels: string[]) => new Counter(common(name, help, labels)),
    histogram: (name: string, help: string, given: { labels: string[]; buckets: number[] }) =>
      new Histogram({ ...common(name, help, given.labels), buckets: given.buckets }),
  };
}

function createPoolMeters(registry: Registry) {
  const { counter, histogram } = meterFactory(registry);
  const queue = { labels: ['pool'], buckets: queueBuckets };
  return {
    queueSeconds: histogram('job_queue_seconds', 'From queued to assigned.', queue),
    creationSeconds: histogram('pod_creation_seconds', 'From a job being queued to its pod being created.', queue),
    startupSeconds: histogram('agent_startup_seconds', 'From a pod being created to its agent being online.', queue),
    hung: counter('hung_agents_total', 'Run-once agents that stayed after their job.', 'pool'),
    lost: counter('lost_agents_total', 'Agents that went offline while their pod ran.', 'pool'),
    startFailures: counter('start_failures_total', 'Agents that did not start, by cause.', 'pool', 'reason'),
  };
}

function createLoopMeters(registry: Registry) {
  const { gauge, counter, histogram } = meterFactory(registry);
  return {
    actions: counter('actions_total', 'Steps carried out.', 'pool', 'kind', 'reason', 'result'),
    passSeconds: histogram('pass_seconds', 'Duration of a pass.', { labels: ['pool'], buckets: requestBuckets }),
    passes: counter('passes_total', 'Passes by how they ended.', 'pool', 'result'),
    lastPass: gauge('last_pass_timestamp_seconds', 'When the last pass ended.', 'pool'),
    breaches: counter('invariant_breaches_total', 'Plans refused because they broke an invariant.', 'pool'),
  };
}

function createOutsideMeters(registry: Registry) {
  const { gauge, counter, histogram } = meterFactory(registry);
  return {
    buildInfo: gauge('build_info', 'Version of this controller.', 'version'),
    azureDevOpsRequests: counter(
      'azure_devops_requests_total',
      'Requests to Azure DevOps.',
      'organization',
      'operation',
      'result',
    ),
    azureDevOpsSeconds: histogram('azure_devops_request_seconds', 'Duration of requests to Azure DevOps.', {
      labels: ['organization', 'operation'],
      buckets: requestBuckets,
    }),
    throttledSeconds: counter(
      'azure_devops_throttled_seconds_total',
      'Waits that Azure DevOps asked for.',
      'organization',
    ),
    rateLimitRemaining: gauge(
      'azure_devops_rate_limit_remaining',
      'What the organisation says is left.',
      'organization',
    ),
    kubernetesRequests: counter('kubernetes_requests_total', 'Requests to the API server.', 'operation', 'result'),
    leader: gauge('leader', '1 while this replica leads.'),
    configInfo: gauge('config_info', 'The revision in force.', 'revision'),
    configSuccess: gauge('config_last_success_timestamp_seconds', 'When the config source last answered.'),
    configDocuments: gauge('config_documents', 'Documents of the revision in force.', 'state'),
    frozenPools: gauge('frozen_pools', 'Pools kept at their last good definition.'),
    configLoads: counter('config_loads_total', 'Looks at the config source.', 'result'),
    configSeconds: histogram('config_apply_seconds', 'From the look at the source to the revision in force.', {
      labels: [],
      buckets: requestBuckets,
    }),
    feedbackPosts: counter('feedback_posts_total', 'Statuses for the code host.', 'provider', 'kind', 'result'),
  };
}
