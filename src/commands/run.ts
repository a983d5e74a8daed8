import type { Command } from 'commander';
import { flagOf, readSettings, settingDefinitions } from '../settings.ts';
import type { CommandIo } from './command-io.ts';

/** `poolkeeper run`: the controller, until it is asked to stop. */
export function registerRun(program: Command, io: CommandIo): void {
  const command = program
    .command('run')
    .description('the controller; every setting is a flag or a variable of the same name');
  for (const definition of Object.values(settingDefinitions)) {
    const fallback = definition.fallback === undefined ? '' : ` (default: ${definition.fallback})`;
    command.option(
      `--${flagOf(definition)} ${definition.kind.placeholder}`,
      `${definition.description}${fallback} [${definition.variable}]`,
    );
  }
  command.addHelpText(
    'after',
    `
Examples:
  $ CONFIG_REPO_URL=https://dev.azure.com/contoso/platform/_git/pools CONFIG_REPO_TOKEN_FILE=/secrets/token poolkeeper run
  $ poolkeeper run --config-dir ./pools --kubernetes-context kind --log-format text

Ends with 0 when it was asked to stop, and with 2 when the settings are not usable.`,
  );
  command.action(async (flags: Record<string, string>) => {
    const settings = readSettings(io.environment, flags);
    // Loaded only here: the other commands start three times as fast without it.
    const { startApp } = await import('../app.ts');
    const app = await startApp(settings, { environment: io.environment });
    await untilAborted(io.stop);
    await app.stop();
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
