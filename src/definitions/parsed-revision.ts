import type { PoolSpec } from '../pool/spec.ts';
import type { Finding } from './finding.ts';

/** What the files of one revision say, before it is compared with what was accepted earlier. */
export interface ParsedRevision {
  /** Every document that defines a pool and whose name could be read, valid or not, in file order. */
  readonly pools: readonly ParsedPool[];
  /** Files that could not be read or parsed: the pools last seen in them are frozen. */
  readonly unreadableFiles: readonly UnreadableFile[];
  /** Documents of ours whose kind or name could not be read. While there is one, nothing is removed. */
  readonly unnamedDocuments: readonly SourceLine[];
  readonly settings: RepoSettings;
  readonly findings: readonly Finding[];
  readonly counts: DocumentCounts;
}

export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

export interface ParsedPool extends SourceLine {
  readonly name: string;
  /** undefined when the document has an error or is in conflict with another one. */
  readonly spec: PoolSpec | undefined;
}

export interface UnreadableFile {
  readonly file: string;
  /** false for links and submodules: these never were definitions, so they only freeze pools last seen under their path. */
  readonly forbidsRemoval: boolean;
}

/** Pool documents with and without errors; documents that are not ours. */
export interface DocumentCounts {
  readonly valid: number;
  readonly invalid: number;
  readonly skipped: number;
}

/** All `RepoSettings` documents together. */
export interface RepoSettings {
  readonly pruneProtection: { readonly confirmRemovalOf: readonly string[] };
}
