import type { CredentialReference } from '../pool/spec.ts';
import type { Cluster } from '../ports/cluster.ts';
import { PermanentError } from '../ports/errors.ts';

const defaultKeys = ['token', 'pat'] as const;

/** The token of a credential, without the newline that editors add. Throws `PermanentError` when there is none. */
export async function readToken(
  cluster: Cluster,
  credential: CredentialReference,
  signal: AbortSignal,
): Promise<string> {
  const { key, value } = await findToken(cluster, credential, signal);
  const token = value.trim();
  if (token === '')
    throw new PermanentError(`key "${key}" of Secret ${credential.secretName} is empty: put the token there`);
  return token;
}

/** The key that holds the token: the given one, else `token`, else `pat`. */
export async function resolveSecretKey(
  cluster: Cluster,
  credential: CredentialReference,
  signal: AbortSignal,
): Promise<string> {
  return (await findToken(cluster, credential, signal)).key;
}

async function findToken(
  cluster: Cluster,
  { secretName, secretKey }: CredentialReference,
  signal: AbortSignal,
): Promise<{ readonly key: string; readonly value: string }> {
  const secret = await cluster.readSecret(secretName, signal);
  if (secret === undefined) {
    throw new PermanentError(
      `Secret ${secretName} does not exist in the agents' namespace: create it, or correct patSecretName`,
    );
  }
  const keys = secretKey === undefined ? defaultKeys : [secretKey];
  for (const key of keys) {
    const value = secret[key];
    if (value !== undefined) return { key, value };
  }
  const wanted = keys.map((key) => `"${key}"`).join(' or ');
  throw new PermanentError(`Secret ${secretName} has no key ${wanted}: add it, or set patSecretKey`);
}
