import {
  boolean,
  choice,
  httpAddress,
  integer,
  kubernetesName,
  path,
  type SettingKind,
  text,
  urlList,
} from './setting-kinds.ts';

/** One setting: its variable, its default as a user would write it, and what it is for. */
export interface SettingDefinition<T> {
  readonly variable: string;
  readonly fallback?: string;
  readonly description: string;
  readonly kind: SettingKind<T>;
}

function setting<T>(variable: string, kind: SettingKind<T>, description: string): SettingDefinition<T | undefined>;
function setting<T>(
  variable: string,
  kind: SettingKind<T>,
  given: [fallback: string, description: string],
): SettingDefinition<T>;
function setting<T>(
  variable: string,
  kind: SettingKind<T>,
  given: string | [string, string],
): SettingDefinition<T | undefined> {
  if (typeof given === 'string') return { variable, kind, description: given };
  return { variable, kind, fallback: given[0], description: given[1] };
}

/** Every setting of the controller, with the only defaults there are. */
export const settingDefinitions = {
  configRepoUrl: setting('CONFIG_REPO_URL', text, 'the config repository: an https, http, ssh or file URL'),
  configRepoRef: setting('CONFIG_REPO_REF', text, ['main', 'branch, tag or commit']),
  configRepoPath: setting('CONFIG_REPO_PATH', path, ['.', 'folder of the pool definitions inside the repository']),
  configDir: setting('CONFIG_DIR', path, 'a directory of definitions that something else fills, instead of a clone'),
  configPollSeconds: setting('CONFIG_POLL_SECONDS', integer(1), ['30', 'how often the config repository is looked at']),
  configGitTimeoutSeconds: setting('CONFIG_GIT_TIMEOUT_SECONDS', integer(1), ['60', 'hard limit of one Git operation']),
  configRepoUsername: setting('CONFIG_REPO_USERNAME', text, 'user name sent with the token, where a host wants one'),
  configRepoTokenFile: setting('CONFIG_REPO_TOKEN_FILE', path, 'file with the token for the config repository'),
  configRepoSshKeyFile: setting('CONFIG_REPO_SSH_KEY_FILE', path, 'file with the private key for ssh'),
  configRepoKnownHostsFile: setting('CONFIG_REPO_KNOWN_HOSTS_FILE', path, 'file with the known ssh hosts'),
  configRepoCaFile: setting('CONFIG_REPO_CA_FILE', path, 'file with the CA certificate of the Git host'),
  codeHost: setting('CODE_HOST', choice('auto', 'azure-repos', 'none'), [
    'auto',
    'where commit statuses go; `auto` reads the repository URL',
  ]),
  codeHostUrl: setting('CODE_HOST_URL', text, "base of the host's API, where the repository URL does not give it"),
  codeHostTokenFile: setting(
    'CODE_HOST_TOKEN_FILE',
    path,
    'file with the token for commit statuses, if it is another one',
  ),
  statusContext: setting('STATUS_CONTEXT', text, ['poolkeeper', 'genre of the commit status']),
  agentNamespace: setting('AGENT_NAMESPACE', kubernetesName, 'namespace of the agent pods; by default the own one'),
  podNamespace: setting('POD_NAMESPACE', text, 'the own namespace, set by the Deployment'),
  podName: setting('POD_NAME', text, 'the own pod, set by the Deployment; names the holder of the lease'),
  instanceName: setting('INSTANCE_NAME', text, ['default', 'tells several Poolkeepers of one pool or namespace apart']),
  agentImage: setting('AGENT_IMAGE', text, 'default of `spec.image`'),
  azdoAllowedUrls: setting('AZDO_ALLOWED_URLS', urlList, [
    'https://dev.azure.com/,https://*.visualstudio.com/',
    'Azure DevOps URLs that a definition may name',
  ]),
  kubeconfig: setting('KUBECONFIG', path, 'kubeconfig file; by default in-cluster, then the usual chain'),
  kubernetesContext: setting('KUBERNETES_CONTEXT', text, 'context of the kubeconfig'),
  httpAddress: setting('HTTP_ADDRESS', httpAddress, [
    ':8080',
    'where metrics, health and the API are served; port 0 takes a free one',
  ]),
  logLevel: setting('LOG_LEVEL', choice('debug', 'info', 'warn', 'error'), [
    'info',
    'least severe event that is logged',
  ]),
  logFormat: setting('LOG_FORMAT', choice('json', 'text'), ['json', '`text` is for people']),
  recordDir: setting('RECORD_DIR', path, 'keeps what recent passes saw, for `poolkeeper replay`; off unless set'),
  leaderElection: setting(
    'LEADER_ELECTION',
    boolean,
    'one replica leads, the others stand by; on by default in a cluster',
  ),
} as const;

export type Settings = {
  readonly [K in keyof typeof settingDefinitions]: (typeof settingDefinitions)[K] extends SettingDefinition<infer T>
    ? T
    : never;
};

/** What is wrong with the settings, all at once. */
export class SettingsError extends Error {
  override name = 'SettingsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the settings are not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Reads settings from the environment, flags winning. Throws `SettingsError` with every problem. */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  flags: Readonly<Record<string, string | undefined>> = {},
): Settings {
  const problems: string[] = [];
  const read = Object.entries(settingDefinitions).map(([key, definition]) => {
    const given = flags[key] ?? environment[definition.variable];
    return [key, parseSetting(definition, given, problems)] as const;
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the entries come from the definitions that Settings is made of
  const settings = Object.fromEntries(read) as Settings;
  problems.push(...findUnsupported(environment), ...findContradictions(settings));
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function parseSetting(definition: SettingDefinition<unknown>, given: string | undefined, problems: string[]): unknown {
  const value = given === undefined || given.trim() === '' ? definition.fallback : given;
  if (value === undefined) return undefined;
  const parsed = definition.kind.parse(value.trim());
  if (parsed.kind === 'value') return parsed.value;
  problems.push(`${definition.variable}: ${parsed.problem} (is "${value}")`);
  return undefined;
}

/** Settings that would change what a user relies on, were they ignored. */
const unsupported = [
  'CONFIG_ALLOWED_SIGNERS_FILE',
  'HOOKS_ADDRESS',
  'HOOKS_SECRET_FILE',
  'RUN_ONCE',
  'CREATE_AGENT_NAMESPACE',
] as const;

function findUnsupported(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const off = ['', 'false', '0'];
  return unsupported
    .filter((variable) => !off.includes(environment[variable]?.trim().toLowerCase() ?? ''))
    .map((variable) => `${variable}: not supported in this version; remove it`);
}

function findContradictions(settings: Partial<Settings>): readonly string[] {
  const problems: string[] = [];
  if (settings.configRepoUrl === undefined && settings.configDir === undefined) {
    problems.push('CONFIG_REPO_URL: set it to the URL of the config repository, or CONFIG_DIR to a directory');
  }
  if (settings.instanceName !== undefined && !/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/.test(settings.instanceName)) {
    problems.push(`INSTANCE_NAME: must be an RFC 1123 label of at most 20 characters (is "${settings.instanceName}")`);
  }
  return problems;
}

/** The flag of a setting: `CONFIG_REPO_URL` → `config-repo-url`. */
export function flagOf(definition: SettingDefinition<unknown>): string {
  return definition.variable.toLowerCase().replaceAll('_', '-');
}
