import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubernetesRequest } from '../../../src/adapters/kubernetes/api-caller.ts';
import { ConflictError, PermanentError, ThrottledError, TransientError } from '../../../src/ports/errors.ts';
import { aPod } from '../../contracts/cluster-objects.ts';
import { type SimulatedClusterWorld, startSimulatedCluster } from './simulated-cluster.ts';

describe('a call that fails', () => {
  let world: SimulatedClusterWorld;
  const requests: KubernetesRequest[] = [];
  const { signal } = new AbortController();

  beforeEach(async () => {
    requests.length = 0;
    world = await startSimulatedCluster({
      adapter: { timings: { requestTimeoutMs: 200 }, onRequest: (request) => requests.push(request) },
    });
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const failure = (): Promise<Error> =>
    world.cluster.createPod(aPod('default', 0), signal).then(
      () => new Error('it succeeded'),
      (error: Error) => error,
    );
  const rbac =
    'pods is forbidden: User "x" cannot create resource "pods" in API group "" in the namespace "poolkeeper"';

  it.each`
    status | reason                  | message                                       | expected          | says                                    | why
    ${401} | ${'Unauthorized'}       | ${'Unauthorized'}                             | ${PermanentError} | ${/credential was refused/}             | ${'a person must give a valid credential'}
    ${403} | ${'Forbidden'}          | ${rbac}                                       | ${PermanentError} | ${/cannot create .*"pods".*role\.yaml/} | ${'the Role lacks something'}
    ${403} | ${'Forbidden'}          | ${'exceeded quota: q, requested: pods=1'}     | ${TransientError} | ${/exceeded quota.*ResourceQuota/}      | ${'pods that end make room again'}
    ${403} | ${'Forbidden'}          | ${'violates PodSecurity "restricted:latest"'} | ${PermanentError} | ${/PodSecurity.*admission rule/}        | ${'an admission rule refuses it'}
    ${404} | ${'NotFound'}           | ${'namespaces "poolkeeper" not found'}        | ${PermanentError} | ${/no namespace poolkeeper/}            | ${'the namespace is missing'}
    ${409} | ${'Conflict'}           | ${'the object has been modified'}             | ${ConflictError}  | ${/has been modified/}                  | ${'observe again'}
    ${422} | ${'Invalid'}            | ${'spec.containers[0].image: Required value'} | ${PermanentError} | ${/image: Required value/}              | ${'the definition leads to a bad pod'}
    ${400} | ${'BadRequest'}         | ${'cannot restore quantity'}                  | ${PermanentError} | ${/cannot restore quantity/}            | ${'the definition leads to a bad pod'}
    ${500} | ${'InternalError'}      | ${'etcdserver: leader changed'}               | ${TransientError} | ${/leader changed/}                     | ${'the server recovers by itself'}
    ${503} | ${'ServiceUnavailable'} | ${'apiserver is shutting down'}               | ${TransientError} | ${/shutting down/}                      | ${'the server recovers by itself'}
    ${504} | ${'Timeout'}            | ${'request did not complete'}                 | ${TransientError} | ${/did not complete/}                   | ${'the server recovers by itself'}
  `('$status $reason: $why', async ({ status, reason, message, expected, says }) => {
    world.simulated.failNext({ verb: 'create' }, { kind: 'status', status, reason, message });

    const error = await failure();

    expect(error).toBeInstanceOf(expected);
    expect(error.message).toMatch(says);
    expect(error.message).toMatch(/pod linux-agent-0|namespace poolkeeper/);
  });

  it('429: waits as long as the server says', async () => {
    world.simulated.failNext(
      { verb: 'create' },
      { kind: 'status', status: 429, reason: 'TooManyRequests', headers: { 'retry-after': '7' } },
    );

    const error = await failure();

    expect(error).toBeInstanceOf(ThrottledError);
    expect(error).toMatchObject({ retryAfterMs: 7000 });
    expect(requests.at(-1)).toEqual({ operation: 'create-pods', result: 'throttled' });
  });

  it('no answer: gives up after the time-out', async () => {
    world.simulated.failNext({ verb: 'create' }, { kind: 'hang' });

    const error = await failure();

    expect(error).toBeInstanceOf(TransientError);
    expect(error.message).toMatch(/no answer within 0.2 s/);
    expect(requests.at(-1)).toEqual({ operation: 'create-pods', result: 'failed' });
  });

  it('a broken connection: tries again in the next pass', async () => {
    world.simulated.failNext({ verb: 'create' }, { kind: 'drop' });

    expect(await failure()).toBeInstanceOf(TransientError);
    expect(await world.cluster.createPod(aPod('default', 0), signal)).toBe('created');
  });

  it('a lost answer: the pod is there, and the next attempt finds it done', async () => {
    world.simulated.failNext({ verb: 'create' }, { kind: 'lose-answer' });

    expect(await failure()).toBeInstanceOf(TransientError);
    expect(await world.cluster.createPod(aPod('default', 0), signal)).toBe('exists');
    expect(world.simulated.pods()).toHaveLength(1);
  });

  it('ends at once when the signal aborts', async () => {
    const stop = new AbortController();
    world.simulated.failNext({ verb: 'create' }, { kind: 'hang' });
    const call = world.cluster.createPod(aPod('default', 0), stop.signal);
    await world.simulated.waitFor('the request', () =>
      world.simulated.requests().some(({ verb }) => verb === 'create'),
    );

    stop.abort(new Error('stopping'));

    await expect(call).rejects.toThrow('stopping');
  });

  it('never tells a credential or a Secret', async () => {
    world.simulated.addSecret('pat', { token: 'sup3r-secret' });
    const { token = '' } = world.simulated.kubeConfig().getCurrentUser() ?? {};
    for (const status of [401, 403, 500]) {
      world.simulated.failNext({ resource: 'secrets' }, { kind: 'status', status });

      const error: unknown = await world.cluster.readSecret('pat', signal).catch((caught: unknown) => caught);

      const shown = inspect(error, { depth: 10 });
      expect(error).toBeInstanceOf(Error);
      expect(shown).not.toContain(token);
      expect(shown).not.toContain('simulated-');
      expect(shown).not.toContain('sup3r-secret');
    }
  });
});
