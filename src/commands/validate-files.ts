import { realpath, stat } from 'node:fs/promises';
import { join, normalize, resolve } from 'node:path';
import { listDirectory, readBounded, readListing } from '../adapters/config-directory/read-directory.ts';
import type { ConfigFile } from '../definitions/config-file.ts';
import { PermanentError } from '../ports/errors.ts';

/** Reads the files and directories that were named, by the rules of the controller. Throws `PermanentError` when it cannot. */
export async function readPaths(paths: readonly string[], start: string): Promise<ConfigFile[]> {
  const files = new Map<string, ConfigFile>();
  for (const path of paths) {
    for (const file of await readPath(path, start)) files.set(file.path, file);
  }
  return [...files.values()];
}

async function readPath(path: string, start: string): Promise<ConfigFile[]> {
  try {
    const real = await realpath(resolve(start, path));
    // A file that somebody names is read whatever its name is.
    if ((await stat(real)).isFile())
      return [{ kind: 'content', path: normalize(path), bytes: await readBounded(real) }];
    const files = await readListing(real, '.', await listDirectory(real, '.'));
    return files.map((file) => ({ ...file, path: normalize(join(path, file.path)) }));
  } catch (error) {
    if (error instanceof PermanentError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new PermanentError(`${path} cannot be read (${code})`);
  }
}
