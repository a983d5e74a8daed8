import type { ConfigFile } from './config-file.ts';
import { type ConfigDocument, type FindingAt, readDocuments } from './document.ts';
import { kindOfDocument } from './document-kind.ts';
import type { Finding } from './finding.ts';
import type { ParsedPool, SourceLine, UnreadableFile } from './parsed-revision.ts';
import { type ParseOptions, readPoolDocument } from './pool-document.ts';
import { readRepoSettings } from './repo-settings.ts';
import { metadataSchema } from './schema.ts';

/** A pool with the way to say more about its document. */
export interface LocatedPool extends ParsedPool {
  finding(at: FindingAt): Finding;
}

/** What one file says, by itself. */
export interface ParsedFile {
  readonly pools: readonly LocatedPool[];
  readonly unnamed: readonly SourceLine[];
  readonly confirmRemovalOf: readonly string[];
  /** Folders whose pools count on defaults that this version cannot read. */
  readonly defaults: readonly string[];
  readonly findings: readonly Finding[];
  readonly skipped: number;
  readonly unreadable?: UnreadableFile;
}

type ParsedDocument = Partial<ParsedFile>;

/** A file cannot fill the report: after these, one line says how many more there are. */
const findingsPerFile = 100;

/** Parses one file. Never throws for what it holds. */
export function parseFile(file: ConfigFile, options: ParseOptions): ParsedFile {
  if (file.kind === 'refused') return refusedFile(file);
  const { readable, documents, findings } = readDocuments(file);
  const parsed = documents.map((document) => parseDocument(document, options));
  return {
    pools: parsed.flatMap(({ pools = [] }) => pools),
    unnamed: parsed.flatMap(({ unnamed = [] }) => unnamed),
    confirmRemovalOf: parsed.flatMap(({ confirmRemovalOf = [] }) => confirmRemovalOf),
    defaults: parsed.flatMap(({ defaults = [] }) => defaults),
    findings: limited([...findings, ...parsed.flatMap((document) => document.findings ?? [])]),
    skipped: parsed.reduce((sum, { skipped = 0 }) => sum + skipped, 0),
    ...(!readable && { unreadable: { file: file.path, forbidsRemoval: true } }),
  };
}

function refusedFile({ path, reason, detail }: Extract<ConfigFile, { kind: 'refused' }>): ParsedFile {
  const isLink = reason === 'symlink' || reason === 'submodule';
  const finding: Finding = {
    severity: isLink ? 'warning' : 'error',
    file: path,
    line: 1,
    column: 1,
    path: '',
    rule: reason,
    message: detail,
  };
  const unreadable = { file: path, forbidsRemoval: !isLink };
  return { pools: [], unnamed: [], confirmRemovalOf: [], defaults: [], findings: [finding], skipped: 0, unreadable };
}

function limited(findings: readonly Finding[]): readonly Finding[] {
  const next = findings[findingsPerFile];
  if (next === undefined) return findings;
  const message = `${findings.length - findingsPerFile} more findings in this file are not shown`;
  const { severity, file, line, column } = next;
  return [
    ...findings.slice(0, findingsPerFile),
    { severity, file, line, column, path: '', rule: 'more-findings', message },
  ];
}

function parseDocument(document: ConfigDocument, options: ParseOptions): ParsedDocument {
  const kind = kindOfDocument(document);
  switch (kind.kind) {
    case 'pool':
      return poolDocument(document, readPoolDocument(document, options));
    case 'faulty':
      return poolDocument(document, { spec: undefined, findings: [kind.finding, ...document.problems] });
    case 'settings':
      return readRepoSettings(document);
    case 'defaults': {
      const message = 'PoolDefaults is not supported in this version; write its fields into each pool and remove it';
      const finding = document.finding({ path: ['kind'], rule: 'not-supported', message });
      return { findings: [finding], defaults: [document.file.slice(0, document.file.lastIndexOf('/') + 1)] };
    }
    case 'foreign':
      return { findings: [skippedNote(document)], skipped: 1 };
    default:
      return kind satisfies never;
  }
}

function skippedNote(document: ConfigDocument): Finding {
  const message = 'is not a document of Poolkeeper; skipped';
  return document.finding({ severity: 'note', path: [], rule: 'skipped', message });
}

function poolDocument(document: ConfigDocument, read: Pick<LocatedPool, 'spec'> & { findings: readonly Finding[] }) {
  const { file, line } = document;
  const name = certainName(document);
  if (name === undefined) return { findings: read.findings, unnamed: [{ file, line }] };
  const pool: LocatedPool = {
    name,
    file,
    line,
    spec: read.spec,
    finding: (at) => ({ ...document.finding(at), pool: name }),
  };
  return { pools: [pool], findings: read.findings.map((finding) => ({ ...finding, pool: name })) };
}

/** A name that is not valid, or given twice, leaves open which pool is meant. */
function certainName(document: ConfigDocument): string | undefined {
  const isAmbiguous = document.problems.some(
    ({ rule, path }) => rule === 'repeated-key' && ['kind', 'metadata', 'metadata.name'].includes(path),
  );
  const name = metadataSchema.shape.name.safeParse(document.text(['metadata', 'name']));
  return name.success && !isAmbiguous ? name.data : undefined;
}
