import type { FieldPath } from './positions.ts';

/** A broken rule between fields, before it has a place in the file. `path` starts inside `spec`. */
export interface RuleBreach {
  readonly severity?: 'error' | 'warning';
  readonly path: FieldPath;
  readonly rule: string;
  readonly message: string;
}

/** Positions of values that occurred before. */
export function repeatedAt(values: readonly string[]): number[] {
  return [...values.keys()].filter((index) => values.indexOf(values[index] ?? '') < index);
}
