import { capabilityKey, checkCapabilities } from './class-capabilities.ts';
import type { LenientClass, LenientShape, LenientSpec } from './lenient-spec.ts';
import { formatPath } from './positions.ts';
import { type RuleBreach, repeatedAt } from './rule-breach.ts';
import { checkShape } from './shape-rules.ts';

/** Rules for `agentClasses`, except for their bounds: each by itself, against the pool, and against each other. */
export function checkClasses(spec: LenientSpec): RuleBreach[] {
  const { classes } = spec;
  const ofPool = new Set(checkShape(spec).map(breachKey));
  const own = classes.flatMap((agentClass) => {
    const shape = effectiveShape(spec, agentClass);
    const breaches = hasOwnShape(agentClass) ? checkShape(shape) : [];
    return [
      ...checkCapabilities(agentClass, shape.fields.extraEnv),
      ...breaches.flatMap((breach) => blameClass(agentClass, breach, ofPool)),
    ].map((breach) => ({ ...breach, path: ['agentClasses', agentClass.position, ...breach.path] }));
  });
  return [...own, ...repeatedNames(classes), ...equalCapabilities(classes), ...withCapabilityImages(spec)];
}

/** Without fields of its own, a class breaks no other rules than its pool. */
function hasOwnShape({ fields }: LenientClass): boolean {
  return [fields.pvcs, fields.extraEnv, fields.certTrustStore, fields.resources].some((field) => field !== undefined);
}

function breachKey({ path, message }: RuleBreach): string {
  return [...path, message].join('\n');
}

/** What the class says, and what it takes over from the pool where it says nothing. */
function effectiveShape(spec: LenientSpec, agentClass: LenientClass): LenientShape {
  const own = agentClass.fields;
  return {
    fields: { ...spec.fields, ...own },
    faulty: agentClass.faulty,
    positionInFile: (field, index) => (Object.hasOwn(own, field) ? agentClass : spec).positionInFile(field, index),
  };
}

/** What is wrong in the pool by itself is said there. If only this class makes it wrong, the class is the place to look. */
function blameClass({ fields }: LenientClass, breach: RuleBreach, ofPool: ReadonlySet<string>): RuleBreach[] {
  const [field] = breach.path;
  if (typeof field === 'string' && Object.hasOwn(fields, field)) return [breach];
  if (ofPool.has(breachKey(breach))) return [];
  return [{ ...breach, path: [], message: `in this class, the pool's ${formatPath(breach.path)} ${breach.message}` }];
}

function repeatedNames(classes: readonly LenientClass[]): RuleBreach[] {
  const named = classes.filter(({ fields }) => fields.name !== undefined);
  return repeatedAt(named.map(({ fields }) => fields.name ?? '')).map((index) => ({
    path: ['agentClasses', named[index]?.position ?? index, 'name'],
    rule: 'repeated-class',
    message: 'another class has this name; give each its own',
  }));
}

function equalCapabilities(classes: readonly LenientClass[]): RuleBreach[] {
  const known = classes.filter(({ faulty }) => !faulty.has('capabilities'));
  return repeatedAt(known.map(({ fields }) => capabilityKey(fields.capabilities))).map((index) => ({
    path: ['agentClasses', known[index]?.position ?? index, 'capabilities'],
    rule: 'equal-classes',
    message:
      'another class has the same capabilities, so no job could ask for just one of them; merge them or tell them apart',
  }));
}

function withCapabilityImages({ fields, faulty }: LenientSpec): RuleBreach[] {
  const isGiven = fields.agentClasses !== undefined || faulty.has('agentClasses');
  if (!isGiven || Object.keys(fields.capabilityImages).length === 0) return [];
  const message = 'cannot be given together with agentClasses; make each entry a class with its own image';
  return [{ path: ['capabilityImages'], rule: 'images-or-classes', message }];
}
