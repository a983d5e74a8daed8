import { createServer } from 'node:net';
import { pino } from 'pino';
import { createLogger } from '../adapters/system/pino-logger.ts';
import { systemClock } from '../adapters/system/system-clock.ts';
import { type App, startApp } from '../app.ts';
import { queueJobs } from '../sandbox/job-source.ts';
import { narrate, type Say } from '../sandbox/narrator.ts';
import { removalConfirmation } from '../sandbox/sandbox-definitions.ts';
import { type SandboxWorld, startSandboxWorld } from '../sandbox/sandbox-world.ts';
import { printSummary, summarize } from '../sandbox/summary.ts';
import { readSettings } from '../settings.ts';
import type { CommandIo } from './command-io.ts';

export interface SandboxFlags {
  readonly jobsPerMinute: number;
  readonly port: number;
  /** Milliseconds. */
  readonly for?: number;
}

/** How long without a terminal, where nobody can press Ctrl-C. */
const unattendedMs = 60_000;
/** Jobs under way and agents that leave get this long at the end. */
const endingMs = 120_000;

/** One sandbox from start to summary. Returns the exit code. */
export async function runSandbox(flags: SandboxFlags, io: CommandIo): Promise<number> {
  const started = systemClock.monotonic();
  io.endWithin(2 * endingMs + 10_000);
  const say: Say = (line) => {
    const elapsed = ((systemClock.monotonic() - started) / 1000).toFixed(1);
    io.stdout.write(`${elapsed.padStart(6)} s  ${line}\n`);
  };
  await using cleanup = new AsyncDisposableStack();
  const world = await startSandboxWorld();
  cleanup.defer(() => world.close());
  const app = await startController(world, await freePort(flags.port), io);
  cleanup.defer(() => app.stop());
  io.stdout.write(introduction(world, app));
  const stopNarrating = narrate(world, say);
  cleanup.defer(stopNarrating);
  const stopQueueing = queueJobs(world.azureDevOps, flags.jobsPerMinute);
  cleanup.defer(stopQueueing);

  await rest(flags.for ?? (io.stdout.isTTY ? undefined : unattendedMs), io.stop);
  stopQueueing();
  await end(world, app, say);
  const summary = summarize(world);
  io.stdout.write(`\n${printSummary(summary)}`);
  return summary.failed.length === 0 && summary.left.length === 0 ? 0 : 1;
}

async function startController(world: SandboxWorld, port: number, io: CommandIo): Promise<App> {
  const settings = readSettings({ ...world.environment, HTTP_ADDRESS: `127.0.0.1:${port}` });
  const destination = pino.destination({ dest: world.logFile, sync: true });
  const logger = createLogger({ level: 'info', format: 'json', destination });
  return startApp(settings, { environment: io.environment, logger });
}

function introduction({ azureDevOps, kubernetes, configRepo, logFile }: SandboxWorld, app: App): string {
  return `Poolkeeper's sandbox

Real       the controller, its planner and clients, and Git
Simulated  Azure DevOps at ${azureDevOps.url}, the Kubernetes API at ${kubernetes.url}, and the agents in its pods

Look at    ${app.url}/api/pools   ${app.url}/metrics   ${app.url}/readyz
           ${logFile}
Try        cd ${configRepo.directory}
           edit pools/linux.yaml, for example maxAgents, then: git commit -am "More agents" && git push
           break it on purpose (maxAgents: none), push, and see what the commit is told and that the pools keep running
End        Ctrl-C

`;
}

/** Lets what is queued run, then removes every pool, so that nothing is left. */
async function end({ azureDevOps, kubernetes, configRepo }: SandboxWorld, app: App, say: Say): Promise<void> {
  say('no more jobs; waiting for those under way');
  const unfinished = (): number => azureDevOps.jobs().filter(({ state }) => state !== 'finished').length;
  await azureDevOps
    .waitFor(() => unfinished() === 0, endingMs)
    .catch(() => say(`${unfinished()} jobs did not end in time`));
  say('removing every pool with one commit; idle agents retire');
  await configRepo.git('pull', '--quiet', '--rebase', 'origin', 'main').catch(() => undefined);
  const removed = (await configRepo.git('ls-files', 'pools')).split('\n').filter((file) => file !== '');
  const files = Object.fromEntries(removed.map((file) => [file, null]));
  const confirmation = removalConfirmation(app.poolNames());
  await configRepo.commit({ ...files, 'pools/settings.yaml': confirmation }, 'Remove every pool');
  const agents = (): number =>
    ['linux-agents', 'build-agents', 'tool-agents'].flatMap((pool) => azureDevOps.agents(pool)).length;
  await azureDevOps
    .waitFor(() => agents() === 0 && kubernetes.pods().length === 0, endingMs)
    .catch(() => say('something did not leave in time'));
}

async function rest(ms: number | undefined, stop: AbortSignal): Promise<void> {
  const forever = 2 ** 31 - 1;
  await systemClock.sleep(ms ?? forever, stop);
}

/** The wanted port, or 0 for a free one when somebody has it. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(wanted, '127.0.0.1', () => probe.close(() => resolve(wanted)));
  });
}
