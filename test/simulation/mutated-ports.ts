import type { AzureDevOps } from '../../src/ports/azure-devops.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { AgentBusyError } from '../../src/ports/errors.ts';
import type { Mutation } from './mutation.ts';
import type { Site } from './site.ts';

type AzureDevOpsMistake = (port: AzureDevOps, site: Site) => Partial<AzureDevOps>;
type ClusterMistake = (port: Cluster, site: Site) => Partial<Cluster>;

function serviceWith(mistake: AzureDevOpsMistake): NonNullable<Mutation['ports']> {
  return (ports, site) => ({ ...ports, azureDevOps: { ...ports.azureDevOps, ...mistake(ports.azureDevOps, site) } });
}

function clusterWith(mistake: ClusterMistake): NonNullable<Mutation['ports']> {
  return (ports, site) => ({ ...ports, cluster: { ...ports.cluster, ...mistake(ports.cluster, site) } });
}

function isPlaceholder(site: Site, id: number): boolean {
  return site.service.agents.get(id)?.name.includes('-placeholder-') ?? false;
}

export const mutatedPorts: readonly Mutation[] = [
  {
    name: 'ignore the refusal',
    caughtBy: 73,
    focus: ['world-moves-in-a-pass', 'leader-pause'],
    does: 'takes "is running a job" for done',
    ports: serviceWith((port) => ({
      async deregisterAgent(connection, id, signal) {
        try {
          return await port.deregisterAgent(connection, id, signal);
        } catch (error) {
          if (error instanceof AgentBusyError) return 'absent';
          throw error;
        }
      },
    })),
  },
  {
    name: 'drop the uid precondition',
    caughtBy: 26,
    focus: ['leader-pause', 'slow-deletion', 'world-moves-in-a-pass'],
    does: 'deletes whatever pod has the name now',
    ports: clusterWith((port, site) => ({
      async deletePod({ name, uid }, graceSeconds, signal) {
        await Promise.resolve();
        await port.deletePod({ name, uid: site.cluster.pods.get(name)?.uid ?? uid }, graceSeconds, signal);
      },
    })),
  },
  {
    name: 'trust any cache',
    caughtBy: 37,
    does: 'plans on a cache however old it is',
    ports: clusterWith((port) => ({ view: () => ({ ...port.view(), ageMs: 0 }) })),
  },
  {
    name: 'forget placeholders',
    caughtBy: 1,
    does: 'leaves the placeholders of a removed pool',
    ports: serviceWith((port, site) => ({
      deregisterAgent: async (connection, id, signal) =>
        isPlaceholder(site, id) ? 'deregistered' : port.deregisterAgent(connection, id, signal),
    })),
  },
  {
    name: 'disable only in words',
    caughtBy: 1,
    does: 'marks pods, but does not disable their agents',
    ports: serviceWith((port) => ({
      setAgentEnabled: async (connection, agent, signal) =>
        agent.enabled ? port.setAgentEnabled(connection, agent, signal) : undefined,
    })),
  },
  {
    name: 'mark only in words',
    caughtBy: 1,
    does: 'disables agents, but does not mark their pods',
    ports: clusterWith(() => ({ annotatePod: async () => undefined })),
  },
  {
    name: 'delete only in words',
    caughtBy: 1,
    does: 'says that pods are deleted, but they are not',
    ports: clusterWith(() => ({ deletePod: async () => undefined })),
  },
];
