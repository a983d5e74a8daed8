import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { AgentSpeeds, SimulatedAgentOptions } from './agent-options.ts';
import { type AgentMessage, type AgentProtocol, AgentRequestError } from './agent-protocol.ts';

const jobMessage = z.looseObject({ requestId: z.number(), lockToken: z.string(), durationMs: z.number() });

type Job = z.output<typeof jobMessage>;

export interface ListenerContext {
  readonly options: SimulatedAgentOptions;
  readonly speeds: AgentSpeeds;
  readonly protocol: AgentProtocol;
  readonly poolId: number;
  readonly sessionId: string;
  readonly killed: AbortSignal;
}

/** The loop that waits for messages, with at most one job beside it. */
export class Listener {
  readonly #context: ListenerContext;
  /** Ends the loop. */
  readonly #leave = new AbortController();
  #job: { readonly cancel: AbortController; readonly done: Promise<void> } | undefined;
  #lastMessageId = 0;

  constructor(context: ListenerContext) {
    this.#context = context;
  }

  /** Until the agent has a reason to leave. Throws when the service does not know it any more. */
  async run(): Promise<void> {
    const { options, killed } = this.#context;
    const onTerm = () => void this.#leaveWhenQuiet();
    if (options.signal.aborted) onTerm();
    options.signal.addEventListener('abort', onTerm, { once: true });
    const listening = AbortSignal.any([this.#leave.signal, killed]);
    try {
      while (!listening.aborted) await this.#listen(listening);
    } finally {
      this.#leave.abort();
      options.signal.removeEventListener('abort', onTerm);
    }
  }

  async #leaveWhenQuiet(): Promise<void> {
    const { options, speeds } = this.#context;
    if (options.signal.reason === 'cancel-job') this.#job?.cancel.abort();
    do {
      await this.#job?.done;
      if (await this.#isOver(speeds.quietMs)) return;
    } while (this.#job !== undefined);
    this.#leave.abort();
  }

  async #isOver(afterMs: number): Promise<boolean> {
    const over = AbortSignal.any([this.#leave.signal, this.#context.killed]);
    await wait(afterMs, undefined, { signal: over }).catch(() => undefined);
    return over.aborted;
  }

  async #listen(listening: AbortSignal): Promise<void> {
    const { protocol, poolId, sessionId, speeds, killed } = this.#context;
    try {
      const place = { poolId, sessionId, messageId: this.#lastMessageId };
      const message = await protocol.nextMessage(place, listening);
      if (message === undefined) return;
      this.#lastMessageId = message.messageId;
      await protocol.acknowledge({ ...place, messageId: message.messageId }, killed);
      this.#handle(message);
    } catch (error) {
      if (listening.aborted) return;
      if (isGone(error)) throw error;
      await wait(speeds.retryMs, undefined, { signal: listening }).catch(() => undefined);
    }
  }

  #handle(message: AgentMessage): void {
    if (message.messageType === 'JobCancellation') this.#job?.cancel.abort();
    if (message.messageType !== 'PipelineAgentJobRequest' || this.#job !== undefined) return;
    const job = jobMessage.parse(JSON.parse(message.body));
    const cancel = new AbortController();
    this.#job = { cancel, done: this.#work(job, cancel.signal) };
  }

  async #work(job: Job, cancel: AbortSignal): Promise<void> {
    const { options, killed } = this.#context;
    options.onJob?.({ kind: 'started', requestId: job.requestId });
    await this.#carryOut(job, cancel).catch(() => undefined);
    this.#job = undefined;
    if (killed.aborted) return;
    options.onJob?.({ kind: 'finished', requestId: job.requestId });
    if (options.once && options.fault !== 'hangs-after-job') this.#leave.abort();
  }

  /** Fails when the lock is lost: then the service has decided what became of the job. */
  async #carryOut(job: Job, cancel: AbortSignal): Promise<void> {
    const { options, speeds, protocol, poolId, killed } = this.#context;
    const ended = AbortSignal.any([cancel, killed]);
    const endsAt = performance.now() + job.durationMs * speeds.jobFactor;
    await this.#insist(() => protocol.renewJob(poolId, job, killed));
    while (!ended.aborted && performance.now() < endsAt) {
      const pauseMs = Math.min(endsAt - performance.now(), speeds.renewMs);
      await wait(pauseMs, undefined, { signal: ended }).catch(() => undefined);
      if (!ended.aborted) await this.#insist(() => protocol.renewJob(poolId, job, killed));
    }
    killed.throwIfAborted();
    const result = cancel.aborted ? 'canceled' : 'succeeded';
    await this.#insist(() => protocol.finishJob(poolId, { ...job, result, leaves: options.once }, killed));
  }

  /** What keeps a job alive is tried until the service takes it or says that the job is gone. */
  async #insist(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (isGone(error)) throw error;
        await wait(this.#context.speeds.retryMs, undefined, { signal: this.#context.killed });
      }
    }
  }
}

/** Neither the agent nor its session nor its job comes back. */
function isGone(error: unknown): boolean {
  return error instanceof AgentRequestError && error.status === 404;
}
