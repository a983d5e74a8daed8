import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { parseRecording } from '../control/recording.ts';
import { formatPlan } from '../feedback/plan-report.ts';
import { checkPlan } from '../pool/check-plan.ts';
import { planPool } from '../pool/plan.ts';
import { PermanentError } from '../ports/errors.ts';
import type { CommandIo, SetExitCode } from './command-io.ts';

/** `poolkeeper replay`: the plan of a recorded pass, with its reasons. */
export function registerReplay(program: Command, io: CommandIo, setExitCode: SetExitCode): void {
  program
    .command('replay')
    .description('makes the plan of a recorded pass again and tells its reasons')
    .argument('<file>', 'a file that the controller wrote below RECORD_DIR')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Examples:
  $ poolkeeper replay recordings/linux/2026-01-05T08-00-00.000Z.json
  $ poolkeeper replay --json FILE | jq .steps

Ends with 0, with 1 if the plan breaks an invariant, and with 2 if the file is no recording.`,
    )
    .action(async (file: string, flags: { readonly json?: true }) => {
      const input = parseRecording(await readRecording(file));
      const plan = planPool(input);
      const breaches = checkPlan(input, plan);
      io.stdout.write(
        flags.json ? `${JSON.stringify({ ...plan, breaches }, null, 2)}\n` : formatPlan(input, plan, breaches),
      );
      setExitCode(breaches.length > 0 ? 1 : 0);
    });
}

async function readRecording(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PermanentError(`${file} cannot be read`, { cause });
  }
}
