import { readFile } from 'node:fs/promises';
import { PermanentError } from '../../ports/errors.ts';
import type { RepositoryUrl } from './repository-url.ts';

/** Files are read again for every fetch, so that a rotated credential needs no restart. */
export interface GitCredentials {
  /** User name for Basic; empty is what Azure Repos and most hosts take for tokens. */
  readonly username?: string;
  readonly tokenFile?: string;
  readonly sshKeyFile?: string;
  readonly knownHostsFile?: string;
  readonly caFile?: string;
}

/** What one git command gets besides its own arguments. */
export interface GitAccess {
  /** Global options, without any secret: the header is named by its variable. */
  readonly options: readonly string[];
  readonly config: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Texts that must not be in any message. */
  readonly secrets: readonly string[];
}

const headerVariable = 'POOLKEEPER_GIT_HEADER';

/** Reads the credentials for one fetch. */
export async function readAccess(repository: RepositoryUrl, credentials: GitCredentials): Promise<GitAccess> {
  const nothing = { options: [], config: [], environment: {}, secrets: [] };
  switch (repository.protocol) {
    case 'file':
      return nothing;
    case 'ssh':
      return { ...nothing, environment: { GIT_SSH_COMMAND: sshCommand(credentials) } };
    default:
      return httpAccess(repository, credentials);
  }
}

async function httpAccess({ url }: RepositoryUrl, credentials: GitCredentials): Promise<GitAccess> {
  const config = credentials.caFile === undefined ? [] : [`http.sslCAInfo=${credentials.caFile}`];
  if (credentials.tokenFile === undefined) return { options: [], config, environment: {}, secrets: [] };
  const token = await readToken(credentials.tokenFile);
  const credential = authorization(token, credentials.username ?? '');
  return {
    // Scoped to the repository, so that nothing else ever gets the header; in the environment, so that argv shows none.
    options: [`--config-env=http.${url}.extraHeader=${headerVariable}`],
    config,
    environment: { [headerVariable]: `Authorization: ${credential}` },
    secrets: [token, credential, credential.replace(/^\w+ /, '')],
  };
}

async function readToken(file: string): Promise<string> {
  let token: string;
  try {
    token = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new PermanentError(`the token file of CONFIG_REPO_TOKEN_FILE cannot be read (${code})`);
  }
  if (token === '' || /[\s\p{Cc}]/u.test(token)) {
    throw new PermanentError('the token file of CONFIG_REPO_TOKEN_FILE must hold one token and nothing else');
  }
  return token;
}

/** A token of Entra ID is a JWT and goes as Bearer; all others are passwords. */
function authorization(token: string, username: string): string {
  if (/^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) return `Bearer ${token}`;
  return `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}`;
}

function sshCommand({ sshKeyFile, knownHostsFile }: GitCredentials): string {
  if (knownHostsFile === undefined) {
    throw new PermanentError('an ssh repository needs CONFIG_REPO_KNOWN_HOSTS_FILE with the keys of its host');
  }
  const options = [
    'StrictHostKeyChecking=yes',
    'BatchMode=yes',
    'ConnectTimeout=15',
    `UserKnownHostsFile="${knownHostsFile}"`,
    'GlobalKnownHostsFile=/dev/null',
  ];
  const key = sshKeyFile === undefined ? [] : ['-i', shellQuoted(sshKeyFile), '-o', 'IdentitiesOnly=yes'];
  return ['ssh', '-F', '/dev/null', ...key, ...options.flatMap((option) => ['-o', shellQuoted(option)])].join(' ');
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
