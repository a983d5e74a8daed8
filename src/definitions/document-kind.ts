import type { ConfigDocument } from './document.ts';
import type { Finding } from './finding.ts';
import { quoted } from './secrets.ts';
import { didYouMean, slipsBetween } from './suggest.ts';

/** Groups whose documents are ours. */
const groups = ['poolkeeper.dev', 'devops.opentools.mf'] as const;
const poolKinds = ['AgentPool', 'RunnerPool'] as const;
const ownKinds = ['PoolDefaults', 'RepoSettings'] as const;
const version = 'v1';

/** What a document is to us. `faulty` ones are meant for us, or nearly: an error each. */
export type DocumentKind =
  | { readonly kind: 'pool' | 'settings' | 'defaults' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'faulty'; readonly finding: Finding };

/** Tells our documents from the others that live in the same repository. */
export function kindOfDocument(document: ConfigDocument): DocumentKind {
  const apiVersion = document.text(['apiVersion']) ?? '';
  const kind = document.text(['kind']) ?? '';
  const [group = '', ...rest] = apiVersion.split('/');
  if (!groups.some((name) => name === group)) return foreignOrSlip(document, { apiVersion, group, kind });
  if (rest.join('/') !== version) {
    const message = `version ${quoted(rest.join('/'))} is not known; write ${group}/${version}`;
    return faulty(document, { path: ['apiVersion'], rule: 'unknown-version', message });
  }
  return ownKind(document, group, kind);
}

function ownKind(document: ConfigDocument, group: string, kind: string): DocumentKind {
  if (poolKinds.some((name) => name === kind)) return { kind: 'pool' };
  const isNewGroup = group === groups[0];
  if (isNewGroup && kind === 'RepoSettings') return { kind: 'settings' };
  if (isNewGroup && kind === 'PoolDefaults') return { kind: 'defaults' };
  const known = isNewGroup ? [...poolKinds, ...ownKinds] : poolKinds;
  const message = `kind ${quoted(kind)} is not known in ${group}; write ${known.join(' or ')}${didYouMean(kind, known)}`;
  return faulty(document, { path: ['kind'], rule: 'unknown-kind', message });
}

interface Identity {
  readonly apiVersion: string;
  readonly group: string;
  readonly kind: string;
}

function foreignOrSlip(document: ConfigDocument, { apiVersion, group, kind }: Identity): DocumentKind {
  const meant = groups.find((name) => isSlip(group, name) || isSlip(apiVersion, `${name}/${version}`));
  if (meant !== undefined) {
    const message = `apiVersion ${quoted(apiVersion)} is not known; did you mean "${meant}/${version}"?`;
    return faulty(document, { path: ['apiVersion'], rule: 'unknown-api-version', message });
  }
  if (![...poolKinds, ...ownKinds].some((name) => name === kind)) return { kind: 'foreign' };
  const message = `a ${kind} needs apiVersion ${groups[0]}/${version}, and has ${apiVersion === '' ? 'none' : quoted(apiVersion)}`;
  return faulty(document, { path: ['apiVersion'], rule: 'unknown-api-version', message });
}

/** A slip of one or two letters. */
function isSlip(word: string, name: string): boolean {
  return slipsBetween(word, name) <= 2;
}

function faulty(document: ConfigDocument, at: { path: string[]; rule: string; message: string }): DocumentKind {
  return { kind: 'faulty', finding: document.finding(at) };
}
