import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { type AdapterFixture, everythingIn, token, useAdapterFixture } from './adapter-fixture.ts';

const { signal } = new AbortController();
const fixture = useAdapterFixture();
let service: AdapterFixture['service'];
let connection: AdapterFixture['connection'];
let adapter: AdapterFixture['adapter'];

beforeEach(() => {
  ({ service, connection, adapter } = fixture());
});

const portErrors = ['AgentBusyError', 'ConflictError', 'PermanentError', 'ThrottledError', 'TransientError'];

const row = fc.record(
  {
    id: fc.oneof(fc.integer(), fc.jsonValue()),
    requestId: fc.oneof(fc.integer(), fc.jsonValue()),
    name: fc.oneof(fc.string(), fc.jsonValue()),
    status: fc.oneof(fc.constantFrom('online', 'offline'), fc.jsonValue()),
    enabled: fc.oneof(fc.boolean(), fc.jsonValue()),
    createdOn: fc.oneof(fc.constant('2026-01-01T00:00:00Z'), fc.jsonValue()),
    queueTime: fc.oneof(fc.constant('2026-01-01T00:00:00Z'), fc.jsonValue()),
    assignedRequest: fc.jsonValue(),
    matchedAgents: fc.jsonValue(),
    demands: fc.jsonValue(),
    result: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  fc.jsonValue(),
  fc.record({ count: fc.jsonValue(), value: fc.oneof(fc.array(row), fc.jsonValue()) }),
  row,
);
const status = fc.constantFrom(200, 200, 200, 201, 203, 302, 400, 401, 403, 404, 409, 429, 500, 503);

it('whatever is answered, the caller gets what the port promises: a value of its shape or one of its errors', async () => {
  let now = 0;
  // So much time passes between two calls that no wait is still running.
  const patient = adapter({ monotonic: () => (now += 4_000_000) });
  await patient.listAgents(connection, signal);
  const calls = [
    { operation: 'listAgents', run: async () => Array.isArray((await patient.listAgents(connection, signal)).value) },
    {
      operation: 'listJobRequests',
      run: async () => Array.isArray((await patient.listJobRequests(connection, signal)).value),
    },
    {
      operation: 'getAgent',
      run: async () => typeof ((await patient.readCapabilities(connection, 7, signal)) ?? {}) === 'object',
    },
    {
      operation: 'deleteAgent',
      run: async () => /^(deregistered|absent)$/.test(await patient.deregisterAgent(connection, 7, signal)),
    },
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...calls), status, body, async ({ operation, run }, code, answer) => {
      const repair = service.failWhile({ operation, status: code, body: JSON.stringify(answer) });
      const outcome = await run().catch((thrown: unknown) => thrown);
      repair();

      if (outcome === true) return;
      expect(portErrors).toContain(outcome instanceof Error ? outcome.name : typeof outcome);
      expect(everythingIn(outcome)).not.toContain(token);
    }),
    { numRuns: 300 },
  );
});
