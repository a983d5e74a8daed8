import { afterEach, describe, expect, it } from 'vitest';
import { describePlaceholders } from './azure-devops-placeholders.contract.ts';
import { type AzureDevOpsWorld, unknownAgent } from './azure-devops-world.ts';

/** Every promise in the doc comments of the port `AzureDevOps`. */
export function describeAzureDevOps(suite: { readonly name: string; create(): Promise<AzureDevOpsWorld> }): void {
  describe(`${suite.name} keeps the promises of AzureDevOps`, () => {
    const worlds: AzureDevOpsWorld[] = [];
    const { signal } = new AbortController();

    async function create(): Promise<AzureDevOpsWorld> {
      const world = await suite.create();
      worlds.push(world);
      return world;
    }

    afterEach(async () => {
      for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
    });

    const agentsOf = async (world: AzureDevOpsWorld) =>
      (await world.azureDevOps.listAgents(world.connection, signal)).value;
    const jobsOf = async (world: AzureDevOpsWorld) =>
      (await world.azureDevOps.listJobRequests(world.connection, signal)).value;

    describe('listAgents', () => {
      it('answers an empty list for an empty pool, with the clock of the service', async () => {
        const world = await create();

        const agents = await world.azureDevOps.listAgents(world.connection, signal);

        expect(agents.value).toEqual([]);
        expect(Math.abs(agents.serverTime - world.now())).toBeLessThan(5000);
      });

      it('names state, version and times of each agent', async () => {
        const world = await create();
        const onlineId = world.addAgent({ name: 'linux-agent-0' });
        const offlineId = world.addAgent({ name: 'linux-agent-1', online: false, enabled: false });

        const agents = await agentsOf(world);

        expect(agents).toMatchObject([
          { id: onlineId, name: 'linux-agent-0', online: true, enabled: true, updating: false },
          { id: offlineId, name: 'linux-agent-1', online: false, enabled: false, updating: false },
        ]);
        expect(agents[0]?.version).not.toBe('');
        expect(Math.abs((agents[0]?.createdAt ?? 0) - world.now())).toBeLessThan(5000);
        expect(Math.abs((agents[0]?.statusChangedAt ?? 0) - world.now())).toBeLessThan(5000);
      });

      it('names the assigned request, and when the last job ended', async () => {
        const world = await create();
        world.addAgent({ name: 'linux-agent-0' });
        const requestId = world.queueJob();
        const [assigned] = await agentsOf(world);
        world.startJob(requestId);
        world.finishJob(requestId);
        const [finished] = await agentsOf(world);

        expect(assigned).toMatchObject({ assignedRequestId: requestId });
        expect(assigned).not.toHaveProperty('lastFinishedAt');
        expect(finished).not.toHaveProperty('assignedRequestId');
        expect(Math.abs((finished?.lastFinishedAt ?? 0) - world.now())).toBeLessThan(5000);
      });
    });

    describe('listJobRequests', () => {
      it('shows a job that waits, with its demands and the registered agents that could take it', async () => {
        const world = await create();
        const placeholder = world.addAgent({
          name: 'linux-placeholder-default',
          online: false,
          capabilities: { java: '21' },
        });
        const requestId = world.queueJob({ demands: ['java'], definitionName: 'build' });

        const [job] = await jobsOf(world);

        expect(job).toMatchObject({
          requestId,
          demands: ['java'],
          matchedAgentIds: [placeholder],
          matchesAllAgentsInPool: false,
          definitionName: 'build',
        });
        expect(job).not.toHaveProperty('reservedAgentId');
        expect(job).not.toHaveProperty('result');
      });

      it('shows which agent is reserved, and since when the job runs', async () => {
        const world = await create();
        const agentId = world.addAgent({ name: 'linux-agent-0' });
        const requestId = world.queueJob();
        const [assigned] = await jobsOf(world);
        world.startJob(requestId);
        const [running] = await jobsOf(world);

        expect(assigned).toMatchObject({ requestId, reservedAgentId: agentId, assignedAt: expect.any(Number) });
        expect(assigned).not.toHaveProperty('receivedAt');
        expect(running).toMatchObject({ requestId, reservedAgentId: agentId, receivedAt: expect.any(Number) });
        expect(running?.lockedUntil).toBeGreaterThan(world.now());
      });

      it.each(['succeeded', 'failed'] as const)('leaves out a job that %s', async (result) => {
        const world = await create();
        world.addAgent({ name: 'linux-agent-0' });
        const requestId = world.queueJob();
        world.startJob(requestId);
        world.finishJob(requestId, result);

        expect(await jobsOf(world)).toEqual([]);
      });
    });

    describe('readCapabilities', () => {
      it('gives the capabilities of an agent', async () => {
        const world = await create();
        const id = world.addAgent({ name: 'linux-agent-0', capabilities: { java: '21', POOLKEEPER_OWNER: 'a/b/c' } });

        const capabilities = await world.azureDevOps.readCapabilities(world.connection, id, signal);

        expect(capabilities).toMatchObject({ java: '21', POOLKEEPER_OWNER: 'a/b/c' });
      });

      it('gives undefined when there is no such agent', async () => {
        const world = await create();

        expect(await world.azureDevOps.readCapabilities(world.connection, unknownAgent, signal)).toBeUndefined();
      });
    });

    describe('setAgentEnabled', () => {
      it('lets running work go on, and keeps new jobs away until the agent is enabled again', async () => {
        const world = await create();
        const id = world.addAgent({ name: 'linux-agent-0' });
        const running = world.queueJob();
        world.startJob(running);
        await world.azureDevOps.setAgentEnabled(
          world.connection,
          { id, name: 'linux-agent-0', enabled: false },
          signal,
        );
        const waiting = world.queueJob();
        const whileDisabled = await jobsOf(world);
        world.finishJob(running);
        const afterwards = await jobsOf(world);
        await world.azureDevOps.setAgentEnabled(world.connection, { id, name: 'linux-agent-0', enabled: true }, signal);

        expect(whileDisabled.find((job) => job.requestId === running)).toMatchObject({ reservedAgentId: id });
        expect(afterwards).toMatchObject([{ requestId: waiting }]);
        expect(afterwards[0]).not.toHaveProperty('reservedAgentId');
        expect(await jobsOf(world)).toMatchObject([{ requestId: waiting, reservedAgentId: id }]);
      });

      it('throws ConflictError when there is no such agent', async () => {
        const world = await create();
        const agent = { id: unknownAgent, name: 'linux-agent-0', enabled: false };

        const change = world.azureDevOps.setAgentEnabled(world.connection, agent, signal);

        await expect(change).rejects.toMatchObject({ name: 'ConflictError' });
      });
    });

    describe('deregisterAgent', () => {
      it('removes an idle agent', async () => {
        const world = await create();
        const id = world.addAgent({ name: 'linux-agent-0' });

        expect(await world.azureDevOps.deregisterAgent(world.connection, id, signal)).toBe('deregistered');
        expect(await agentsOf(world)).toEqual([]);
      });

      it('counts an absent agent as done', async () => {
        const world = await create();

        expect(await world.azureDevOps.deregisterAgent(world.connection, unknownAgent, signal)).toBe('absent');
      });

      it.each([
        { started: false, why: 'reserved for a job that it has not taken yet' },
        { started: true, why: 'running a job' },
      ])('S18: throws AgentBusyError for an agent that is $why, and leaves it alone', async ({ started }) => {
        const world = await create();
        const id = world.addAgent({ name: 'linux-agent-0' });
        const requestId = world.queueJob();
        if (started) world.startJob(requestId);

        const removal = world.azureDevOps.deregisterAgent(world.connection, id, signal);

        await expect(removal).rejects.toMatchObject({ name: 'AgentBusyError' });
        expect(await agentsOf(world)).toMatchObject([{ id, assignedRequestId: requestId }]);
        world.finishJob(requestId);
        expect(await world.azureDevOps.deregisterAgent(world.connection, id, signal)).toBe('deregistered');
      });
    });

    describePlaceholders(create);

    it('throws PermanentError for a pool that does not exist, and says what to do', async () => {
      const world = await create();
      const connection = { ...world.connection, pool: 'no-such-pool' };

      await expect(world.azureDevOps.listAgents(connection, signal)).rejects.toMatchObject({
        name: 'PermanentError',
        message: expect.stringMatching(/no-such-pool.*create it/),
      });
    });

    it('finds the pool whatever the case of its name', async () => {
      const world = await create();
      world.addAgent({ name: 'linux-agent-0' });
      const connection = { ...world.connection, pool: world.connection.pool.toUpperCase() };

      expect((await world.azureDevOps.listAgents(connection, signal)).value).toHaveLength(1);
    });

    it('sends nothing once the signal has aborted', async () => {
      const world = await create();

      await expect(world.azureDevOps.listAgents(world.connection, AbortSignal.abort())).rejects.toThrow();
    });
  });
}
