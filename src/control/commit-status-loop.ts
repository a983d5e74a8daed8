import type { ReadFailure } from '../pool/observation.ts';
import type { Clock } from '../ports/clock.ts';
import type { CodeHost, CommitStatus } from '../ports/code-host.ts';
import type { Logger } from '../ports/logger.ts';
import type { Metrics } from '../ports/metrics.ts';
import { AsyncWake } from './async-wake.ts';
import { nextDelay } from './next-delay.ts';
import { readFailure } from './read-failure.ts';

export interface CommitStatusPorts {
  readonly codeHost: CodeHost;
  /** For metrics, for example `azure-repos`. */
  readonly provider: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface WantedStatus {
  readonly commit: string;
  readonly status: CommitStatus;
}

const hourMs = 3_600_000;

/**
 * Posts the newest verdict, apart from everything else, until the host has it. What the host shows already is not
 * posted again, also after a restart.
 */
export class CommitStatusLoop {
  #wanted: WantedStatus | undefined;
  readonly #ports: CommitStatusPorts;
  readonly #wake: AsyncWake;

  constructor(ports: CommitStatusPorts) {
    this.#ports = ports;
    this.#wake = new AsyncWake(ports.clock);
  }

  /** A newer commit replaces one that was not posted yet: nobody waits for the verdict on an overtaken head. */
  want(commit: string, status: CommitStatus): void {
    this.#wanted = { commit, status };
    this.#wake.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      this.#wake.take();
      const wanted = this.#wanted;
      if (wanted === undefined) {
        await this.#wake.sleep({ atLeastMs: 0, atMostMs: hourMs }, signal);
        continue;
      }
      const failure = await this.#post(wanted, signal);
      failures = failure === undefined ? 0 : failures + 1;
      if (failure === undefined && this.#wanted === wanted) this.#wanted = undefined;
      if (failure === undefined) continue;
      const random = this.#ports.clock.random();
      const delay = nextDelay({ kind: 'failed', failure }, { pollIntervalMs: 0, failures, random });
      await this.#wake.sleep({ atLeastMs: delay, atMostMs: delay }, signal);
    }
  }

  async #post({ commit, status }: WantedStatus, signal: AbortSignal): Promise<ReadFailure | undefined> {
    const { codeHost, provider, metrics, logger } = this.#ports;
    try {
      const shown = await codeHost.readStatuses(commit, signal);
      const same = shown.some((other) => isSameStatus(other, status));
      if (!same) await codeHost.postStatus(commit, status, signal);
      metrics.feedbackPosted({ provider, kind: 'status', result: same ? 'unchanged' : 'posted' });
      logger.info({ commit, state: status.state, description: status.description, posted: !same }, 'commit status');
      return undefined;
    } catch (error) {
      const failure = readFailure(error);
      if (signal.aborted) return failure;
      metrics.feedbackPosted({ provider, kind: 'status', result: 'failed' });
      logger.warn({ commit, error: failure.message }, 'commit status not posted');
      return failure;
    }
  }
}

function isSameStatus(a: CommitStatus, b: CommitStatus): boolean {
  return a.genre === b.genre && a.name === b.name && a.state === b.state && a.description === b.description;
}
