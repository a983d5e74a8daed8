import type { FileEntry } from '../../definitions/select-files.ts';
import { GitFailure } from './git-errors.ts';

/** An entry of a tree with the object that holds its content. */
export interface TreeEntry extends FileEntry {
  readonly object: string;
}

/** Reads `ls-tree -r -z -l`. */
export function parseTree(text: string): TreeEntry[] {
  return text.split('\0').flatMap((line) => {
    const match = /^(\d{6}) (\w+) ([0-9a-f]+) +(\d+|-)\t(.+)$/s.exec(line);
    if (!match) return [];
    const [, mode = '', type = '', object = '', bytes = '', path = ''] = match;
    return [{ path, object, kind: kindOf(mode, type), bytes: bytes === '-' ? 0 : Number(bytes) }];
  });
}

function kindOf(mode: string, type: string): FileEntry['kind'] {
  if (type === 'commit') return 'submodule';
  return mode === '120000' ? 'symlink' : 'file';
}

const newline = 0x0a;

/** Reads `cat-file --batch`: one content per name, in order. */
export function parseObjects(answer: Buffer, names: readonly string[]): Uint8Array[] {
  let offset = 0;
  return names.map((name) => {
    const end = answer.indexOf(newline, offset);
    const header = end === -1 ? '' : answer.toString('latin1', offset, end);
    const bytes = /^[0-9a-f]+ blob (\d+)$/.exec(header)?.[1];
    const start = end + 1;
    const stop = start + Number(bytes);
    if (bytes === undefined || stop >= answer.length) throw new GitFailure(`missing blob ${name}`);
    offset = stop + 1;
    return answer.subarray(start, stop);
  });
}
