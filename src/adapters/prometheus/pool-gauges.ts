import type { Gauge, Registry } from 'prom-client';
import type { PoolGauges } from '../../ports/metrics.ts';
import { meterFactory } from './meters.ts';

/** The latest gauges of every pool, written out anew at each scrape: what no longer holds leaves no series behind. */
export class PoolGaugeBoard {
  readonly #latest = new Map<string, PoolGauges>();

  constructor(registry: Registry) {
    const { gauge } = meterFactory(registry);
    const perPool = (meter: Gauge, read: (gauges: PoolGauges) => number): void =>
      this.#collect(meter, (gauges) => meter.set({ pool: gauges.pool }, read(gauges)));
    const jobs = gauge('jobs', 'Job requests of the pool by state.', 'pool', 'state');
    this.#collect(jobs, ({ pool, jobs: counts }) => {
      for (const [state, count] of Object.entries(counts)) jobs.set({ pool, state }, count);
    });
    const waiting = gauge('waiting_jobs', 'Queued jobs by what they wait for.', 'pool', 'reason');
    this.#collect(waiting, (gauges) => {
      for (const [reason, count] of gauges.waiting) waiting.set({ pool: gauges.pool, reason }, count);
    });
    const agents = gauge('agents', 'Slots of the pool by phase.', 'pool', 'agent_class', 'phase');
    this.#collect(agents, ({ pool, agents: counts }) => {
      for (const { agentClass, phase, count } of counts) agents.set({ pool, agent_class: agentClass, phase }, count);
    });
    perPool(
      gauge('oldest_waiting_job_age_seconds', 'How long the oldest queued job has waited.', 'pool'),
      ({ oldestWaitingSeconds }) => oldestWaitingSeconds,
    );
    perPool(gauge('pool_connected', '1 while Azure DevOps answers for the pool.', 'pool'), (gauges) =>
      Number(gauges.connected),
    );
    perPool(
      gauge('desired_agents', 'Number of agents the plan aims for.', 'pool'),
      ({ desiredAgents }) => desiredAgents,
    );
    perPool(gauge('min_agents', 'Lower bound of the pool.', 'pool'), ({ minAgents }) => minAgents);
    perPool(gauge('max_agents', 'Upper bound of the pool.', 'pool'), ({ maxAgents }) => maxAgents);
  }

  set(gauges: PoolGauges): void {
    this.#latest.set(gauges.pool, gauges);
  }

  forget(pool: string): void {
    this.#latest.delete(pool);
  }

  #collect(meter: Gauge & { collect?: () => void }, write: (gauges: PoolGauges) => void): void {
    meter.collect = () => {
      meter.reset();
      for (const gauges of this.#latest.values()) write(gauges);
    };
  }
}
