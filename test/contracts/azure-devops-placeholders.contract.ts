import { describe, expect, it } from 'vitest';
import { type AzureDevOpsWorld, unknownAgent } from './azure-devops-world.ts';

/** The part of the contract about placeholder agents. */
export function describePlaceholders(create: () => Promise<AzureDevOpsWorld>): void {
  const { signal } = new AbortController();
  const agentsOf = async (world: AzureDevOpsWorld) =>
    (await world.azureDevOps.listAgents(world.connection, signal)).value;
  const jobsOf = async (world: AzureDevOpsWorld) =>
    (await world.azureDevOps.listJobRequests(world.connection, signal)).value;

  describe('registerPlaceholder', () => {
    const placeholder = {
      name: 'linux-placeholder-default',
      capabilities: { POOLKEEPER_PLACEHOLDER: 'default', POOLKEEPER_OWNER: 'a/b/c', java: '21' },
    };

    it('registers an offline record that makes a job wait, whatever agent version it demands', async () => {
      const world = await create();

      const registered = await world.azureDevOps.registerPlaceholder(world.connection, placeholder, signal);
      const id = registered.kind === 'registered' ? registered.id : undefined;
      world.queueJob({ demands: ['java', 'Agent.Version -gtVersion 3.218.0'] });

      expect(registered.kind).toBe('registered');
      expect(await agentsOf(world)).toMatchObject([{ id, name: placeholder.name, online: false, enabled: true }]);
      expect(await jobsOf(world)).toMatchObject([{ matchedAgentIds: [id] }]);
    });

    it('adds POOLKEEPER_RENEWED from the clock of the service', async () => {
      const world = await create();

      const registered = await world.azureDevOps.registerPlaceholder(world.connection, placeholder, signal);
      if (registered.kind !== 'registered') throw new Error('not registered');
      const capabilities = await world.azureDevOps.readCapabilities(world.connection, registered.id, signal);

      expect(capabilities).toMatchObject(placeholder.capabilities);
      expect(capabilities?.POOLKEEPER_RENEWED).toBe(new Date(registered.renewedAt).toISOString());
      expect(Math.abs(registered.renewedAt - world.now())).toBeLessThan(5000);
    });

    it('S68: changes nothing when the name is taken, and says so', async () => {
      const world = await create();
      const id = world.addAgent({
        name: placeholder.name,
        online: false,
        capabilities: { POOLKEEPER_OWNER: 'x/y/z' },
      });

      const answer = await world.azureDevOps.registerPlaceholder(world.connection, placeholder, signal);

      expect(answer).toEqual({ kind: 'name-taken' });
      expect(await world.azureDevOps.readCapabilities(world.connection, id, signal)).toMatchObject({
        POOLKEEPER_OWNER: 'x/y/z',
      });
    });
  });

  describe('renewPlaceholder', () => {
    it('writes POOLKEEPER_RENEWED and keeps the other capabilities', async () => {
      const world = await create();
      const placeholder = { name: 'linux-placeholder-default', capabilities: { POOLKEEPER_OWNER: 'a/b/c' } };
      const registered = await world.azureDevOps.registerPlaceholder(world.connection, placeholder, signal);
      if (registered.kind !== 'registered') throw new Error('not registered');

      const { renewedAt } = await world.azureDevOps.renewPlaceholder(world.connection, registered.id, signal);
      const capabilities = await world.azureDevOps.readCapabilities(world.connection, registered.id, signal);

      expect(renewedAt).toBeGreaterThanOrEqual(registered.renewedAt);
      expect(capabilities).toMatchObject({
        POOLKEEPER_OWNER: 'a/b/c',
        POOLKEEPER_RENEWED: new Date(renewedAt).toISOString(),
      });
    });

    it('throws ConflictError when there is no such agent', async () => {
      const world = await create();

      const renewal = world.azureDevOps.renewPlaceholder(world.connection, unknownAgent, signal);

      await expect(renewal).rejects.toMatchObject({ name: 'ConflictError' });
    });
  });
}
