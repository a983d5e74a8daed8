import { type ConfigFile, configLimits } from './config-file.ts';

/** What is known of a file before it is read. */
export interface FileEntry {
  /** Relative to the repository, with "/". */
  readonly path: string;
  readonly kind: 'file' | 'symlink' | 'submodule';
  readonly bytes: number;
}

/** The files to read, and the ones that are refused unread. */
export interface FileSelection<T extends FileEntry> {
  readonly read: readonly T[];
  readonly refused: readonly Extract<ConfigFile, { kind: 'refused' }>[];
}

/**
 * Chooses what could hold definitions below a folder ("." for all): `*.yaml` and `*.yml`, no part of whose name below the
 * folder starts with a dot. Limits are checked here, before anything is read.
 */
export function selectFiles<T extends FileEntry>(entries: readonly T[], folder: string): FileSelection<T> {
  const read: T[] = [];
  const refused: Extract<ConfigFile, { kind: 'refused' }>[] = [];
  let totalBytes = 0;
  for (const entry of entries.filter(({ path, kind }) => isCandidate(path, kind, folder))) {
    const refusal = refusalOf(entry) ?? overLimit(read.length, totalBytes + entry.bytes);
    if (refusal) refused.push({ kind: 'refused', path: printable(entry.path), ...refusal });
    else {
      read.push(entry);
      totalBytes += entry.bytes;
    }
  }
  return { read, refused };
}

function isCandidate(path: string, kind: FileEntry['kind'], folder: string): boolean {
  const below = folder !== '.' && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  const parts = below.split('/');
  const isHidden = parts.some((part) => part.startsWith('.') && part !== '..');
  return !isHidden && (kind === 'submodule' || /\.ya?ml$/i.test(below));
}

type Refusal = Pick<Extract<ConfigFile, { kind: 'refused' }>, 'reason' | 'detail'>;

function refusalOf({ path, kind, bytes }: FileEntry): Refusal | undefined {
  if (hasBadPath(path)) return { reason: 'bad-path', detail: 'has a name that is not read; rename it' };
  if (kind === 'symlink') return { reason: 'symlink', detail: 'is a symbolic link, which is not followed' };
  if (kind === 'submodule') return { reason: 'submodule', detail: 'is a submodule, which is not read' };
  if (bytes <= configLimits.bytesPerFile) return undefined;
  const detail = `is ${bytes} bytes; at most ${configLimits.bytesPerFile} are read: split it or move it out of the configured path`;
  return { reason: 'too-large', detail };
}

function overLimit(files: number, totalBytes: number): Refusal | undefined {
  const advice = 'point CONFIG_REPO_PATH at a folder that holds definitions only';
  if (files >= configLimits.files) {
    return { reason: 'too-large', detail: `is one of more than ${configLimits.files} files; ${advice}` };
  }
  if (totalBytes <= configLimits.totalBytes) return undefined;
  return { reason: 'too-large', detail: `is beyond ${configLimits.totalBytes} bytes in all files; ${advice}` };
}

/** Control and invisible characters, bytes that are no UTF-8, and the other system's separator. */
const unreadable = /[\p{Cc}\p{Cf}\ufffd\\]/u;

function hasBadPath(path: string): boolean {
  return unreadable.test(path) || path.length > 1000 || path.split('/').some((part) => part === '' || part === '..');
}

function printable(path: string): string {
  return path.slice(0, 1000).replaceAll(new RegExp(unreadable, 'gu'), '?');
}
