import type { z } from 'zod';
import type { ConfigDocument } from './document.ts';
import type { Finding } from './finding.ts';
import { type FieldPath, formatPath } from './positions.ts';
import { laterFields } from './schema.ts';
import { quoted } from './secrets.ts';
import { didYouMean } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** A part of a document that was held against a schema. */
export interface CheckedPart {
  readonly document: ConfigDocument;
  /** Where the part is in its document. */
  readonly base: FieldPath;
  readonly raw: unknown;
  /** The names that the part's schema knows, by the path of their parent. */
  readonly knownKeys: (path: FieldPath) => readonly string[];
  /** Keys that have their place elsewhere, and what to say about them. */
  readonly misplacedKeys?: { readonly keys: readonly string[]; readonly message: string };
}

/** What the schema found, in words, at the place in the file. */
export function schemaFindings(part: CheckedPart, issues: readonly Issue[]): Finding[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownKey(part, issue, key))
      : [badField(part, issue)],
  );
}

function unknownKey(part: CheckedPart, issue: Issue, key: string): Finding {
  const parent = fieldPath(issue);
  const container = [...part.base, ...parent];
  const path = [...container, key];
  // What a class may have is what the pool may have.
  const place = formatPath(container.filter((step) => typeof step === 'string' && step !== 'agentClasses'));
  if (laterFields[place]?.includes(key) === true) {
    const message = `${key} is not supported in this version; remove it`;
    return part.document.finding({ path, rule: 'not-supported', message, on: 'key' });
  }
  if (parent.length === 0 && part.misplacedKeys?.keys.includes(key) === true) {
    return part.document.finding({ path, rule: 'misplaced-key', message: part.misplacedKeys.message, on: 'key' });
  }
  const known = part.knownKeys(parent);
  const hint = didYouMean(key, known) || elsewhere(part, key);
  return part.document.finding({ path, rule: 'unknown-key', message: `unknown key ${quoted(key)}${hint}`, on: 'key' });
}

/** A key that exists on another level was probably indented wrongly. */
function elsewhere(part: CheckedPart, key: string): string {
  const levels: readonly FieldPath[] = [
    [],
    ['pvcs', 0],
    ['extraEnv', 0],
    ['securityContext'],
    ['resources'],
    ['agentClasses', 0],
    ['schedules', 0],
  ];
  const level = levels.find((path) => part.knownKeys(path).includes(key));
  if (!level) return '; remove it';
  const names = [...part.base, ...level].filter((step) => typeof step === 'string');
  return `; it belongs under ${names.join('.')}`;
}

function badField(part: CheckedPart, issue: Issue): Finding {
  const path = fieldPath(issue);
  const raw = valueAt(part.raw, path);
  const full = [...part.base, ...path];
  if (raw === undefined && issue.code !== 'invalid_key') {
    return part.document.finding({ path: full, rule: 'required', message: 'is missing; it must be given' });
  }
  const on = issue.code === 'invalid_key' ? 'key' : 'value';
  return part.document.finding({ path: full, rule: ruleOf(issue), message: describe(issue, raw), on });
}

function ruleOf({ code }: Issue): string {
  if (code === 'invalid_type') return 'wrong-type';
  return code === 'too_small' || code === 'too_big' ? 'out-of-range' : 'bad-value';
}

function describe(issue: Issue, raw: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, raw);
    case 'too_small':
      return outOfRange(issue, raw, { word: 'at least', bound: issue.minimum });
    case 'too_big':
      return outOfRange(issue, raw, { word: 'at most', bound: issue.maximum });
    case 'invalid_value':
      return notListed(issue.values.map(String), raw);
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'is not a valid name';
    case 'invalid_union':
      return `${unionMessage(issue)} (is ${quoted(raw)})`;
    default:
      return `${issue.message} (is ${quoted(raw)})`;
  }
}

/** A message of our own stands on the union, or on the branch that holds the rule. */
function unionMessage(issue: z.core.$ZodIssueInvalidUnion): string {
  if (issue.message !== 'Invalid input') return issue.message;
  const branch = issue.errors.flat().find(({ code }) => code === 'invalid_format' || code === 'custom');
  return branch?.message ?? 'is not a valid value';
}

function outOfRange(issue: Issue, raw: unknown, limit: { word: string; bound: number | bigint }): string {
  const bound = `${limit.word} ${limit.bound}`;
  if (Array.isArray(raw)) return `must have ${bound} ${limit.bound === 1 ? 'entry' : 'entries'} (has ${raw.length})`;
  if (typeof raw !== 'string') return `must be ${bound} (is ${quoted(raw)})`;
  return raw === '' ? 'must not be empty' : `${issue.message} (is ${quoted(raw)})`;
}

function notListed(values: readonly string[], raw: unknown): string {
  const hint = typeof raw === 'string' ? didYouMean(raw, values) : '';
  return `must be ${values.join(' or ')} (is ${quoted(raw)})${hint}`;
}

const typeNames: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function wrongType(expected: string, raw: unknown): string {
  const wanted = typeNames[expected] ?? expected;
  if (raw === null) return `has no value; give ${wanted}, or remove the line`;
  if (typeof raw === 'string') return wrongText(wanted, raw);
  const isScalar = typeof raw === 'number' || typeof raw === 'boolean';
  if (expected === 'string' && isScalar) return `must be text; put quotes around ${quoted(raw)}`;
  return `must be ${wanted} (is ${quoted(raw)})`;
}

function wrongText(wanted: string, raw: string): string {
  const text = raw.trim().toLowerCase();
  const unquoted = wanted === typeNames.boolean ? /^(true|false)$/ : /^[-+]?\d+$/;
  if (unquoted.test(text)) return `must be ${wanted}, and is quoted text; write ${text} without quotes`;
  if (wanted === typeNames.boolean && /^(yes|no|on|off|y|n)$/.test(text)) {
    return `must be ${wanted}; YAML 1.2 reads ${quoted(raw)} as text`;
  }
  return `must be ${wanted} (is ${quoted(raw)})`;
}

/** The steps of an issue's path that can be in a YAML file. */
export function fieldPath({ path }: Pick<Issue, 'path'>): (string | number)[] {
  return path.filter((step) => typeof step !== 'symbol');
}

function valueAt(raw: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
    return isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }, raw);
}

/** A YAML map as plain data. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
