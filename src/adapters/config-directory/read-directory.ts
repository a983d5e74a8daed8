import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConfigFile, configLimits } from '../../definitions/config-file.ts';
import { type FileEntry, selectFiles } from '../../definitions/select-files.ts';
import { PermanentError } from '../../ports/errors.ts';

interface DiskEntry extends FileEntry {
  /** Changes when the file is written, replaced or renamed. */
  readonly stamp: string;
}

/** What a folder holds, and a stamp that differs when any of its files changed. */
export interface DirectoryListing {
  readonly entries: readonly DiskEntry[];
  readonly stamp: string;
}

/** Enough for any repository of definitions, and an early end for a directory that is none. */
const mostEntries = 50_000;

/**
 * Lists the files below a folder of a root, with paths relative to the root. Names that start with a dot are left out,
 * links are listed and never followed. Fails with ENOENT or ENOTDIR when the folder is not there.
 */
export async function listDirectory(root: string, folder: string): Promise<DirectoryListing> {
  const entries: DiskEntry[] = [];
  const waiting = [folder];
  let seen = 0;
  for (let current = waiting.pop(); current !== undefined; current = waiting.pop()) {
    for (const item of await readdir(join(root, current), { withFileTypes: true })) {
      seen += 1;
      const path = current === '.' ? item.name : `${current}/${item.name}`;
      if (item.name.startsWith('.')) continue;
      if (item.isDirectory()) waiting.push(path);
      else entries.push(...(await describe(root, path)));
    }
    if (seen > mostEntries) throw tooManyEntries(root);
  }
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { entries, stamp: entries.map(({ path, stamp }) => `${path} ${stamp}`).join('\n') };
}

function tooManyEntries(root: string): PermanentError {
  return new PermanentError(`${root} holds more than ${mostEntries} files; choose a folder of definitions`);
}

/** Devices, sockets and pipes are not listed: reading one might never end. */
async function describe(root: string, path: string): Promise<DiskEntry[]> {
  if (!/\.ya?ml$/i.test(path)) return [];
  const found = await lstat(join(root, path), { bigint: true }).catch(() => undefined);
  if (!found?.isFile() && !found?.isSymbolicLink()) return [];
  const kind = found.isSymbolicLink() ? 'symlink' : 'file';
  return [
    { path, kind, bytes: Number(found.size), stamp: `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}` },
  ];
}

/** Reads what a listing names, within the limits. */
export async function readListing(root: string, folder: string, listing: DirectoryListing): Promise<ConfigFile[]> {
  const { read, refused } = selectFiles(listing.entries, folder);
  const files: ConfigFile[] = [];
  for (const { path } of read) files.push({ kind: 'content', path, bytes: await readBounded(join(root, path)) });
  return [...files, ...refused];
}

/** Reads one file: never more than the limit and one byte, also when it has grown, and never through a link. */
export async function readBounded(file: string): Promise<Uint8Array> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const buffer = Buffer.alloc(configLimits.bytesPerFile + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    length += bytesRead;
    if (bytesRead === 0 || length === buffer.length) return Uint8Array.from(buffer.subarray(0, length));
  }
}
