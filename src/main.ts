#!/usr/bin/env node
const stop = new AbortController();
/** After the first signal everything has this long to end in order, unless a command asks for more. */
let watchdogMs = 10_000;

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130);
    stop.abort();
    setTimeout(() => process.exit(1), watchdogMs).unref();
  });
}

// Whoever read our output has gone, as `head` does: end in order.
process.stdout.on('error', () => stop.abort());

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`Poolkeeper needs Node 24 (this is ${process.version}): install it from https://nodejs.org\n`);
  process.exitCode = 2;
} else {
  // Loaded only now: an older Node could not even read it.
  const { runProgram } = await import('./commands/program.ts');
  process.exitCode = await runProgram(process.argv.slice(2), {
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    stop: stop.signal,
    endWithin: (ms) => {
      watchdogMs = ms;
    },
  });
}
