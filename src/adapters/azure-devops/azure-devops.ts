import { TaskAgentStatus } from 'azure-devops-node-api/interfaces/TaskAgentInterfaces.js';
import { capabilities } from '../../pool/names.ts';
import type { AgentRecord, JobRequest } from '../../pool/observation.ts';
import type { PoolConnection } from '../../pool/spec.ts';
import type { AzureDevOps, Dated } from '../../ports/azure-devops.ts';
import { AgentBusyError, TransientError } from '../../ports/errors.ts';
import { readAgents, readCapabilityMap, readUnfinishedJobs, readWrittenAgent } from './answers.ts';
import { absentAgent, callPool, type PoolCall, type PoolCallShell, unlessAbsent } from './pool-call.ts';
import { ServiceAnswerError } from './service-answer.ts';
import { createServiceCaller, type ServiceCallerOptions } from './service-caller.ts';
import { createSharedCalls, type SharedCalls } from './shared-calls.ts';
import { createTokenSource, credentialKey, type ReadToken } from './token-source.ts';

export interface AzureDevOpsOptions extends ServiceCallerOptions {
  /** The token now in the Secret. May throw `PermanentError`. */
  readonly readToken: ReadToken;
}

export function createAzureDevOps(options: AzureDevOpsOptions): AzureDevOps {
  const shell: PoolCallShell = {
    caller: createServiceCaller(options),
    tokens: createTokenSource(options.readToken, { monotonic: options.monotonic }),
  };
  const agentReads = createSharedCalls<Dated<readonly AgentRecord[]>>();
  const jobReads = createSharedCalls<Dated<readonly JobRequest[]>>();
  return {
    listAgents: (connection, signal) => listAgents(shell, agentReads, { connection, operation: 'list-agents', signal }),
    listJobRequests: (connection, signal) =>
      listJobRequests(shell, jobReads, { connection, operation: 'list-job-requests', signal }),
    readCapabilities: (connection, agentId, signal) =>
      readCapabilities(shell, { connection, operation: 'read-capabilities', signal }, agentId),
    setAgentEnabled: (connection, agent, signal) =>
      setAgentEnabled(shell, { connection, operation: 'set-agent-enabled', signal }, agent),
    deregisterAgent: (connection, agentId, signal) =>
      deregisterAgent(shell, { connection, operation: 'deregister-agent', signal }, agentId),
    registerPlaceholder: (connection, placeholder, signal) =>
      registerPlaceholder(shell, { connection, operation: 'register-placeholder', signal }, placeholder),
    renewPlaceholder: (connection, agentId, signal) =>
      renewPlaceholder(shell, { connection, operation: 'renew-placeholder', signal }, agentId),
  };
}

function listAgents(
  shell: PoolCallShell,
  reads: SharedCalls<Dated<readonly AgentRecord[]>>,
  call: PoolCall,
): Promise<Dated<readonly AgentRecord[]>> {
  return reads.run(readKey(call.connection), call.signal, (signal) =>
    callPool(shell, { ...call, signal }, async ({ api, poolId }) =>
      readAgents(call.operation, await api.getAgents(poolId, undefined, false, true, true)),
    ),
  );
}

function listJobRequests(
  shell: PoolCallShell,
  reads: SharedCalls<Dated<readonly JobRequest[]>>,
  call: PoolCall,
): Promise<Dated<readonly JobRequest[]>> {
  return reads.run(readKey(call.connection), call.signal, (signal) =>
    // The only form of the query that is independent of the history and names the matched agents.
    callPool(shell, { ...call, signal }, async ({ api, poolId }) =>
      readUnfinishedJobs(call.operation, await api.getAgentRequestsForAgents(poolId, undefined, 0)),
    ),
  );
}

async function readCapabilities(shell: PoolCallShell, call: PoolCall, agentId: number) {
  const { value } = await callPool(shell, call, (pool) =>
    unlessAbsent(pool, agentId, async () =>
      readCapabilityMap(call.operation, await pool.api.getAgent(pool.poolId, agentId, true)),
    ),
  );
  return value;
}

async function setAgentEnabled(
  shell: PoolCallShell,
  call: PoolCall,
  agent: { readonly id: number; readonly name: string; readonly enabled: boolean },
): Promise<void> {
  const { id, name, enabled } = agent;
  await callPool(shell, call, async (pool) => {
    const written = await unlessAbsent(pool, id, async () =>
      readWrittenAgent(call.operation, await pool.api.updateAgent({ id, name, enabled }, pool.poolId, id)),
    );
    if (written === undefined) throw absentAgent(call, id);
    if (written.enabled !== undefined && written.enabled !== enabled) {
      throw new TransientError(`Azure DevOps ${call.connection.organization}: agent "${name}" did not take the change`);
    }
  });
}

async function deregisterAgent(
  shell: PoolCallShell,
  call: PoolCall,
  agentId: number,
): Promise<'deregistered' | 'absent'> {
  const { value } = await callPool(shell, call, (pool) =>
    unlessAbsent(pool, agentId, async () => {
      try {
        await pool.api.deleteAgent(pool.poolId, agentId);
        return 'deregistered' as const;
      } catch (error) {
        if (saysBusy(error)) throw new AgentBusyError(`agent ${agentId} runs a job`, { cause: error });
        throw error;
      }
    }),
  );
  return value ?? 'absent';
}

/** The status code of this refusal is not documented; its type and its text are known. */
function saysBusy(error: unknown): boolean {
  if (!(error instanceof ServiceAnswerError) || error.status >= 500) return false;
  return error.typeKey === 'TaskAgentJobStillRunningException' || /is running a job/i.test(error.message);
}

async function registerPlaceholder(
  shell: PoolCallShell,
  call: PoolCall,
  placeholder: Parameters<AzureDevOps['registerPlaceholder']>[1],
): ReturnType<AzureDevOps['registerPlaceholder']> {
  const { value } = await callPool(shell, call, async ({ api, poolId, client }) => {
    const renewedAt = client.serverNow();
    const record = {
      name: placeholder.name,
      // Higher than any version that a job can ask for, so that every `Agent.Version` demand holds.
      version: '99.999.9',
      osDescription: 'Poolkeeper placeholder',
      enabled: true,
      status: TaskAgentStatus.Offline,
      provisioningState: 'Provisioned',
      maxParallelism: 1,
      systemCapabilities: {
        ...placeholder.capabilities,
        [capabilities.renewed]: new Date(renewedAt).toISOString(),
      },
    };
    try {
      const { id } = readWrittenAgent(call.operation, await api.addAgent(record, poolId));
      return { kind: 'registered' as const, id, renewedAt };
    } catch (error) {
      if (saysNameTaken(error)) return { kind: 'name-taken' as const };
      throw error;
    }
  });
  return value;
}

function saysNameTaken(error: unknown): boolean {
  if (!(error instanceof ServiceAnswerError)) return false;
  return error.typeKey === 'TaskAgentExistsException' || (error.status === 409 && error.typeKey === '');
}

async function renewPlaceholder(
  shell: PoolCallShell,
  call: PoolCall,
  agentId: number,
): Promise<{ readonly renewedAt: number }> {
  const { value } = await callPool(shell, call, async (pool) => {
    // The user capabilities are replaced as a whole; a placeholder has none but this one.
    const renewedAt = pool.client.serverNow();
    const renewal = { [capabilities.renewed]: new Date(renewedAt).toISOString() };
    const written = await unlessAbsent(pool, agentId, async () =>
      readWrittenAgent(call.operation, await pool.api.updateAgentUserCapabilities(renewal, pool.poolId, agentId)),
    );
    if (written === undefined) throw absentAgent(call, agentId);
    return { renewedAt };
  });
  return value;
}

function readKey(connection: PoolConnection): string {
  const { url, pool, credential } = connection;
  return JSON.stringify([url.toLowerCase(), pool.toLowerCase(), credentialKey(credential)]);
}
