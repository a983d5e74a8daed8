import type { ITaskAgentApi } from 'azure-devops-node-api/TaskAgentApi.js';
import type { CredentialReference, PoolConnection } from '../../pool/spec.ts';
import type { Dated } from '../../ports/azure-devops.ts';
import { ConflictError, TransientError } from '../../ports/errors.ts';
import { readAgents } from './answers.ts';
import { lookUpPool } from './pool-lookup.ts';
import { ServiceAnswerError } from './service-answer.ts';
import type { ServiceCaller, ServiceTarget } from './service-caller.ts';
import type { ServiceClient } from './service-client.ts';
import type { TokenSource } from './token-source.ts';

/** Names of the operations, for messages and metrics. */
export type AzureDevOpsOperation =
  | 'list-agents'
  | 'list-job-requests'
  | 'read-capabilities'
  | 'set-agent-enabled'
  | 'deregister-agent'
  | 'register-placeholder'
  | 'renew-placeholder';

export interface PoolCallShell {
  readonly caller: ServiceCaller;
  readonly tokens: TokenSource;
}

export interface PoolCall {
  readonly connection: PoolConnection;
  readonly operation: AzureDevOpsOperation;
  readonly signal: AbortSignal;
}

/** What the work of an operation is given. */
export interface PoolSession {
  readonly api: ITaskAgentApi;
  readonly poolId: number;
  readonly client: ServiceClient;
}

/** Runs the work with the pool's id. When the service does not know that id any more, it is looked up once again. */
export function callPool<T>(
  shell: PoolCallShell,
  call: PoolCall,
  work: (pool: PoolSession) => Promise<T>,
): Promise<Dated<T>> {
  const { connection, operation, signal } = call;
  const target = targetOf(shell.tokens, connection);
  return shell.caller.call({ target, operation, signal }, async (session) => {
    const { client } = session;
    const api = await client.taskAgentApi(session.signal);
    const poolName = connection.pool.toLowerCase();
    const lookUp = async () => {
      const poolId = await lookUpPool(api, connection);
      client.poolIds.set(poolName, poolId);
      return poolId;
    };
    const known = client.poolIds.get(poolName);
    try {
      return await work({ api, client, poolId: known ?? (await lookUp()) });
    } catch (error) {
      if (!isNotFound(error) || known === undefined) throw error;
      client.poolIds.delete(poolName);
      return await work({ api, client, poolId: await lookUp() });
    }
  });
}

/**
 * undefined when there is no such agent. A "not found" that does not name the agent proves nothing (a proxy, a route):
 * then its pool's agents are listed, because a pod may be deleted once its agent counts as absent. The id of an agent
 * is never used in another pool than the one it was observed in.
 */
export async function unlessAbsent<T>(
  pool: PoolSession,
  agentId: number,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    if (error.typeKey === 'TaskAgentNotFoundException') return undefined;
    const agents = await listAgain(pool, error);
    if (agents.some((agent) => agent.id === agentId)) throw unproven(error);
    return undefined;
  }
}

async function listAgain(pool: PoolSession, notFound: ServiceAnswerError) {
  try {
    return readAgents('list-agents', await pool.api.getAgents(pool.poolId));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    forgetPool(pool);
    throw unproven(notFound);
  }
}

function forgetPool({ client, poolId }: PoolSession): void {
  for (const [name, id] of client.poolIds) {
    if (id === poolId) client.poolIds.delete(name);
  }
}

function unproven(notFound: ServiceAnswerError): TransientError {
  return new TransientError(
    `Azure DevOps does not know the agent or its pool (${notFound.message}), and does not say which: observed again next time`,
  );
}

function isNotFound(error: unknown): error is ServiceAnswerError {
  return error instanceof ServiceAnswerError && error.kind === 'not-found';
}

export function absentAgent(call: PoolCall, agentId: number): ConflictError {
  return new ConflictError(
    `Azure DevOps ${call.connection.organization}: there is no agent ${agentId} in pool "${call.connection.pool}"`,
  );
}

function targetOf(tokens: TokenSource, connection: PoolConnection): ServiceTarget {
  const { url, organization, credential } = connection;
  return {
    url,
    organization,
    credentialName: nameOf(credential),
    neededAccess: `it needs the scope Agent Pools (read & manage), its identity the Administrator role on pool "${connection.pool}"`,
    readToken: (signal) => tokens.read(credential, signal),
    dropToken: (token) => tokens.drop(credential, token),
  };
}

function nameOf(credential: CredentialReference): string {
  const key = credential.secretKey === undefined ? '' : `, key "${credential.secretKey}"`;
  return `Secret "${credential.secretName}"${key}`;
}
