import { z } from 'zod';

/** The service refused or failed a request of the agent. */
export class AgentRequestError extends Error {
  override name = 'AgentRequestError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface AgentMessage {
  readonly messageId: number;
  readonly messageType: string;
  readonly body: string;
}

/** What an agent asks of the service, as plain requests. */
export interface AgentProtocol {
  /** undefined when there is no such pool. */
  findPool(name: string, signal: AbortSignal): Promise<number | undefined>;
  /** undefined when the name is taken. */
  register(poolId: number, agent: NewRegistration, signal: AbortSignal): Promise<number | undefined>;
  unregister(poolId: number, agentId: number, signal: AbortSignal): Promise<void>;
  openSession(poolId: number, session: NewSession, signal: AbortSignal): Promise<string>;
  closeSession(poolId: number, sessionId: string, signal: AbortSignal): Promise<void>;
  /** undefined when the service held the poll without having anything. */
  nextMessage(place: MessagePlace, signal: AbortSignal): Promise<AgentMessage | undefined>;
  acknowledge(place: MessagePlace, signal: AbortSignal): Promise<void>;
  renewJob(poolId: number, job: JobLock, signal: AbortSignal): Promise<void>;
  finishJob(poolId: number, job: JobLock & JobEnd, signal: AbortSignal): Promise<void>;
}

export interface NewRegistration {
  readonly name: string;
  readonly version: string;
  readonly systemCapabilities: Readonly<Record<string, string>>;
}

export interface NewSession extends NewRegistration {
  readonly agentId: number;
}

/** `messageId` is the last one seen, or the one that is acknowledged. */
export interface MessagePlace {
  readonly poolId: number;
  readonly sessionId: string;
  readonly messageId: number;
}

export interface JobLock {
  readonly requestId: number;
  readonly lockToken: string;
}

export interface JobEnd {
  readonly result: 'succeeded' | 'canceled';
  /** The agent takes nothing more. */
  readonly leaves: boolean;
}

const idAnswer = z.looseObject({ id: z.number() });
const poolsAnswer = z.looseObject({ value: z.array(idAnswer) });
const sessionAnswer = z.looseObject({ sessionId: z.string() });
const messageAnswer = z.looseObject({ messageId: z.number(), messageType: z.string(), body: z.string() });

export function createAgentProtocol(connection: { readonly url: string; readonly token: string }): AgentProtocol {
  const send = createSender(connection);
  return {
    async findPool(name, signal) {
      const path = `/_apis/distributedtask/pools?poolName=${encodeURIComponent(name)}&poolType=automation`;
      return poolsAnswer.parse(await send('GET', path, { signal })).value[0]?.id;
    },
    async register(poolId, agent, signal) {
      const body = {
        ...agent,
        maxParallelism: 1,
        provisioningState: 'Provisioned',
        osDescription: 'Linux (simulated)',
      };
      try {
        return idAnswer.parse(await send('POST', `${pool(poolId)}/agents`, { signal, body })).id;
      } catch (error) {
        if (error instanceof AgentRequestError && error.status === 409) return undefined;
        throw error;
      }
    },
    unregister: async (poolId, agentId, signal) => {
      await send('DELETE', `${pool(poolId)}/agents/${agentId}`, { signal });
    },
    async openSession(poolId, session, signal) {
      const { agentId, name, version, systemCapabilities } = session;
      const body = { ownerName: name, agent: { id: agentId, name, version }, systemCapabilities };
      return sessionAnswer.parse(await send('POST', `${pool(poolId)}/sessions`, { signal, body })).sessionId;
    },
    closeSession: async (poolId, sessionId, signal) => {
      await send('DELETE', `${pool(poolId)}/sessions/${sessionId}`, { signal });
    },
    async nextMessage({ poolId, sessionId, messageId }, signal) {
      const path = `${pool(poolId)}/messages?sessionId=${sessionId}&lastMessageId=${messageId}`;
      const answer = await send('GET', path, { signal });
      return answer === undefined ? undefined : messageAnswer.parse(answer);
    },
    acknowledge: async ({ poolId, sessionId, messageId }, signal) => {
      await send('DELETE', `${pool(poolId)}/messages/${messageId}?sessionId=${sessionId}`, { signal });
    },
    renewJob: async (poolId, { requestId, lockToken }, signal) => {
      const path = `${pool(poolId)}/jobrequests/${requestId}?lockToken=${lockToken}`;
      await send('PATCH', path, { signal, body: { requestId } });
    },
    finishJob: async (poolId, { requestId, lockToken, result, leaves }, signal) => {
      const path = `${pool(poolId)}/jobrequests/${requestId}?lockToken=${lockToken}&agentShuttingDown=${leaves}`;
      await send('PATCH', path, { signal, body: { requestId, result } });
    },
  };
}

function pool(id: number): string {
  return `/_apis/distributedtask/pools/${id}`;
}

interface Sending {
  readonly signal: AbortSignal;
  readonly body?: object;
}

function createSender(connection: { readonly url: string; readonly token: string }) {
  const authorization = `Basic ${Buffer.from(`:${connection.token}`).toString('base64')}`;
  return async (method: string, path: string, { signal, body }: Sending): Promise<unknown> => {
    const response = await fetch(`${connection.url}${path}`, {
      method,
      signal,
      redirect: 'manual',
      headers: {
        authorization,
        accept: 'application/json;api-version=7.0',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 300 || response.status === 203) {
      throw new AgentRequestError(response.status, `${method} ${path.split('?')[0]}: HTTP ${response.status}`);
    }
    return text === '' ? undefined : JSON.parse(text);
  };
}
