import { boundsAt } from './schedule.ts';
import type { PoolSpec } from './spec.ts';

/** The definition as it holds at that time (milliseconds since 1970): its schedules have set the pool's bounds. */
export function effectiveSpec(spec: PoolSpec, now: number): PoolSpec {
  return spec.schedules.length === 0 ? spec : { ...spec, ...boundsAt(spec, spec.schedules, now) };
}
