import type { AzureDevOps } from '../ports/azure-devops.ts';
import type { AcceptedSetStore, Cluster } from '../ports/cluster.ts';
import { ConflictError } from '../ports/errors.ts';
import type { Leadership } from '../ports/leadership.ts';

type Holds = Pick<Leadership, 'holds'>;

/** Reads pass; every write is refused with `ConflictError` unless the lease holds at that moment. */
export function leaderOnlyAzureDevOps(azureDevOps: AzureDevOps, leadership: Holds): AzureDevOps {
  const guard = writeGuard(leadership);
  return {
    listAgents: (connection, signal) => azureDevOps.listAgents(connection, signal),
    listJobRequests: (connection, signal) => azureDevOps.listJobRequests(connection, signal),
    readCapabilities: (connection, agentId, signal) => azureDevOps.readCapabilities(connection, agentId, signal),
    setAgentEnabled: guard((...args) => azureDevOps.setAgentEnabled(...args)),
    deregisterAgent: guard((...args) => azureDevOps.deregisterAgent(...args)),
    registerPlaceholder: guard((...args) => azureDevOps.registerPlaceholder(...args)),
    renewPlaceholder: guard((...args) => azureDevOps.renewPlaceholder(...args)),
  };
}

/** Reads pass; every write is refused with `ConflictError` unless the lease holds at that moment. */
export function leaderOnlyCluster(cluster: Cluster, leadership: Holds): Cluster {
  const guard = writeGuard(leadership);
  return {
    view: () => cluster.view(),
    onChange: (listener) => cluster.onChange(listener),
    claimExists: (name, signal) => cluster.claimExists(name, signal),
    readSecret: (name, signal) => cluster.readSecret(name, signal),
    namespaceUid: (signal) => cluster.namespaceUid(signal),
    createPod: guard((...args) => cluster.createPod(...args)),
    createClaim: guard((...args) => cluster.createClaim(...args)),
    annotatePod: guard((...args) => cluster.annotatePod(...args)),
    deletePod: guard((...args) => cluster.deletePod(...args)),
    deleteClaim: guard((...args) => cluster.deleteClaim(...args)),
  };
}

/** The accepted set belongs to the leader as well. */
export function leaderOnlyStore(store: AcceptedSetStore, leadership: Holds): AcceptedSetStore {
  const guard = writeGuard(leadership);
  return { read: (signal) => store.read(signal), write: guard((...args) => store.write(...args)) };
}

function writeGuard(leadership: Holds) {
  return <A extends readonly unknown[], R>(write: (...args: A) => Promise<R>): ((...args: A) => Promise<R>) =>
    async (...args) => {
      if (!leadership.holds()) throw new ConflictError('another replica leads now');
      return write(...args);
    };
}
