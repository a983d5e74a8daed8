import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../ports/logger.ts';
import type { Recorder } from '../../ports/recorder.ts';

export interface FileRecorderOptions {
  readonly directory: string;
  readonly now: () => number;
  readonly logger: Logger;
  /** How many recordings of a pool are kept. */
  readonly perPool?: number;
  /** Larger ones are not written. */
  readonly largestBytes?: number;
}

/** One file for each pass: `<directory>/<pool>/<time>.json`. The oldest go first. */
export function createFileRecorder(options: FileRecorderOptions): Recorder {
  const { directory, now, logger, perPool = 50, largestBytes = 8 * 1024 * 1024 } = options;
  const busy = new Set<string>();

  async function write(pool: string, text: string): Promise<void> {
    const folder = join(directory, pool);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${new Date(now()).toISOString().replaceAll(':', '-')}.json`), text, { mode: 0o600 });
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).toSorted();
    for (const name of names.slice(0, -perPool)) await rm(join(folder, name), { force: true });
  }

  return {
    record(pool, text) {
      // A disk that is slower than the passes costs recordings, not memory.
      if (busy.has(pool)) return;
      const content = text();
      if (content.length > largestBytes) return;
      busy.add(pool);
      write(pool, content)
        .catch((error: unknown) => logger.warn({ pool, err: error }, 'pass not recorded'))
        .finally(() => busy.delete(pool));
    },
  };
}
