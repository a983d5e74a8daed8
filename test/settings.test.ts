import { describe, expect, it } from 'vitest';
import { flagOf, readSettings, SettingsError, settingDefinitions } from '../src/settings.ts';

const enough = { CONFIG_REPO_URL: 'https://git.example/pools' };

function problems(environment: Readonly<Record<string, string>>, flags: Readonly<Record<string, string>> = {}) {
  try {
    readSettings(environment, flags);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

describe('settings', () => {
  it('have defaults for all but where the definitions are', () => {
    const settings = readSettings(enough);
    expect(settings).toMatchObject({
      configRepoRef: 'main',
      configPollSeconds: 30,
      instanceName: 'default',
      httpAddress: { host: '0.0.0.0', port: 8080 },
      logFormat: 'json',
      azdoAllowedUrls: ['https://dev.azure.com/', 'https://*.visualstudio.com/'],
    });
    expect(settings.agentImage).toBeUndefined();
  });

  it('a flag wins over the environment, which wins over the default; blank counts as absent', () => {
    const environment = { ...enough, CONFIG_REPO_REF: 'live', LOG_LEVEL: 'warn', STATUS_CONTEXT: '  ' };
    expect(readSettings(environment, { configRepoRef: 'next' })).toMatchObject({
      configRepoRef: 'next',
      logLevel: 'warn',
      statusContext: 'poolkeeper',
    });
  });

  it('every one has a flag of its own', () => {
    const flags = Object.values(settingDefinitions).map((definition) => flagOf(definition));
    expect(new Set(flags).size).toBe(flags.length);
    expect(flags).toContain('config-repo-url');
  });

  it.each`
    environment                              | says                                                     | why
    ${{ CONFIG_POLL_SECONDS: '0' }}          | ${/^CONFIG_POLL_SECONDS: must be a whole number/}        | ${'it would never rest'}
    ${{ CONFIG_POLL_SECONDS: '1.5' }}        | ${/^CONFIG_POLL_SECONDS: .*\(is "1.5"\)$/}               | ${'no whole number'}
    ${{ CONFIG_POLL_SECONDS: '1e3' }}        | ${/^CONFIG_POLL_SECONDS/}                                | ${'no plain number'}
    ${{ CODE_HOST: 'github' }}               | ${/^CODE_HOST: must be one of auto, azure-repos, none/}  | ${'no such host'}
    ${{ HTTP_ADDRESS: '8080' }}              | ${/^HTTP_ADDRESS: must be host:port or :port/}           | ${'a port alone'}
    ${{ HTTP_ADDRESS: ':65536' }}            | ${/^HTTP_ADDRESS/}                                       | ${'no such port'}
    ${{ LOG_LEVEL: 'loud' }}                 | ${/^LOG_LEVEL: must be one of debug, info, warn, error/} | ${'no such level'}
    ${{ INSTANCE_NAME: 'Blue' }}             | ${/^INSTANCE_NAME: must be an RFC 1123 label/}           | ${'names of pods are made from it'}
    ${{ INSTANCE_NAME: 'a'.repeat(21) }}     | ${/^INSTANCE_NAME/}                                      | ${'names of pods would be too long'}
    ${{ RUN_ONCE: 'true' }}                  | ${/^RUN_ONCE: not supported in this version/}            | ${'it would change what a user relies on'}
    ${{ HOOKS_SECRET_FILE: '/x' }}           | ${/^HOOKS_SECRET_FILE: not supported in this version/}   | ${'hooks would never come'}
    ${{ CONFIG_ALLOWED_SIGNERS_FILE: '/x' }} | ${/^CONFIG_ALLOWED_SIGNERS_FILE: not supported/}         | ${'unsigned commits would take effect'}
  `('$environment is refused: $why', ({ environment, says }) => {
    expect(problems({ ...enough, ...environment })).toEqual([expect.stringMatching(says)]);
  });

  it('an unsupported one that is off is no problem', () => {
    expect(problems({ ...enough, RUN_ONCE: 'false', RECORD_DIR: '' })).toEqual([]);
  });

  it('all problems are told at once', () => {
    const told = problems({ LOG_LEVEL: 'loud', CODE_HOST: 'x', RUN_ONCE: '1' }, { httpAddress: 'nowhere' });
    expect(told.map((problem) => problem.split(':')[0])).toEqual([
      'CODE_HOST',
      'HTTP_ADDRESS',
      'LOG_LEVEL',
      'RUN_ONCE',
      'CONFIG_REPO_URL',
    ]);
    expect(new SettingsError(told).message).toContain('\n  CODE_HOST: ');
  });
});
