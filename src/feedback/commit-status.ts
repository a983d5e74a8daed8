import type { Finding } from '../definitions/finding.ts';
import type { DocumentCounts } from '../definitions/parsed-revision.ts';
import type { CommitStatus } from '../ports/code-host.ts';

/** What validation said of one revision. */
export interface RevisionVerdict {
  readonly findings: readonly Finding[];
  readonly counts: DocumentCounts;
}

/** Hosts cut or refuse longer descriptions, so we cut first: what was posted then compares equal when read again. */
const maxCodePoints = 140;

/** The status `<genre>/config`: are the files of this commit valid? Always final, never pending. */
export function configStatus(genre: string, verdict: RevisionVerdict): CommitStatus {
  const errors = verdict.findings.filter(({ severity }) => severity === 'error');
  const state = errors.length > 0 ? 'failed' : 'succeeded';
  return { genre, name: 'config', state, description: cutToCodePoints(describe(verdict, errors), maxCodePoints) };
}

function describe({ findings, counts }: RevisionVerdict, errors: readonly Finding[]): string {
  const [first] = errors;
  if (first) return `${plural(errors.length, 'error')}: ${locate(first)}`;
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  const [warning] = warnings;
  const valid = `${plural(counts.valid, 'pool')} valid`;
  return warning ? `${valid}, ${plural(warnings.length, 'warning')}: ${locate(warning)}` : valid;
}

function locate({ file, line, path, message }: Finding): string {
  return `${file}:${line}: ${path === '' ? '' : `${path}: `}${message}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Cuts between code points, never inside one. */
export function cutToCodePoints(text: string, limit: number): string {
  const points = Array.from(text.replaceAll(/\s+/g, ' '));
  return points.length <= limit ? points.join('') : `${points.slice(0, limit - 1).join('')}…`;
}
