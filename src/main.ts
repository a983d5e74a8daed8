#!/usr/bin/env node
import { runProgram } from './commands/program.ts';

const stop = new AbortController();
/** After the first signal everything has this long to end in order. */
const watchdogMs = 10_000;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
    setTimeout(() => process.exit(1), watchdogMs).unref();
  });
}

process.exitCode = await runProgram(process.argv.slice(2), {
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  stop: stop.signal,
});
