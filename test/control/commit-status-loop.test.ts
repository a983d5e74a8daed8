import { afterEach, describe, expect, it } from 'vitest';
import { CommitStatusLoop } from '../../src/control/commit-status-loop.ts';
import type { CommitStatus } from '../../src/ports/code-host.ts';
import { PermanentError, ThrottledError, TransientError } from '../../src/ports/errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { RecordedMetrics } from '../support/recorded-metrics.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { settle, turn } from '../support/turn.ts';

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

function status(description: string): CommitStatus {
  return { genre: 'poolkeeper', name: 'config', state: 'succeeded', description };
}

/** A code host that keeps what is posted, as the newest of its context. */
class MemoryCodeHost {
  readonly shown = new Map<string, CommitStatus>();
  readonly posts: string[] = [];
  readonly failures: Error[] = [];
  /** Runs while a post is under way. */
  during: (() => void) | undefined;

  async readStatuses(commit: string): Promise<readonly CommitStatus[]> {
    const failure = this.failures.shift();
    if (failure) throw failure;
    const shown = this.shown.get(commit);
    return shown ? [shown] : [];
  }

  async postStatus(commit: string, posted: CommitStatus): Promise<void> {
    this.during?.();
    this.posts.push(`${commit} ${posted.description}`);
    this.shown.set(commit, posted);
  }
}

function aLoop(codeHost = new MemoryCodeHost()) {
  const clock = new ManualClock();
  const metrics = new RecordedMetrics();
  const loop = new CommitStatusLoop({ codeHost, provider: 'azure-repos', clock, logger: silentLogger, metrics });
  const stop = new AbortController();
  stops.push(stop);
  void loop.run(stop.signal);
  return { loop, clock, codeHost, metrics };
}

describe('the commit status loop', () => {
  it('posts a verdict once, and nothing again after a restart', async () => {
    const { loop, codeHost } = aLoop();
    loop.want('c1', status('2 pools valid'));
    await settle();
    const restarted = aLoop(codeHost);
    restarted.loop.want('c1', status('2 pools valid'));
    await settle();

    expect(codeHost.posts).toEqual(['c1 2 pools valid']);
    expect(restarted.metrics.events).toEqual(['feedback status unchanged']);
  });

  it('posts a verdict that differs from the one shown', async () => {
    const { loop, codeHost } = aLoop();
    loop.want('c1', status('2 pools valid'));
    await settle();
    loop.want('c1', status('3 pools valid'));
    await settle();
    expect(codeHost.posts).toEqual(['c1 2 pools valid', 'c1 3 pools valid']);
  });

  it.each`
    error                             | beforeMs  | afterMs   | why
    ${new TransientError('500')}      | ${0}      | ${2000}   | ${'it may pass at once'}
    ${new ThrottledError(30_000)}     | ${29_000} | ${31_000} | ${'the host said how long'}
    ${new PermanentError('no scope')} | ${40_000} | ${61_000} | ${'a person must act, and then it is posted'}
  `('tries again after $error.message: $why', async ({ error, beforeMs, afterMs }) => {
    const { loop, clock, codeHost, metrics } = aLoop();
    codeHost.failures.push(error);
    loop.want('c1', status('ok'));
    await turn(clock, beforeMs);
    expect(codeHost.posts).toEqual([]);
    expect(metrics.events).toEqual(['feedback status failed']);
    await turn(clock, afterMs - beforeMs);
    expect(codeHost.posts).toEqual(['c1 ok']);
  });

  it('only the newest is posted, also one that comes while another is under way', async () => {
    const { loop, clock, codeHost } = aLoop();
    codeHost.failures.push(new TransientError('500'));
    loop.want('c1', status('ok'));
    await settle();
    loop.want('c2', status('ok'));
    codeHost.during = () => {
      codeHost.during = undefined;
      loop.want('c3', status('ok'));
    };
    await turn(clock, 5000);
    expect(codeHost.posts).toEqual(['c2 ok', 'c3 ok']);
  });
});
