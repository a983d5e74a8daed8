import type { Metrics, PoolGauges } from '../../src/ports/metrics.ts';

/** Keeps what was told, for tests to look at. */
export class RecordedMetrics implements Metrics {
  readonly events: string[] = [];
  readonly gauges = new Map<string, PoolGauges>();

  poolObserved(gauges: PoolGauges): void {
    this.gauges.set(gauges.pool, gauges);
  }
  passCompleted(pass: Parameters<Metrics['passCompleted']>[0]): void {
    this.events.push(`pass ${pass.pool} ${pass.result}`);
  }
  actionApplied({ pool, kind, reason, result }: Parameters<Metrics['actionApplied']>[0]): void {
    this.events.push(`action ${pool} ${kind} ${reason} ${result}`);
  }
  jobAssigned(pool: string): void {
    this.events.push(`assigned ${pool}`);
  }
  podCreatedForJob(pool: string): void {
    this.events.push(`pod-for-job ${pool}`);
  }
  agentCameOnline(pool: string): void {
    this.events.push(`online ${pool}`);
  }
  agentHung(pool: string): void {
    this.events.push(`hung ${pool}`);
  }
  agentLost(pool: string): void {
    this.events.push(`lost ${pool}`);
  }
  startFailed(pool: string, reason: string): void {
    this.events.push(`start-failed ${pool} ${reason}`);
  }
  invariantBroken(pool: string): void {
    this.events.push(`breach ${pool}`);
  }
  poolForgotten(pool: string): void {
    this.gauges.delete(pool);
    this.events.push(`forgotten ${pool}`);
  }
  leading(leads: boolean): void {
    this.events.push(`leading ${leads}`);
  }
  configLoaded({ result }: Parameters<Metrics['configLoaded']>[0]): void {
    this.events.push(`config ${result}`);
  }
  configInForce(revision: string): void {
    this.events.push(`in-force ${revision}`);
  }
  feedbackPosted({ kind, result }: Parameters<Metrics['feedbackPosted']>[0]): void {
    this.events.push(`feedback ${kind} ${result}`);
  }
}
