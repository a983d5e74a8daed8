import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const prefix = 'poolkeeper-git-';
/** Folders that this process has in use. */
const own = new Set<string>();

/** A folder of this process's own. What killed processes left behind is removed first. */
export function createScratchDirectory(): { readonly path: string; remove(): void } {
  for (const name of readdirSync(tmpdir())) {
    if (isLeftBehind(name)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  const path = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  own.add(basename(path));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** In a container every process before us had our own number, so that one is taken for gone, too. */
function isLeftBehind(name: string): boolean {
  const [, pid] = /^poolkeeper-git-(\d+)-/.exec(name) ?? [];
  if (pid === undefined) return false;
  return (Number(pid) === process.pid && !own.has(name)) || !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
