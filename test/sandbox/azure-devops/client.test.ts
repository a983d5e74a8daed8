import { getPersonalAccessTokenHandler, WebApi } from 'azure-devops-node-api';
import { GitStatusState } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import {
  TaskAgentPoolType,
  TaskAgentStatus,
  TaskResult,
} from 'azure-devops-node-api/interfaces/TaskAgentInterfaces.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type SimulatedAzureDevOps,
  startSimulatedAzureDevOps,
} from '../../../src/sandbox/azure-devops/simulated-azure-devops.ts';

const commit = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00';

describe.each(['services', 'server'] as const)('the unmodified client library (%s)', (profile) => {
  let service: SimulatedAzureDevOps;
  let api: WebApi;

  beforeEach(async () => {
    service = await startSimulatedAzureDevOps({ tokens: ['token-1'], profile, unmatchedJobs: 'wait', parallelJobs: 4 });
    service.addPool('My pool');
    api = new WebApi(service.url, getPersonalAccessTokenHandler('token-1'));
  });

  afterEach(() => service.close());

  it('starts, and finds a pool by name', async () => {
    expect(await api.connect()).toHaveProperty('instanceId');
    const agents = await api.getTaskAgentApi();

    const pools = await agents.getAgentPools('my POOL', undefined, TaskAgentPoolType.Automation);

    expect(pools).toMatchObject([{ id: 1, name: 'My pool', poolType: TaskAgentPoolType.Automation, isHosted: false }]);
    expect(await agents.getAgentPools('other')).toEqual([]);
    expect(await agents.getAgentPool(77)).toBeNull();
  });

  it('carries an agent from its registration to the end of its job', async () => {
    const agents = await api.getTaskAgentApi();
    const registered = await agents.addAgent({ name: 'a', version: '4.0.0', systemCapabilities: { java: '21' } }, 1);
    const requestId = service.queueJob({ pool: 'My pool', demands: ['java'] });
    const session = await agents.createAgentSession({ ownerName: 'a', agent: registered }, 1);
    const message = await agents.getMessage(1, session.sessionId ?? '');
    const { lockToken } = JSON.parse(message.body ?? '{}') as { lockToken: string };
    await agents.deleteMessage(1, message.messageId ?? 0, session.sessionId ?? '');
    await agents.updateAgentRequest({ requestId }, 1, requestId, lockToken);
    const running = await agents.getAgentRequestsForAgents(1, undefined, 0);
    const busy = await agents.deleteAgent(1, registered.id ?? 0).catch((error: unknown) => error);
    await agents.updateAgentRequest({ requestId, result: TaskResult.Succeeded }, 1, requestId, lockToken);
    const [agent] = await agents.getAgents(1, 'a', true, true, true);

    expect(registered.status).toBe(TaskAgentStatus.Offline);
    expect(running).toMatchObject([{ requestId, reservedAgent: { name: 'a' }, receiveTime: expect.any(Date) }]);
    expect(busy).toMatchObject({ message: 'Agent "a" is running a job for pool "My pool"' });
    expect(agent).toMatchObject({
      status: TaskAgentStatus.Online,
      systemCapabilities: { java: '21' },
      lastCompletedRequest: { requestId, result: TaskResult.Succeeded },
    });
    expect(await agents.getAgentRequestsForAgents(1, undefined, 0)).toEqual([]);
    expect(await agents.getAgentRequests(1, 10)).toMatchObject([{ requestId }]);
  });

  it('asks for packages, parallel jobs and commit statuses', async () => {
    const agents = await api.getTaskAgentApi();
    const git = await api.getGitApi();
    const context = { name: 'config', genre: 'poolkeeper' };
    await git.createCommitStatus({ state: GitStatusState.PartiallySucceeded, context }, commit, 'pools', 'My project');

    expect(await agents.getPackages('agent', 'linux-x64', 1)).toMatchObject([{ type: 'agent', platform: 'linux-x64' }]);
    expect(await agents.getResourceUsage('Private', false, true)).toMatchObject({ resourceLimit: { totalCount: 4 } });
    expect(await git.getStatuses(commit, 'pools', 'My project', 10, 0, true)).toMatchObject([
      { state: GitStatusState.PartiallySucceeded, context },
    ]);
  });
});
