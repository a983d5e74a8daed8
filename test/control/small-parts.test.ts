import { describe, expect, it } from 'vitest';
import { AsyncWake } from '../../src/control/async-wake.ts';
import { readToken, resolveSecretKey } from '../../src/control/credentials.ts';
import type { DefinitionState } from '../../src/control/definition-loop.ts';
import { Heartbeats } from '../../src/control/heartbeats.ts';
import { unreadyBecause } from '../../src/control/readiness.ts';
import { untilDone } from '../../src/control/until-done.ts';
import { PermanentError } from '../../src/ports/errors.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { MemoryCluster } from '../support/memory-cluster.ts';
import { silentLogger } from '../support/silent-logger.ts';
import { settle, turn } from '../support/turn.ts';

const signal = new AbortController().signal;

describe('a sleep that can be cut short', () => {
  async function wakesAfter(act: (wake: AsyncWake, clock: ManualClock) => Promise<void> | void): Promise<number> {
    const clock = new ManualClock();
    const wake = new AsyncWake(clock);
    const start = clock.now();
    let woke = Number.NaN;
    const sleep = async (): Promise<void> => {
      await wake.sleep({ atLeastMs: 1000, atMostMs: 10_000 }, signal);
      woke = clock.now() - start;
    };
    void sleep();
    await act(wake, clock);
    await turn(clock, 20_000 - (clock.now() - start), 500);
    return woke;
  }

  it.each`
    act                                                                                   | ms        | why
    ${() => undefined}                                                                    | ${10_000} | ${'nobody woke it'}
    ${(wake: AsyncWake) => wake.wake()}                                                   | ${1000}   | ${'the shortest sleep holds whatever happens'}
    ${(wake: AsyncWake, clock: ManualClock) => turn(clock, 3000).then(() => wake.wake())} | ${3000}   | ${'woken later'}
  `('ends after $ms ms: $why', async ({ act, ms }) => {
    expect(await wakesAfter(act)).toBe(ms);
  });

  it('keeps a wake-up that comes while nobody sleeps, until it is taken', async () => {
    const wake = new AsyncWake(new ManualClock());
    wake.wake();
    await wake.sleep({ atLeastMs: 0, atMostMs: 10_000 }, signal);
    expect([wake.take(), wake.take()]).toEqual([true, false]);
  });
});

describe('trying until it is done', () => {
  it('tells each new failure, waits between, and gives the result', async () => {
    const clock = new ManualClock();
    const told: (string | undefined)[] = [];
    let tries = 0;
    const work = async (): Promise<string> => {
      tries += 1;
      if (tries < 4) throw new PermanentError(`try ${tries}`);
      return 'done';
    };
    const ended = untilDone({ clock, logger: silentLogger, failed: (message) => told.push(message) }, work, signal);
    await settle();
    expect(tries).toBe(1);
    await turn(clock, 60_000);
    expect(await ended).toBe('done');
    expect(told).toEqual(['try 1', 'try 2', 'try 3', undefined]);
  });

  it('ends without a result when it is asked to stop', async () => {
    const stop = new AbortController();
    const clock = new ManualClock();
    const ended = untilDone(
      { clock, logger: silentLogger, failed: () => undefined },
      () => Promise.reject(new Error('x')),
      stop.signal,
    );
    await settle();
    stop.abort();
    expect(await ended).toBeUndefined();
  });
});

describe('readiness', () => {
  const inForce: DefinitionState = { inForce: { revision: 'r', pools: [] }, judged: undefined, failure: undefined };
  const ready = { startingProblem: undefined, missingPermissions: [], cacheAgeMs: 0, definitions: inForce };
  const away = { kind: 'failed', cause: 'transient', message: 'repository away' } as const;

  it.each`
    facts                                                                        | says                                                | why
    ${{}}                                                                        | ${[]}                                               | ${'all is well'}
    ${{ startingProblem: 'no cluster' }}                                         | ${['no cluster']}                                   | ${'nothing else is known yet'}
    ${{ missingPermissions: ['create pods'] }}                                   | ${[expect.stringContaining('create pods')]}         | ${'it could not do its work'}
    ${{ cacheAgeMs: 151_000 }}                                                   | ${[expect.stringContaining('pods and claims')]}     | ${'an old cache proves nothing'}
    ${{ cacheAgeMs: Number.POSITIVE_INFINITY }}                                  | ${[expect.stringContaining('pods and claims')]}     | ${'it was never read'}
    ${{ definitions: { inForce: undefined, judged: undefined, failure: away } }} | ${['no revision is in force yet: repository away']} | ${'nothing was ever loaded'}
    ${{ definitions: { ...inForce, failure: away } }}                            | ${[]}                                               | ${'the stored set is in force'}
  `('$facts: $why', ({ facts, says }) => {
    expect(unreadyBecause({ ...ready, ...facts })).toEqual(says);
  });
});

describe('heartbeats', () => {
  it('a loop is overdue once it is late by the margin, until it is heard of or has ended', () => {
    const clock = new ManualClock();
    const beats = new Heartbeats(() => clock.monotonic());
    beats.expect('pool a', 60_000);
    beats.expect('pool b', 600_000);
    clock.advance(360_000);
    expect(beats.overdue()).toEqual([]);
    clock.advance(1);
    expect(beats.overdue()).toEqual(['pool a']);
    beats.expect('pool a', 1000);
    expect(beats.overdue()).toEqual([]);
    clock.advance(3_600_000);
    beats.forget('pool a');
    expect(beats.overdue()).toEqual(['pool b']);
  });
});

describe('credentials', () => {
  it.each`
    secret                            | secretKey      | token  | key            | why
    ${{ token: 'a\n', pat: 'b' }}     | ${undefined}   | ${'a'} | ${'token'}     | ${'token comes before pat, without its newline'}
    ${{ pat: 'b' }}                   | ${undefined}   | ${'b'} | ${'pat'}       | ${'then pat'}
    ${{ token: 'a', AZP_TOKEN: 'c' }} | ${'AZP_TOKEN'} | ${'c'} | ${'AZP_TOKEN'} | ${'the key that is named'}
  `('$why', async ({ secret, secretKey, token, key }) => {
    const cluster = new MemoryCluster(() => 0, 'default');
    cluster.secrets.set('given', secret);
    const reference = { secretName: 'given', ...(secretKey && { secretKey }) };
    expect(await readToken(cluster, reference, signal)).toBe(token);
    expect(await resolveSecretKey(cluster, reference, signal)).toBe(key);
  });

  it.each`
    secret                 | secretKey    | says                                                      | why
    ${undefined}           | ${undefined} | ${/Secret given does not exist .* correct patSecretName/} | ${'no Secret'}
    ${{ other: 'hidden' }} | ${undefined} | ${/no key "token" or "pat"/}                              | ${'no key that is looked for'}
    ${{ token: 'hidden' }} | ${'pat'}     | ${/no key "pat"/}                                         | ${'a named key has no stand-in'}
    ${{ token: ' \n' }}    | ${undefined} | ${/key "token" of Secret given is empty/}                 | ${'blank'}
  `('$why: a person is told what to do, and no value', async ({ secret, secretKey, says }) => {
    const cluster = new MemoryCluster(() => 0, 'default');
    if (secret) cluster.secrets.set('given', secret);
    const reading = readToken(cluster, { secretName: 'given', ...(secretKey && { secretKey }) }, signal);
    await expect(reading).rejects.toThrow(PermanentError);
    await expect(reading).rejects.toThrow(says);
    await expect(reading).rejects.not.toThrow(/hidden/);
  });

  it('S43: a rotated token is the next one read', async () => {
    const cluster = new MemoryCluster(() => 0, 'default');
    const before = await readToken(cluster, { secretName: 'azdo-pat' }, signal);
    cluster.secrets.set('azdo-pat', { token: 'rotated' });
    expect([before, await readToken(cluster, { secretName: 'azdo-pat' }, signal)]).toEqual(['secret-token', 'rotated']);
  });
});
