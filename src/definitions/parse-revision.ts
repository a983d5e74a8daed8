import { setImmediate as giveWay } from 'node:timers/promises';
import type { ConfigFile } from './config-file.ts';
import { findConflicts } from './conflicts.ts';
import type { Finding } from './finding.ts';
import { type ParsedFile, parseFile } from './parse-file.ts';
import type { ParsedPool, ParsedRevision } from './parsed-revision.ts';
import type { ParseOptions } from './pool-document.ts';

export type { ParseOptions } from './pool-document.ts';

/**
 * Parses and validates every file of a revision. Never throws for what a file holds, and gives way to other work after
 * each file, so that a large repository does not hold up the loops.
 */
export async function parseRevision(files: readonly ConfigFile[], options: ParseOptions): Promise<ParsedRevision> {
  const parsed: ParsedFile[] = [];
  for (const file of files) {
    parsed.push(parseFile(file, options));
    await giveWay();
  }
  return combine(parsed);
}

function combine(files: readonly ParsedFile[]): ParsedRevision {
  const refusedFolders = files.flatMap(({ defaults }) => defaults);
  const candidates = files
    .flatMap(({ pools }) => pools)
    .map((pool) =>
      refusedFolders.some((folder) => pool.file.startsWith(folder)) ? { ...pool, spec: undefined } : pool,
    );
  const conflicts = findConflicts(candidates);
  const inConflict = new Set(conflicts.map(({ pool }) => pool));
  const pools: ParsedPool[] = candidates.map((pool) => ({
    name: pool.name,
    file: pool.file,
    line: pool.line,
    spec: inConflict.has(pool) ? undefined : pool.spec,
  }));
  const unnamedDocuments = files.flatMap(({ unnamed }) => unnamed);
  const valid = pools.filter(({ spec }) => spec !== undefined).length;
  return {
    pools,
    unreadableFiles: files.flatMap(({ unreadable }) => (unreadable ? [unreadable] : [])),
    unnamedDocuments,
    settings: { pruneProtection: { confirmRemovalOf: files.flatMap(({ confirmRemovalOf }) => confirmRemovalOf) } },
    findings: inOrder([...files.flatMap(({ findings }) => findings), ...conflicts.map(({ finding }) => finding)]),
    counts: {
      valid,
      invalid: pools.length - valid + unnamedDocuments.length,
      skipped: files.reduce((sum, { skipped }) => sum + skipped, 0),
    },
  };
}

/** By file, line and column: as a person reads them. */
function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
