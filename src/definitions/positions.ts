import { isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml';
import { quoted } from './secrets.ts';

/** From 1, as editors and code hosts count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type FieldPath = readonly (string | number)[];

/** `spec.pvcs[0].name`. */
export function formatPath(path: FieldPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const shown = quoted(part);
    if (!/^"[A-Za-z_$][\w$-]*"$/.test(shown)) return `${text}[${shown}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** The text of a scalar key. Keys that are not scalars are reported elsewhere. */
export function keyText(pair: Pair): string | undefined {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

/** Where a field is: its key, and its value when it has one. Both fall back to the nearest parent that exists. */
export interface FieldOffsets {
  readonly key: number;
  readonly value: number;
}

/** Finds a field by its path. A missing field is placed at the key of its parent. */
export function locateField(root: Node | null, path: FieldPath): FieldOffsets {
  const start = root?.range?.[0] ?? 0;
  let found: FieldOffsets = { key: start, value: start };
  let node: unknown = root;
  for (const part of path) {
    const step = childOf(node, part);
    if (!step) return { key: found.key, value: found.key };
    node = step.node;
    const value = nodeStart(step.node);
    const key = step.key ?? value ?? found.value;
    found = { key, value: value ?? key };
  }
  return found;
}

/** The text at a path; undefined when there is none, or something else. */
export function textAt(root: Node | null, path: FieldPath): string | undefined {
  const node = path.reduce<unknown>((parent, part) => childOf(parent, part)?.node, root);
  return isScalar(node) && typeof node.value === 'string' ? node.value : undefined;
}

/** A scalar as it is written, without its quotes; undefined when there is none. */
export function sourceAt(root: Node | null, path: FieldPath): string | undefined {
  const node = path.reduce<unknown>((parent, part) => childOf(parent, part)?.node, root);
  return isScalar(node) ? node.source : undefined;
}

function childOf(node: unknown, part: string | number): { key: number | undefined; node: unknown } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => keyText(item) === String(part));
    return pair && { key: nodeStart(pair.key), node: pair.value };
  }
  if (!isSeq(node) || typeof part !== 'number' || part >= node.items.length) return undefined;
  return { key: undefined, node: node.items[part] };
}

function nodeStart(node: unknown): number | undefined {
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return undefined;
  return node.range?.[0];
}

/** Line and column of an offset. */
export function positionOf(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(Math.max(0, offset));
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
