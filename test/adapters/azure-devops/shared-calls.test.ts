import { describe, expect, it } from 'vitest';
import { createSharedCalls, orAborted } from '../../../src/adapters/azure-devops/shared-calls.ts';

const { signal } = new AbortController();

/** A call whose end the test decides. */
function aCall() {
  const starts: AbortSignal[] = [];
  const ends: PromiseWithResolvers<string>[] = [];
  return {
    starts,
    ends,
    start: (shared: AbortSignal) => {
      const end = Promise.withResolvers<string>();
      starts.push(shared);
      ends.push(end);
      return end.promise;
    },
  };
}

describe('createSharedCalls', () => {
  it('starts one call for all who ask meanwhile, and another one afterwards', async () => {
    const calls = createSharedCalls<string>();
    const { starts, ends, start } = aCall();
    const both = Promise.all([calls.run('a', signal, start), calls.run('a', signal, start)]);
    ends[0]?.resolve('first');
    expect(await both).toEqual(['first', 'first']);
    const third = calls.run('a', signal, start);
    ends[1]?.resolve('second');

    expect(await third).toBe('second');
    expect(starts).toHaveLength(2);
  });

  it('shares nothing between keys', async () => {
    const calls = createSharedCalls<string>();
    const { starts, ends, start } = aCall();
    const both = Promise.all([calls.run('a', signal, start), calls.run('b', signal, start)]);
    ends[0]?.resolve('a');
    ends[1]?.resolve('b');

    expect(await both).toEqual(['a', 'b']);
    expect(starts).toHaveLength(2);
  });

  it('shares a failure too, and tries again for the next', async () => {
    const calls = createSharedCalls<string>();
    const { ends, start } = aCall();
    const both = Promise.allSettled([calls.run('a', signal, start), calls.run('a', signal, start)]);
    ends[0]?.reject(new Error('broken'));
    expect(await both).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
    const next = calls.run('a', signal, start);
    ends[1]?.resolve('whole');

    expect(await next).toBe('whole');
  });

  it('goes on while anybody waits, and ends when nobody does', async () => {
    const calls = createSharedCalls<string>();
    const { starts, start } = aCall();
    const first = new AbortController();
    const second = new AbortController();
    const waiting = [calls.run('a', first.signal, start), calls.run('a', second.signal, start)];
    first.abort(new Error('first left'));
    await expect(waiting[0]).rejects.toThrow('first left');
    const inBetween = starts[0]?.aborted;
    second.abort(new Error('second left'));
    await expect(waiting[1]).rejects.toThrow('second left');

    expect(inBetween).toBe(false);
    expect(starts[0]?.aborted).toBe(true);
  });

  it('does not lend a call that nobody waits for any more', async () => {
    const calls = createSharedCalls<string>();
    const { starts, ends, start } = aCall();
    const stop = new AbortController();
    const abandoned = calls.run('a', stop.signal, start);
    stop.abort(new Error('left'));
    await expect(abandoned).rejects.toThrow('left');
    const next = calls.run('a', signal, start);
    ends[1]?.resolve('new');

    expect(await next).toBe('new');
    expect(starts).toHaveLength(2);
  });

  it('starts nothing for one who has left already', async () => {
    const { starts, start } = aCall();

    await expect(createSharedCalls<string>().run('a', AbortSignal.abort(), start)).rejects.toThrow();
    expect(starts).toEqual([]);
  });
});

describe('orAborted', () => {
  it('does not wait for a promise that never settles', async () => {
    const stop = new AbortController();
    const waiting = orAborted(new Promise<never>(() => undefined), stop.signal);
    stop.abort(new Error('enough'));

    await expect(waiting).rejects.toThrow('enough');
  });

  it('lets a late failure pass in silence', async () => {
    const late = Promise.withResolvers<never>();
    await expect(orAborted(late.promise, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    late.reject(new Error('late'));
    await expect(late.promise).rejects.toThrow('late');
  });
});
