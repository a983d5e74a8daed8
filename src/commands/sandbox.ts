import { type Command, InvalidArgumentError } from 'commander';
import type { CommandIo, SetExitCode } from './command-io.ts';
import type { SandboxFlags } from './sandbox-session.ts';

/** `poolkeeper sandbox`: the real controller in a world on loopback. */
export function registerSandbox(program: Command, io: CommandIo, setExitCode: SetExitCode): void {
  program
    .command('sandbox')
    .description(
      'the real controller against a simulated Azure DevOps, a simulated Kubernetes API and a fresh config repository',
    )
    .option('--jobs-per-minute <number>', 'pace of the jobs that it queues; 0 for none', parsePace, 20)
    .option('--for <duration>', 'end after that time, for example 30s or 2m', parseDuration)
    .option('--port <number>', 'where health, metrics and the API are served', parsePort, 8080)
    .addHelpText(
      'after',
      `
Examples:
  $ poolkeeper sandbox                       until Ctrl-C
  $ poolkeeper sandbox --for 30s             with a summary after half a minute
  $ poolkeeper sandbox --jobs-per-minute 60

Exit code 0 only if every job ran and nothing was left behind, else 1.`,
    )
    .action(async (flags: SandboxFlags) => {
      // Loaded only here: the other commands start faster without it.
      const { runSandbox } = await import('./sandbox-session.ts');
      setExitCode(await runSandbox(flags, io));
    });
}

function parseDuration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text) ?? [];
  const factor = { ms: 1, s: 1000, m: 60_000 }[unit ?? 's'];
  if (number === undefined || factor === undefined) throw new InvalidArgumentError('give a time such as 30s or 2m.');
  return Number(number) * factor;
}

function parsePace(text: string): number {
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('give a whole number of jobs.');
  return Number(text);
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('give a port from 0 to 65535.');
  return Number(text);
}
