import type { Bounds } from '../pool/schedule.ts';
import { highestMaximum } from './agent-classes.ts';
import type { LenientClass, LenientSpec } from './lenient-spec.ts';
import type { RuleBreach } from './rule-breach.ts';

/** Rules for the bounds of the pool, of its classes, and of its schedules. */
export function checkBounds(spec: LenientSpec): RuleBreach[] {
  if (spec.faulty.has('minAgents') || spec.faulty.has('maxAgents')) return [];
  const pool = checkPool(spec);
  const classes = spec.classes.flatMap((agentClass) => checkClass(spec, agentClass));
  // Wrong bounds of one class or of the pool would only be reported once more.
  const isClear = [...pool, ...classes].every(({ severity }) => severity === 'warning');
  return [...pool, ...classes, ...(isClear ? [...checkTogether(spec), ...checkSchedules(spec)] : [])];
}

function checkPool({ fields, faulty }: LenientSpec): RuleBreach[] {
  const { minAgents, maxAgents } = fields;
  if (minAgents > maxAgents) {
    const message = `must be at most maxAgents (${maxAgents}; is ${minAgents})`;
    return [{ path: ['minAgents'], rule: 'min-above-max', message }];
  }
  return faulty.has('standbyAgents') ? [] : standbyAboveMax(fields);
}

function standbyAboveMax({ minAgents, maxAgents, standbyAgents }: Bounds): RuleBreach[] {
  if (minAgents + standbyAgents <= maxAgents) return [];
  const message = `minAgents and standbyAgents together (${minAgents + standbyAgents}) are more than maxAgents (${maxAgents}); never more than ${maxAgents} agents run`;
  return [{ severity: 'warning', path: ['standbyAgents'], rule: 'standby-above-max', message }];
}

function checkClass(spec: LenientSpec, { fields, faulty, position }: LenientClass): RuleBreach[] {
  if (faulty.has('minAgents') || faulty.has('maxAgents')) return [];
  const { minAgents = 0, maxAgents = spec.fields.maxAgents, standbyAgents = 0 } = fields;
  const at = (breach: RuleBreach) => ({ ...breach, path: ['agentClasses', position, ...breach.path] });
  const highest = highestMaximum(spec.fields);
  if (minAgents > maxAgents) {
    const whose = fields.maxAgents === undefined ? "the pool's maxAgents" : 'maxAgents';
    const message = `must be at most ${whose} (${maxAgents}; is ${minAgents})`;
    return [at({ path: ['minAgents'], rule: 'min-above-max', message })];
  }
  if (maxAgents <= highest) return standbyAboveMax({ minAgents, maxAgents, standbyAgents }).map(at);
  const message = `is more than the pool's maxAgents (${highest}), which counts for all classes together; never more than ${highest} agents run`;
  return [at({ severity: 'warning', path: ['maxAgents'], rule: 'class-above-pool', message })];
}

/** The pool's minimum is kept in the first class, beside the minimums of the others. */
function checkTogether(spec: LenientSpec): RuleBreach[] {
  const first = beyondFirstClass(spec, spec.fields);
  if (first !== undefined) return [{ path: ['minAgents'], rule: 'min-above-max', message: first }];
  const sum = sumOfMinimums(spec, spec.fields);
  if (sum <= spec.fields.maxAgents) return [];
  const message = `the minimums of the classes add up to ${sum}, which is more than the pool's maxAgents (${spec.fields.maxAgents}); lower one of them or raise maxAgents`;
  return [{ path: ['agentClasses'], rule: 'minimums-above-max', message, on: 'key' }];
}

function beyondFirstClass(spec: LenientSpec, { minAgents }: Bounds): string | undefined {
  const first = firstClass(spec)?.fields;
  if (first?.maxAgents === undefined || minAgents <= first.maxAgents) return undefined;
  return `must be at most the maxAgents of the first class, where the pool's minimum is kept (${first.maxAgents}; is ${minAgents}); raise that, or give the classes minimums of their own`;
}

function sumOfMinimums(spec: LenientSpec, { minAgents }: Bounds): number {
  const first = firstClass(spec);
  return spec.classes.reduce((sum, agentClass) => {
    const own = agentClass.fields.minAgents ?? 0;
    return sum + (agentClass === first ? Math.max(own, minAgents) : own);
  }, 0);
}

/** Unknown while an entry before it could not be read. */
function firstClass({ classes }: LenientSpec): LenientClass | undefined {
  return classes.find(({ position }) => position === 0);
}

function checkSchedules(spec: LenientSpec): RuleBreach[] {
  return spec.fields.schedules.flatMap((schedule, index) => {
    const given = {
      minAgents: schedule.minAgents,
      maxAgents: schedule.maxAgents,
      standbyAgents: schedule.standbyAgents,
    };
    const at = (breach: RuleBreach) => ({
      ...breach,
      path: ['schedules', spec.positionInFile('schedules', index), ...breach.path],
    });
    return checkSchedule(spec, given).map(at);
  });
}

interface GivenBounds {
  readonly minAgents: number | undefined;
  readonly maxAgents: number | undefined;
  readonly standbyAgents: number | undefined;
}

function checkSchedule(spec: LenientSpec, given: GivenBounds): RuleBreach[] {
  const { minAgents, maxAgents, standbyAgents } = given;
  if (minAgents === undefined && maxAgents === undefined && standbyAgents === undefined) {
    return [{ path: [], rule: 'no-bounds', message: 'changes nothing; give minAgents, maxAgents or standbyAgents' }];
  }
  const bounds: Bounds = {
    minAgents: minAgents ?? spec.fields.minAgents,
    maxAgents: maxAgents ?? spec.fields.maxAgents,
    standbyAgents: standbyAgents ?? spec.fields.standbyAgents,
  };
  const problem = windowProblem(spec, given, bounds);
  if (problem !== undefined) return [problem];
  return standbyAgents === undefined || spec.faulty.has('standbyAgents') ? [] : standbyAboveMax(bounds);
}

function windowProblem(spec: LenientSpec, given: GivenBounds, bounds: Bounds): RuleBreach | undefined {
  const rule = 'min-above-max';
  if (bounds.minAgents > bounds.maxAgents) {
    if (given.minAgents === undefined) {
      const message = `must be at least the pool's minAgents (${bounds.minAgents}; is ${bounds.maxAgents}), or give minAgents here too`;
      return { path: ['maxAgents'], rule, message };
    }
    const whose = given.maxAgents === undefined ? "the pool's maxAgents" : 'maxAgents';
    const message = `must be at most ${whose} (${bounds.maxAgents}; is ${bounds.minAgents})`;
    return { path: ['minAgents'], rule, message };
  }
  const first = given.minAgents === undefined ? undefined : beyondFirstClass(spec, bounds);
  if (first !== undefined) return { path: ['minAgents'], rule, message: first };
  const sum = sumOfMinimums(spec, bounds);
  if (sum <= bounds.maxAgents) return undefined;
  const path = [given.maxAgents === undefined ? 'minAgents' : 'maxAgents'];
  const message = `leaves too little room in this window: the minimums of the classes add up to ${sum}, and maxAgents is ${bounds.maxAgents}`;
  return { path, rule: 'minimums-above-max', message };
}
