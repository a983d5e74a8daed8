import { setTimeout as wait } from 'node:timers/promises';
import { agentCapabilities, agentVersion } from './agent-capabilities.ts';
import { realAgentSpeeds, type SimulatedAgentOptions } from './agent-options.ts';
import { AgentRequestError, createAgentProtocol } from './agent-protocol.ts';
import { Listener } from './listener.ts';

/** As the agent image does: 0 left in order, 1 ended by the service or a failure, 17 its name was taken, 137 killed. */
export interface AgentExit {
  readonly exitCode: number;
}

const exitCodes = { left: 0, failed: 1, nameTaken: 17, killed: 137 } as const;

/** An agent without a container: registers, takes its jobs over HTTP, "runs" them by waiting, and leaves. */
export async function runSimulatedAgent(options: SimulatedAgentOptions): Promise<AgentExit> {
  const killed = options.kill ?? new AbortController().signal;
  try {
    return { exitCode: await live(options, killed) };
  } catch (error) {
    if (killed.aborted) return { exitCode: exitCodes.killed };
    if (options.signal.aborted) return { exitCode: exitCodes.left };
    if (error instanceof AgentRequestError) return { exitCode: exitCodes.failed };
    throw error;
  }
}

async function live(options: SimulatedAgentOptions, killed: AbortSignal): Promise<number> {
  const speeds = { ...realAgentSpeeds, ...options.speeds };
  const stopped = AbortSignal.any([options.signal, killed]);
  const protocol = createAgentProtocol(options);
  await wait(speeds.startMs, undefined, { signal: stopped });
  if (options.fault === 'never-online') await untilAborted(stopped);
  const poolId = await protocol.findPool(options.pool, stopped);
  if (poolId === undefined) return exitCodes.failed;
  const systemCapabilities = agentCapabilities(options.name, options.environment);
  const registration = { name: options.name, version: agentVersion, systemCapabilities };
  const agentId = await protocol.register(poolId, registration, killed);
  if (agentId === undefined) return exitCodes.nameTaken;
  const sessionId = await protocol.openSession(poolId, { ...registration, agentId }, killed);
  await new Listener({ options, speeds, protocol, poolId, sessionId, killed }).run();
  killed.throwIfAborted();
  await protocol.closeSession(poolId, sessionId, killed);
  await protocol.unregister(poolId, agentId, killed);
  return exitCodes.left;
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
