import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { operation, type RouteContext, requireAgent, requirePool } from './route-context.ts';
import type { AgentMessage, AgentState, SessionState } from './state.ts';
import { parseInput, queryNumber, ServiceRefusal } from './wire.ts';
import type { World } from './world.ts';

/**
 * How agents get their work. Message bodies are plain JSON here; the service encrypts them with a key that it gives with
 * the session, which says `encrypted: false` instead.
 */

const poolParams = z.object({ poolId: z.coerce.number() });
const sessionParams = z.object({ poolId: z.coerce.number(), sessionId: z.string() });
const messageParams = z.object({ poolId: z.coerce.number(), messageId: z.coerce.number() });
const messageQuery = z.object({ sessionId: z.string(), lastMessageId: queryNumber });
const sessionBody = z.looseObject({
  ownerName: z.string(),
  agent: z.looseObject({ id: z.number(), version: z.string().optional(), osDescription: z.string().optional() }),
  systemCapabilities: z.record(z.string(), z.string()).optional(),
});

export function addSessionRoutes(app: FastifyInstance, context: RouteContext): void {
  const { world } = context;
  const pool = '/_apis/distributedtask/pools/:poolId';

  app.post(`${pool}/sessions`, operation('createSession'), (request) => {
    const { poolId } = parseInput(poolParams, request.params);
    const body = parseInput(sessionBody, request.body);
    const agent = requireAgent(world, poolId, body.agent.id);
    refuseSecondSession(agent);
    agent.version = body.agent.version ?? agent.version;
    agent.systemCapabilities = body.systemCapabilities ?? agent.systemCapabilities;
    const session = world.openSession(agent, { ownerName: body.ownerName, pinned: false });
    return {
      sessionId: session.id,
      ownerName: session.ownerName,
      agent: { id: agent.id, name: agent.name, version: agent.version },
      encryptionKey: { encrypted: false, value: '' },
    };
  });

  app.delete(`${pool}/sessions/:sessionId`, operation('deleteSession'), (request, reply) => {
    const { poolId, sessionId } = parseInput(sessionParams, request.params);
    world.closeSession(requireSession(world, poolId, sessionId).agent);
    return reply.code(204).send();
  });

  app.get(`${pool}/messages`, operation('getMessage'), async (request, reply) => {
    const { poolId } = parseInput(poolParams, request.params);
    const { sessionId, lastMessageId = 0 } = parseInput(messageQuery, request.query);
    const { session } = requireSession(world, poolId, sessionId);
    session.lastSeenAt = world.now();
    const message = await nextMessage(session, lastMessageId, hold(reply, context.speeds.pollHoldMs));
    session.lastSeenAt = world.now();
    return message ?? reply.code(202).send();
  });

  app.delete(`${pool}/messages/:messageId`, operation('deleteMessage'), (request, reply) => {
    const { poolId, messageId } = parseInput(messageParams, request.params);
    const { session } = requireSession(world, poolId, parseInput(messageQuery, request.query).sessionId);
    const index = session.messages.findIndex((message) => message.messageId === messageId);
    if (index >= 0) session.messages.splice(index, 1);
    return reply.code(204).send();
  });
}

function refuseSecondSession(agent: AgentState): void {
  if (agent.session === undefined) return;
  const message = `The task agent ${agent.name} already has an active session for owner ${agent.session.ownerName}.`;
  throw new ServiceRefusal(409, 'TaskAgentSessionConflictException', message);
}

function requireSession(world: World, poolId: number, sessionId: string) {
  requirePool(world, poolId);
  for (const agent of world.agentsOf(poolId)) {
    if (agent.session?.id === sessionId) return { agent, session: agent.session };
  }
  throw new ServiceRefusal(404, 'TaskAgentSessionExpiredException', `The session ${sessionId} was not found.`);
}

/** Ends when the time is up or the client is gone. */
function hold(reply: FastifyReply, holdMs: number): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, AbortSignal.timeout(holdMs)]);
}

async function nextMessage(
  session: SessionState,
  after: number,
  signal: AbortSignal,
): Promise<AgentMessage | undefined> {
  const find = () => session.messages.find((message) => message.messageId > after);
  const waiting = find();
  if (waiting !== undefined || signal.aborted) return waiting;
  await new Promise<void>((resolve) => {
    session.wake = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  session.wake = undefined;
  return find();
}
