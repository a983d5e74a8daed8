import { describe, expect, it } from 'vitest';
import { createPrometheusMetrics } from '../../../src/adapters/prometheus/prometheus-metrics.ts';
import type { PoolGauges } from '../../../src/ports/metrics.ts';

function gauges(given: Partial<PoolGauges> = {}): PoolGauges {
  return {
    pool: 'linux',
    connected: true,
    jobs: { queued: 1, assigned: 0, running: 2 },
    waiting: new Map([['agent-starting', 1]]),
    oldestWaitingSeconds: 12,
    agents: [{ agentClass: 'default', phase: 'busy', count: 2 }],
    desiredAgents: 3,
    minAgents: 0,
    maxAgents: 10,
    ...given,
  };
}

function aRegistry(cacheAgeSeconds: () => number = () => 1) {
  const created = createPrometheusMetrics({ version: '1.2.3', cacheAgeSeconds });
  const series = async (): Promise<string[]> =>
    (await created.registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { ...created, series };
}

describe('metrics', () => {
  it('what no longer holds leaves no series behind', async () => {
    const { metrics, series } = aRegistry();
    metrics.poolObserved(gauges());
    metrics.poolObserved(
      gauges({ waiting: new Map(), agents: [{ agentClass: 'default', phase: 'idle', count: 1 }], connected: false }),
    );
    const now = (await series()).join('\n');
    expect(now).toContain('poolkeeper_agents{pool="linux",agent_class="default",phase="idle"} 1');
    expect(now).not.toContain('phase="busy"');
    expect(now).not.toContain('poolkeeper_waiting_jobs{');
    expect(now).toContain('poolkeeper_pool_connected{pool="linux"} 0');
  });

  it('a pool that is gone takes every series with it, and no other pool loses one', async () => {
    const { metrics, series } = aRegistry();
    for (const pool of ['linux', 'windows']) {
      metrics.poolObserved(gauges({ pool }));
      metrics.passCompleted({ pool, result: 'ok', seconds: 1 });
      metrics.actionApplied({ pool, kind: 'create-pod', reason: 'queued-jobs', result: 'done' });
      metrics.jobAssigned(pool, 1);
      metrics.podCreatedForJob(pool, 1);
      metrics.agentCameOnline(pool, 1);
      metrics.agentHung(pool);
      metrics.agentLost(pool);
      metrics.startFailed(pool, 'image');
      metrics.invariantBroken(pool);
    }
    const before = await series();

    metrics.poolForgotten('windows');
    await series();
    const after = await series();

    expect(after).toEqual(before.filter((line) => !line.includes('pool="windows"')));
    expect(after.length).toBeGreaterThan(40);
  });

  it('names one revision in force', async () => {
    const { metrics, series } = aRegistry();
    metrics.configInForce('rev-1');
    metrics.configInForce('rev-2');
    expect((await series()).filter((line) => line.startsWith('poolkeeper_config_info'))).toEqual([
      'poolkeeper_config_info{revision="rev-2"} 1',
    ]);
  });

  it('adds up how long Azure DevOps asked to wait', async () => {
    const created = aRegistry();
    const request = { organization: 'contoso', operation: 'list-agents', result: 'throttled', seconds: 0.1 };
    created.azureDevOpsRequested({ ...request, throttledSeconds: 30 });
    created.azureDevOpsRequested({ ...request, throttledSeconds: 12.5 });
    created.azureDevOpsRequested({ ...request, result: 'ok' });
    expect(await created.series()).toContain(
      'poolkeeper_azure_devops_throttled_seconds_total{organization="contoso"} 42.5',
    );
  });

  it.each`
    read                              | line                                   | why
    ${() => 3}                        | ${'poolkeeper_cache_age_seconds 3'}    | ${'it was read'}
    ${() => Number.POSITIVE_INFINITY} | ${'poolkeeper_cache_age_seconds +Inf'} | ${'never read is not fresh'}
    ${() => {
  throw new Error('no cache');
}} | ${'poolkeeper_cache_age_seconds +Inf'} | ${'a failing look must not spoil the scrape'}
  `('shows the age of the cache: $why', async ({ read, line }) => {
    const { series } = aRegistry(read);
    const scraped = await series();
    expect(scraped).toContain(line);
    expect(scraped).toContain('poolkeeper_build_info{version="1.2.3"} 1');
  });
});
