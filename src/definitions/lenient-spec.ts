import { z } from 'zod';
import type { ConfigDocument } from './document.ts';
import type { Finding } from './finding.ts';
import type { FieldPath } from './positions.ts';
import { agentClassSchema, poolOnlyKeys, poolSpecSchema, specKeys } from './schema.ts';
import { type CheckedPart, fieldPath, isRecord, schemaFindings } from './schema-findings.ts';

/** What could be read of a map, so that the rules between fields run beside the errors of single fields. */
export interface Lenient<Fields> {
  /** Fields with errors hold their default here; entries of a list with errors are left out. */
  readonly fields: Fields;
  /** Fields that had an error of their own: rules that need them do not run. */
  readonly faulty: ReadonlySet<string>;
  /** The place in the file of an entry of `fields`. */
  readonly positionInFile: (field: string, index: number) => number;
}

type PoolFields = z.output<typeof lenientPoolSchema>;

/** What rules for the pod need: of the pool, or of a class with what it takes over from the pool. */
export type LenientShape = Lenient<Pick<PoolFields, 'pvcs' | 'extraEnv' | 'certTrustStore' | 'resources'>>;

/** One entry of `agentClasses`. */
export interface LenientClass extends Lenient<z.output<typeof lenientClassSchema>> {
  /** Its place in the list. */
  readonly position: number;
}

/** A `spec` with its classes, and what is wrong with single fields. */
export interface LenientSpec extends Lenient<PoolFields> {
  /** In file order; empty when the definition lists none. */
  readonly classes: readonly LenientClass[];
  readonly findings: readonly Finding[];
}

const lenientPoolSchema = poolSpecSchema.extend({
  azDoUrl: z.string().exactOptional(),
  patSecretName: z.string().exactOptional(),
});

const lenientClassSchema = agentClassSchema.extend({ name: z.string().exactOptional() });

/** Holds `spec` against the schema. Every error becomes a finding; what is left is still read. */
export function readSpec(document: ConfigDocument, raw: Readonly<Record<string, unknown>>): LenientSpec {
  const part = { document, base: ['spec'], raw, knownKeys: (path: FieldPath) => keysAt(path) };
  const pool = readPart(part, raw, { strict: poolSpecSchema, lenient: lenientPoolSchema });
  const classes = (pool.fields.agentClasses ?? []).map((entry, index) => {
    const position = pool.positionInFile('agentClasses', index);
    return { position, ...readClass(document, entry, position) };
  });
  return { ...pool, classes, findings: [...pool.findings, ...classes.flatMap(({ findings }) => findings)] };
}

function readClass(document: ConfigDocument, entry: Readonly<Record<string, unknown>>, position: number) {
  const base = ['spec', 'agentClasses', position];
  const raw = withCapabilitiesAsWritten(document, entry, base);
  const part: CheckedPart = {
    document,
    base,
    raw,
    knownKeys: (path) => (path.length === 0 ? Object.keys(agentClassSchema.shape) : keysAt(path)),
    misplacedKeys: {
      keys: poolOnlyKeys,
      message: 'cannot be given for one class; give it under spec, for all of them',
    },
  };
  return readPart(part, raw, { strict: agentClassSchema, lenient: lenientClassSchema });
}

function keysAt(path: FieldPath): readonly string[] {
  return specKeys[path.filter((step) => typeof step === 'string').join('.')] ?? [];
}

/** A version such as 3.10 is a number to YAML, and would lose its last digit: capabilities are taken as they stand in the file. */
function withCapabilitiesAsWritten(
  document: ConfigDocument,
  entry: Readonly<Record<string, unknown>>,
  base: FieldPath,
): Readonly<Record<string, unknown>> {
  if (!isRecord(entry.capabilities)) return entry;
  const capabilities = Object.entries(entry.capabilities).map(([name, value]) => {
    const isPlain = typeof value === 'number' || typeof value === 'boolean';
    return [name, isPlain ? (document.source([...base, 'capabilities', name]) ?? value) : value];
  });
  return { ...entry, capabilities: Object.fromEntries(capabilities) };
}

interface Schemas<Fields> {
  readonly strict: z.ZodType;
  /** Takes an empty map too. */
  readonly lenient: z.ZodType<Fields>;
}

function readPart<Fields>(
  part: CheckedPart,
  raw: Readonly<Record<string, unknown>>,
  { strict, lenient }: Schemas<Fields>,
): Lenient<Fields> & { readonly findings: readonly Finding[] } {
  const result = strict.safeParse(raw);
  const issues = result.success ? [] : result.error.issues;
  const damage = findDamage(raw, issues);
  const cleaned = Object.fromEntries(
    Object.entries(raw).flatMap(([key, value]) =>
      damage.faulty.has(key) ? [] : [[key, withoutBad(value, damage.entries.get(key))]],
    ),
  );
  const parsed = lenient.safeParse(cleaned);
  // Only these lists have lost entries: in the others, each entry is where it was.
  const kept = new Map([...damage.entries].map(([field, bad]) => [field, keptPositions(raw[field], bad)]));
  return {
    fields: parsed.success ? parsed.data : lenient.parse({}),
    faulty: new Set([...damage.faulty, ...damage.entries.keys()]),
    positionInFile: (field, index) => kept.get(field)?.[index] ?? index,
    findings: schemaFindings(part, issues),
  };
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
  return Array.isArray(value) || field === 'capabilityImages' || field === 'capabilities';
}

function withoutBad(value: unknown, bad: ReadonlySet<string | number> | undefined): unknown {
  if (bad === undefined) return value;
  if (Array.isArray(value)) return keptPositions(value, bad).map((position) => value.at(position));
  return isRecord(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => !bad.has(key))) : value;
}

function keptPositions(value: unknown, bad: ReadonlySet<string | number>): number[] {
  return Array.isArray(value) ? [...value.keys()].filter((position) => !bad.has(position)) : [];
}
