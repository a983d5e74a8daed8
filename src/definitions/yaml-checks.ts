import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node } from 'yaml';
import { type FieldPath, keyText } from './positions.ts';
import { quoted } from './secrets.ts';

/** A use of YAML that definitions do without. `offset` is where it stands in the file. */
export interface YamlProblem {
  readonly rule: string;
  readonly message: string;
  readonly offset: number;
  readonly path: FieldPath;
}

/** Maps and lists inside each other: Kubernetes' deepest types need less than half of it. */
const deepest = 30;

/** Aliases, merge keys, repeated keys, keys that are no text, unknown tags, other YAML versions, too deep nesting. */
export function checkYaml(document: Document.Parsed): YamlProblem[] {
  const problems = [...document.errors, ...document.warnings].map(({ code, pos }) => describe(code, pos[0]));
  const { explicit, version } = document.directives.yaml;
  if (explicit === true && version !== '1.2') {
    problems.push({
      rule: 'yaml-version',
      message: 'only YAML 1.2 is read; remove the %YAML line',
      offset: 0,
      path: [],
    });
  }
  checkNode(document.contents, [], problems);
  return problems;
}

function describe(code: string, offset: number): YamlProblem {
  const at = { offset, path: [] };
  if (code === 'TAG_RESOLVE_FAILED') {
    return { ...at, rule: 'unknown-tag', message: 'tags are not supported here; remove the "!…"' };
  }
  if (code === 'NON_STRING_KEY') return { ...at, rule: 'non-text-key', message: 'keys must be text' };
  return { ...at, rule: 'yaml', message: `cannot be read as YAML (${code.toLowerCase().replaceAll('_', ' ')})` };
}

function checkNode(node: unknown, path: FieldPath, problems: YamlProblem[]): void {
  if (isAlias(node)) {
    const message = 'aliases (*name) are not supported; write the value out';
    problems.push({ rule: 'alias', message, offset: offsetOf(node), path });
    return;
  }
  if (!isMap(node) && !isSeq(node)) return;
  if (path.length >= deepest) {
    const message = `is nested deeper than ${deepest} levels; definitions need fewer`;
    problems.push({ rule: 'too-deep', message, offset: offsetOf(node), path: [] });
    return;
  }
  if (isMap(node)) checkMap(node.items, path, problems);
  else for (const [index, item] of node.items.entries()) checkNode(item, [...path, index], problems);
}

function checkMap(items: readonly unknown[], path: FieldPath, problems: YamlProblem[]): void {
  const seen = new Set<string>();
  for (const pair of items) {
    if (!isPair(pair)) continue;
    const key = keyText(pair);
    const offset = isScalar(pair.key) || isAlias(pair.key) ? offsetOf(pair.key) : 0;
    const here = { offset, path: [...path, key ?? ''] };
    const problem = key === undefined ? undefined : keyProblem(key, seen.has(key));
    if (problem) problems.push({ ...here, ...problem });
    if (key !== undefined) seen.add(key);
    checkNode(pair.value, here.path, problems);
  }
}

function keyProblem(key: string, repeated: boolean): Pick<YamlProblem, 'rule' | 'message'> | undefined {
  if (key === '<<') return { rule: 'merge-key', message: 'merge keys (<<) are not supported; write the fields out' };
  if (key === '__proto__') return { rule: 'forbidden-key', message: 'this key is not allowed; remove it' };
  return repeated ? { rule: 'repeated-key', message: `key ${quoted(key)} is given twice; remove one` } : undefined;
}

function offsetOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
