import { z } from 'zod';
import type { ConfigDocument } from './document.ts';
import type { Finding } from './finding.ts';
import type { FieldPath } from './positions.ts';
import { poolSpecSchema, specKeys } from './schema.ts';
import { fieldPath, isRecord, schemaFindings } from './schema-findings.ts';

/** What could be read of a `spec`, so that the rules between fields run beside the errors of single fields. */
export interface LenientSpec {
  /** Fields with errors hold their default here; entries of a list with errors are left out. */
  readonly fields: z.output<typeof lenientSchema>;
  /** Fields that had an error of their own: rules that need them do not run. */
  readonly faulty: ReadonlySet<string>;
  /** The place in the file of an entry of `fields`. */
  readonly positionInFile: (field: string, index: number) => number;
  readonly findings: readonly Finding[];
}

const lenientSchema = poolSpecSchema.extend({
  azDoUrl: z.string().exactOptional(),
  patSecretName: z.string().exactOptional(),
});

/** Holds `spec` against the schema. Every error becomes a finding; what is left is still read. */
export function readSpec(document: ConfigDocument, raw: Readonly<Record<string, unknown>>): LenientSpec {
  const result = poolSpecSchema.safeParse(raw);
  const issues = result.success ? [] : result.error.issues;
  const findings = schemaFindings({ document, base: ['spec'], raw, knownKeys }, issues);
  const damage = findDamage(raw, issues);
  const cleaned = Object.fromEntries(
    Object.entries(raw).flatMap(([key, value]) =>
      damage.faulty.has(key) ? [] : [[key, withoutBad(value, damage.entries.get(key))]],
    ),
  );
  const parsed = lenientSchema.safeParse(cleaned);
  return {
    fields: parsed.success ? parsed.data : lenientSchema.parse({}),
    faulty: new Set([...damage.faulty, ...damage.entries.keys()]),
    positionInFile: (field, index) => keptPositions(raw[field], damage.entries.get(field))[index] ?? index,
    findings,
  };
}

function knownKeys(path: FieldPath): readonly string[] {
  return specKeys[path.filter((step) => typeof step === 'string').join('.')] ?? [];
}

interface Damage {
  /** Fields that are left out whole. */
  readonly faulty: ReadonlySet<string>;
  /** Per field, the list positions or map keys that are left out. */
  readonly entries: ReadonlyMap<string, ReadonlySet<string | number>>;
}

function findDamage(raw: Readonly<Record<string, unknown>>, issues: readonly z.core.$ZodIssue[]): Damage {
  const faulty = new Set<string>();
  const entries = new Map<string, Set<string | number>>();
  for (const issue of issues) {
    const [field, entry] = fieldPath(issue);
    if (field === undefined) for (const key of issue.code === 'unrecognized_keys' ? issue.keys : []) faulty.add(key);
    else if (entry !== undefined && holdsEntries(raw[field], field)) {
      entries.set(String(field), (entries.get(String(field)) ?? new Set()).add(entry));
    } else faulty.add(String(field));
  }
  return { faulty, entries };
}

function holdsEntries(value: unknown, field: string | number): boolean {
  return Array.isArray(value) || field === 'capabilityImages';
}

function withoutBad(value: unknown, bad: ReadonlySet<string | number> | undefined): unknown {
  if (bad === undefined) return value;
  if (Array.isArray(value)) return keptPositions(value, bad).map((position) => value.at(position));
  return isRecord(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => !bad.has(key))) : value;
}

function keptPositions(value: unknown, bad: ReadonlySet<string | number> | undefined): number[] {
  return Array.isArray(value) ? [...value.keys()].filter((position) => bad?.has(position) !== true) : [];
}
