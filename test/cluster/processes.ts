import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program that runs until it is stopped. */
export interface RunningProgram {
  readonly logFile: string;
  /** undefined while it runs. */
  exitCode(): number | undefined;
  stop(): Promise<void>;
}

/** Ended with this process, whatever ends it. */
const alive = new Set<ChildProcess>();
/** Left by programs that did not end in good order. */
const leftDirectories = new Set<string>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
  for (const directory of leftDirectories) rmSync(directory, { recursive: true, force: true });
});
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

/** A directory that goes at the latest with this process. */
export async function temporaryDirectory(prefix: string): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  leftDirectories.add(path);
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true });
      leftDirectories.delete(path);
    },
  };
}

export function startProgram(file: string, args: readonly string[], logFile: string): RunningProgram {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  alive.add(child);
  const ended = once(child, 'exit').finally(() => {
    alive.delete(child);
    log.end();
  });
  ended.catch(() => undefined);
  return {
    logFile,
    exitCode: () => child.exitCode ?? (child.signalCode ? 1 : undefined),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(killer);
    },
  };
}

/** Asks until the answer is yes; throws with the end of the log when the program ends or takes too long. */
export async function untilReady(what: string, program: RunningProgram, ready: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await ready().catch(() => false))) {
    if (program.exitCode() !== undefined || performance.now() > deadline) {
      const log = await readFile(program.logFile, 'utf8').catch(() => '');
      throw new Error(`${what} did not become ready. The end of its log:\n${log.slice(-2000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Free on loopback a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
