import { createAzureDevOps } from '../../../src/adapters/azure-devops/azure-devops.ts';
import { startSimulatedAzureDevOps } from '../../../src/sandbox/azure-devops/simulated-azure-devops.ts';
import { describeAzureDevOps } from '../../contracts/azure-devops.contract.ts';

for (const profile of ['services', 'server'] as const) {
  describeAzureDevOps({
    name: `the adapter against a simulated service (${profile})`,
    async create() {
      const service = await startSimulatedAzureDevOps({ profile, tokens: ['token-1'], unmatchedJobs: 'wait' });
      service.addPool('Linux');
      return {
        azureDevOps: createAzureDevOps({
          readToken: () => Promise.resolve('token-1'),
          now: () => Date.now(),
          monotonic: () => performance.now(),
        }),
        connection: {
          url: service.url,
          organization: service.organization,
          pool: 'Linux',
          credential: { secretName: 'azure-devops' },
        },
        now: () => Date.now(),
        addAgent: (agent) => service.addAgent({ ...agent, pool: 'Linux' }),
        setAgentOnline: (agentId, online) => service.setAgentOnline(agentId, online),
        queueJob: (job) => service.queueJob({ ...job, pool: 'Linux' }),
        startJob: (requestId) => service.startJob(requestId),
        finishJob: (requestId, result) => service.finishJob(requestId, result),
        [Symbol.asyncDispose]: () => service.close(),
      };
    },
  });
}
