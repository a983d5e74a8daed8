import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { prepareBinaries } from './binaries.ts';

/** Builds the control plane if need be, then runs the tests against it. */
async function run(): Promise<number> {
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say('Cluster tests: a real etcd and Kubernetes API server on loopback.');
  await prepareBinaries(say);
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
  const config = fileURLToPath(new URL('../../.config/vitest.cluster.config.ts', import.meta.url));
  const child = spawn(process.execPath, [vitest, 'run', '--config', config, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // Whoever ends this ends vitest, which then stops the control plane.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
