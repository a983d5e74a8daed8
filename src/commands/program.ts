import { Command, CommanderError } from 'commander';
import { productVersion } from '../adapters/system/product-version.ts';
import { PermanentError } from '../ports/errors.ts';
import { SettingsError } from '../settings.ts';
import type { CommandIo, SetExitCode } from './command-io.ts';
import { registerReplay } from './replay.ts';
import { registerRun } from './run.ts';
import { registerSandbox } from './sandbox.ts';
import { registerValidate } from './validate.ts';

/** Runs one command line. 2: the command could not run as it was asked to. */
export async function runProgram(args: readonly string[], io: CommandIo): Promise<number> {
  let exitCode = 0;
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, io);
  }
}

function createProgram(io: CommandIo, setExitCode: SetExitCode): Command {
  const program = new Command('poolkeeper')
    .description(
      'Keeps the right number of Azure DevOps agents on Kubernetes, as the pool definitions in a Git repository say.',
    )
    .version(productVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .addHelpText(
      'after',
      `
Examples:
  $ poolkeeper sandbox                     try everything on this machine
  $ poolkeeper validate pools/             check definitions before a commit
  $ poolkeeper run --config-repo-url https://dev.azure.com/contoso/platform/_git/pools`,
    );
  registerRun(program, io);
  registerSandbox(program, io, setExitCode);
  registerValidate(program, io, setExitCode);
  registerReplay(program, io, setExitCode);
  return program;
}

function explain(error: unknown, io: CommandIo): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof SettingsError || error instanceof PermanentError) {
    io.stderr.write(`poolkeeper: ${error.message}\n`);
    return 2;
  }
  throw error;
}
