import { badRequest } from './api-error.ts';
import type { KubeObject } from './kube-object.ts';

export type Selector = (object: KubeObject) => boolean;

/** `labelSelector` and `fieldSelector` of a query, both of which must match. */
export function parseSelectors(query: URLSearchParams): Selector {
  const byLabels = requirements(query.get('labelSelector')).map(labelRequirement);
  const byFields = requirements(query.get('fieldSelector')).map(fieldRequirement);
  return (object) => [...byLabels, ...byFields].every((matches) => matches(object));
}

/** Splits at commas, but not inside the brackets of a set. */
function requirements(text: string | null): readonly string[] {
  if (text === null || text.trim() === '') return [];
  return text.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function labelRequirement(text: string): Selector {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return ({ metadata }) => values.includes(metadata.labels?.[key] ?? '') === (operator === 'in');
  }
  const pair = /^([^!=]+?)\s*(==|=|!=)\s*(.*)$/.exec(text);
  if (pair) {
    const [, key = '', operator, value] = pair;
    return ({ metadata }) => (metadata.labels?.[key] === value) === (operator !== '!=');
  }
  if (/^![\w./-]+$/.test(text)) return ({ metadata }) => metadata.labels?.[text.slice(1)] === undefined;
  if (/^[\w./-]+$/.test(text)) return ({ metadata }) => metadata.labels?.[text] !== undefined;
  throw badRequest(`unable to parse requirement: ${text}`);
}

function fieldRequirement(text: string): Selector {
  const [, field = '', operator, value = ''] = /^([^!=]+)(==|=|!=)(.*)$/.exec(text) ?? [];
  const read = fieldReaders[field];
  if (read === undefined) throw badRequest(`field label not supported: ${field === '' ? text : field}`);
  return (object) => (read(object) === value) === (operator !== '!=');
}

const fieldReaders: Readonly<Record<string, (object: KubeObject) => string | undefined>> = {
  'metadata.name': ({ metadata }) => metadata.name,
  'metadata.namespace': ({ metadata }) => metadata.namespace,
};
