import { type Document, Lexer, LineCounter, parseAllDocuments } from 'yaml';
import { type ConfigFile, configLimits } from './config-file.ts';
import type { Finding, Severity } from './finding.ts';
import { type FieldPath, formatPath, locateField, type Position, positionOf, sourceAt, textAt } from './positions.ts';
import { findSecrets } from './secrets.ts';
import { checkYaml, type YamlProblem } from './yaml-checks.ts';

/** One document of a file, with the way back from a field to its place in the text. */
export interface ConfigDocument {
  readonly file: string;
  /** Line of its first content. */
  readonly line: number;
  /** Plain data; undefined when `problems` make it unsafe to convert. */
  readonly value: unknown;
  /** Errors of a document of ours; of no interest in another's. */
  readonly problems: readonly Finding[];
  finding(at: FindingAt): Finding;
  /** A text field of the document, also of one with problems; the first one when the key is repeated. */
  text(path: FieldPath): string | undefined;
  /** A number or boolean as it is written: 1.10, not 1.1. */
  source(path: FieldPath): string | undefined;
}

export interface FindingAt {
  readonly severity?: Severity;
  readonly path: FieldPath;
  readonly rule: string;
  readonly message: string;
  /** `value` by default; `key` for unknown keys. */
  readonly on?: 'key' | 'value';
}

/** A file as documents, or why it holds none that can be trusted. */
export interface ReadConfigFile {
  readonly readable: boolean;
  readonly documents: readonly ConfigDocument[];
  readonly findings: readonly Finding[];
}

type Content = Extract<ConfigFile, { kind: 'content' }>;

/** What the parser would spend its time on: 15,000 words and signs take less than 50 ms. */
const tokenLimit = 15_000;

/** Codes that leave the structure of the file intact: only the document that has them is in error. */
const documentCodes = new Set(['TAG_RESOLVE_FAILED', 'NON_STRING_KEY', 'BAD_ALIAS']);

/** Reads the documents of one file. Never throws, whatever the bytes are. */
export function readDocuments({ path, bytes }: Content): ReadConfigFile {
  const unreadable = (rule: string, message: string, at: Position = { line: 1, column: 1 }): ReadConfigFile => ({
    readable: false,
    documents: [],
    findings: [{ severity: 'error', file: path, ...at, path: '', rule, message }],
  });
  if (bytes.byteLength > configLimits.bytesPerFile) return unreadable('file-too-large', tooLarge(bytes.byteLength));
  const text = decode(bytes);
  if (text === undefined) return unreadable('not-utf-8', 'is not valid UTF-8; save it as UTF-8');
  if (hasTooManyTokens(text)) {
    return unreadable(
      'too-many-items',
      'holds too many items for pool definitions; split it or move it out of the configured path',
    );
  }
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    stringKeys: true,
    uniqueKeys: false,
    prettyErrors: false,
  });
  const broken = [...('empty' in parsed ? parsed.errors : parsed.flatMap(({ errors }) => errors))].find(
    ({ code }) => !documentCodes.has(code),
  );
  if (broken)
    return unreadable('yaml-syntax', syntaxMessage(broken), positionOf(lines, clampOffset(broken.pos[0], text)));
  if (parsed.length > configLimits.documentsPerFile) {
    return unreadable(
      'too-many-documents',
      `holds ${parsed.length} documents; at most ${configLimits.documentsPerFile} are read from one file`,
    );
  }
  if (parsed.length === 0 && /^%/m.test(text)) return unreadable('yaml-syntax', 'holds a "%" line, but no document');
  return collect({ file: path, text, lines }, 'empty' in parsed ? [] : parsed);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function tooLarge(bytes: number): string {
  return `is ${bytes} bytes; at most ${configLimits.bytesPerFile} are read: split it or move it out of the configured path`;
}

function hasTooManyTokens(text: string): boolean {
  const tokens = new Lexer().lex(text);
  for (let count = 0; count <= tokenLimit; count += 1) {
    if (tokens.next().done === true) return false;
  }
  return true;
}

/** The parser's own words can quote the file, which may hold a secret: the code says enough. */
function syntaxMessage({ code }: { readonly code: string }): string {
  const known: Readonly<Record<string, string>> = {
    BAD_INDENT: 'wrong indentation',
    TAB_AS_INDENT: 'a tab is used for indentation; use blanks',
    MISSING_CHAR: 'something is missing here, such as a quote, a bracket, a comma or a colon',
    RESOURCE_EXHAUSTION: 'nested too deeply',
    MULTILINE_IMPLICIT_KEY: 'a key spans several lines; is a colon or a quote missing?',
    BLOCK_AS_IMPLICIT_KEY: 'nested mappings are not allowed on one line; is a value with ": " missing its quotes?',
  };
  const detail = known[code] ?? code.toLowerCase().replaceAll('_', ' ');
  return `cannot be read as YAML: ${detail}`;
}

interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: LineCounter;
}

function collect(source: Source, parsed: readonly Document.Parsed[]): ReadConfigFile {
  const findings = hiddenCharacters(source);
  const filled = parsed.filter((document) => !isEmpty(document));
  const empty = parsed.length - filled.length;
  if (empty > 0 || parsed.length === 0) {
    const message = parsed.length === empty ? 'holds no document' : `${empty} empty document(s) skipped`;
    findings.push({
      severity: 'note',
      file: source.file,
      line: 1,
      column: 1,
      path: '',
      rule: 'empty-document',
      message,
    });
  }
  const documents = filled.map((document, index) => {
    const from = index === 0 ? 0 : (filled[index - 1]?.range[2] ?? 0);
    const to = index === filled.length - 1 ? source.text.length : document.range[2];
    return toConfigDocument(source, document, { from, to });
  });
  return { readable: true, documents, findings };
}

function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || ('value' in contents && contents.value === null && contents.tag === undefined);
}

function toConfigDocument(
  source: Source,
  document: Document.Parsed,
  span: { from: number; to: number },
): ConfigDocument {
  const root = document.contents;
  const yamlProblems = checkYaml(document);
  const place = (offset: number) => positionOf(source.lines, clampOffset(offset, source.text));
  const problem = ({ rule, message, offset, path }: YamlProblem): Finding => ({
    severity: 'error',
    file: source.file,
    ...place(offset),
    path: formatPath(path),
    rule,
    message,
  });
  const problems = [...yamlProblems, ...secretProblems(source.text, span)].map(problem);
  return {
    file: source.file,
    line: place(root?.range[0] ?? 0).line,
    value: yamlProblems.length > 0 ? undefined : toPlain(document),
    problems,
    text: (path) => textAt(root, path),
    source: (path) => sourceAt(root, path),
    finding({ severity = 'error', path, rule, message, on = 'value' }) {
      return {
        severity,
        file: source.file,
        ...place(locateField(root, path)[on]),
        path: formatPath(path),
        rule,
        message,
      };
    },
  };
}

function toPlain(document: Document.Parsed): unknown {
  const value: unknown = document.toJS();
  return value;
}

function secretProblems(text: string, { from, to }: { from: number; to: number }): YamlProblem[] {
  return findSecrets(text.slice(from, to)).map(({ what, offset }) => ({
    rule: 'secret',
    message: `looks like ${what}: take it out, put it into a Secret, and rotate it, since the history of the repository keeps it`,
    offset: from + offset,
    path: [],
  }));
}

/** Characters that change how a line looks to its reader, but not to the parser. */
function hiddenCharacters({ file, text, lines }: Source): Finding[] {
  const hidden = [...text.matchAll(/[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g)].slice(0, 10);
  return hidden.map(({ 0: character, index }) => ({
    severity: 'warning',
    file,
    ...positionOf(lines, index),
    path: '',
    rule: 'hidden-character',
    message: `an invisible character (U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}) stands here; remove it`,
  }));
}

function clampOffset(offset: number, text: string): number {
  return Math.min(Math.max(offset, 0), text.length);
}
