import type { Finding } from '../definitions/finding.ts';
import type { DocumentCounts } from '../definitions/parsed-revision.ts';

/** Everything a check of definitions has to say. */
export interface FindingsReport {
  readonly findings: readonly Finding[];
  readonly counts: DocumentCounts;
  readonly files: number;
}

const colours = { error: '\u001b[31m', warning: '\u001b[33m', note: '\u001b[2m', off: '\u001b[0m' } as const;

/** For people: findings by file, as `file:line:column: error: message`, and one line that sums up. */
export function formatText(report: FindingsReport, options: { readonly colour: boolean }): string {
  const byFile = Map.groupBy(report.findings, ({ file }) => file);
  const blocks = [...byFile.values()].map((findings) =>
    findings.map((finding) => `${textLine(finding, options.colour)}\n`).join(''),
  );
  return [...blocks, `${summaryLine(report)}\n`].join('\n');
}

function textLine({ file, line, column, severity, path, message }: Finding, colour: boolean): string {
  const word = colour ? `${colours[severity]}${severity}${colours.off}` : severity;
  const field = path === '' ? '' : `${path}: `;
  return `${file}:${line}:${column}: ${word}: ${field}${message.trimEnd().replaceAll('\n', '\n    ')}`;
}

function summaryLine({ counts, files, findings }: FindingsReport): string {
  const { errors, warnings } = countFindings(findings);
  const parts = [
    plural(counts.valid, 'valid pool'),
    ...(counts.invalid > 0 ? [plural(counts.invalid, 'invalid pool')] : []),
    ...(counts.skipped > 0 ? [`${plural(counts.skipped, 'document')} of others skipped`] : []),
    plural(errors, 'error'),
    plural(warnings, 'warning'),
  ];
  return `${parts.join(', ')} in ${plural(files, 'file')}`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** How many findings there are of the kinds that matter for the outcome. */
export function countFindings(findings: readonly Finding[]): { readonly errors: number; readonly warnings: number } {
  const count = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity).length;
  return { errors: count('error'), warnings: count('warning') };
}

/** For programs. Fields are added, never renamed. */
export function formatJson({ findings, counts, files }: FindingsReport): string {
  const summary = { files, ...counts, ...countFindings(findings) };
  return `${JSON.stringify({ findings, summary }, undefined, 2)}\n`;
}
