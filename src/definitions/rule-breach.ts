import type { FieldPath } from './positions.ts';

/** A broken rule between fields, before it has a place in the file. `path` starts inside `spec`. */
export interface RuleBreach {
  readonly severity?: 'error' | 'warning';
  readonly path: FieldPath;
  readonly rule: string;
  readonly message: string;
  /** `value` by default. */
  readonly on?: 'key' | 'value';
}

/** Positions of values that occurred before. */
export function repeatedAt(values: readonly string[]): number[] {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    if (seen.has(value)) return [index];
    seen.add(value);
    return [];
  });
}
