import { type Command, Option } from 'commander';
import { hostedServiceUrls } from '../definitions/azure-devops-url.ts';
import { parseRevision } from '../definitions/parse-revision.ts';
import { countFindings, type FindingsReport, formatJson, formatText } from '../feedback/findings-report.ts';
import type { CommandIo, SetExitCode } from './command-io.ts';
import { readPaths } from './validate-files.ts';

interface ValidateFlags {
  readonly format: 'text' | 'json';
  readonly strict?: true;
  readonly agentImage?: string;
  readonly azdoAllowedUrls?: string;
}

/** `poolkeeper validate`: the controller's own validation. */
export function registerValidate(program: Command, io: CommandIo, setExitCode: SetExitCode): void {
  program
    .command('validate')
    .description('checks pool definitions as the controller does')
    .argument('[path...]', 'files and directories; directories are read like a config repository', ['.'])
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .option('--strict', 'warnings fail too')
    .option('--agent-image <image>', 'the AGENT_IMAGE of the controller, if it sets one [AGENT_IMAGE]')
    .option('--azdo-allowed-urls <urls>', 'the AZDO_ALLOWED_URLS of the controller [AZDO_ALLOWED_URLS]')
    .addHelpText(
      'after',
      `
Examples:
  $ poolkeeper validate                        everything below this directory
  $ poolkeeper validate pools/ more/linux.yaml
  $ poolkeeper validate --format json pools/   for programs
  $ poolkeeper validate --strict pools/        in a build

Ends with 0 when all definitions are valid, 1 when one is not, and 2 when it could not run.`,
    )
    .action(async (paths: readonly string[], flags: ValidateFlags) => setExitCode(await validate(paths, flags, io)));
}

async function validate(paths: readonly string[], flags: ValidateFlags, io: CommandIo): Promise<number> {
  const files = await readPaths(paths, startDirectory(io));
  const defaultImage = flags.agentImage ?? io.environment.AGENT_IMAGE;
  const { findings, counts } = await parseRevision(files, {
    allowedUrls: readAllowedUrls(flags.azdoAllowedUrls ?? io.environment.AZDO_ALLOWED_URLS),
    ...(defaultImage !== undefined && defaultImage !== '' && { defaultImage }),
  });
  const report: FindingsReport = { findings, counts, files: files.length };
  io.stdout.write(flags.format === 'json' ? formatJson(report) : formatText(report, { colour: wantsColour(io) }));
  if (counts.valid + counts.invalid === 0) {
    io.stderr.write(`poolkeeper: there is no pool definition in ${paths.join(', ')}\n`);
  }
  const { errors, warnings } = countFindings(findings);
  return errors > 0 || (flags.strict === true && warnings > 0) ? 1 : 0;
}

/** npm runs a script of ours in our folder: the paths are meant from where the user stands. */
function startDirectory({ environment }: CommandIo): string {
  const { INIT_CWD, npm_lifecycle_event: script } = environment;
  return script === 'poolkeeper' && INIT_CWD !== undefined ? INIT_CWD : '.';
}

function readAllowedUrls(text: string | undefined): readonly string[] {
  if (text === undefined || text.trim() === '') return hostedServiceUrls;
  return text
    .split(',')
    .map((url) => url.trim())
    .filter((url) => url !== '');
}

function wantsColour({ environment, stdout }: CommandIo): boolean {
  return stdout.isTTY === true && (environment.NO_COLOR ?? '') === '';
}
