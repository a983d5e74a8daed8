import { checkBounds } from './bounds-rules.ts';
import { checkClasses } from './class-rules.ts';
import type { LenientSpec } from './lenient-spec.ts';
import type { RuleBreach } from './rule-breach.ts';
import { checkSchedules } from './schedules.ts';
import { checkShape } from './shape-rules.ts';

/** Every rule that needs more than one field, on whatever could be read. */
export function checkAcrossFields(spec: LenientSpec): RuleBreach[] {
  return [
    ...checkBounds(spec),
    ...checkSchedules(spec),
    ...checkShape(spec),
    ...checkClasses(spec),
    ...checkCapabilityImages(spec),
  ];
}

function checkCapabilityImages({ fields, faulty }: LenientSpec): RuleBreach[] {
  if (faulty.has('capabilityAware') || fields.capabilityAware || fields.agentClasses !== undefined) return [];
  if (Object.keys(fields.capabilityImages).length === 0) return [];
  const message = 'has no effect without capabilityAware: true';
  return [{ severity: 'warning', path: ['capabilityImages'], rule: 'no-effect', message }];
}
