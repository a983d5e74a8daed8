import { annotations } from '../../src/pool/names.ts';
import type { AzureDevOps, Dated } from '../../src/ports/azure-devops.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import { TransientError } from '../../src/ports/errors.ts';
import type { RunningReplica } from './replica-context.ts';

/** The process has ended: whatever it still tries has no effect. */
class CrashError extends Error {
  override name = 'CrashError';
}

/** One call of a port: the world goes on first; it may fail, or be done while its answer is lost; the process may crash. */
async function call<T>(replica: RunningReplica, write: boolean, run: () => Promise<T>): Promise<T> {
  const { site } = replica.context;
  const { life } = replica;
  const alive = (): void => {
    if (replica.crashed || replica.life !== life) throw new CrashError('the process has ended');
  };
  alive();
  site.witness.expect(!write || replica.context.leads(replica), () => `${replica.name} writes without the lease`);
  await replica.context.meanwhile(replica, write);
  alive();
  crashHere(replica);
  const error = write ? site.faults.writeError() : site.faults.readError();
  if (error) throw error;
  const answer = await run();
  crashHere(replica);
  if (write && site.faults.strike('lost-answer')) throw new TransientError('no answer within 30 s');
  return answer;
}

function crashHere(replica: RunningReplica): void {
  const { faults, witness } = replica.context.site;
  if (!faults.strike('controller-crash')) return;
  witness.tell(`${replica.name} crashes`);
  replica.crashed = true;
  throw new CrashError('the process has ended');
}

/** The service as this replica reaches it. */
export function faultyAzureDevOps(replica: RunningReplica): AzureDevOps {
  const { site, rules } = replica.context;
  const { azureDevOps, service } = site;
  const list = async <T>(what: 'agents' | 'jobs', read: () => Promise<Dated<T>>): Promise<Dated<T>> => {
    try {
      const dated = await call(replica, false, read);
      return { ...dated, serverTime: dated.serverTime + site.serviceJumpMs };
    } catch (error) {
      replica.facts.unread.add(what);
      throw error;
    }
  };
  return {
    listAgents: (connection) => list('agents', () => azureDevOps.listAgents(connection)),
    listJobRequests: (connection) => list('jobs', () => azureDevOps.listJobRequests(connection)),
    readCapabilities: (connection, id) => call(replica, false, () => azureDevOps.readCapabilities(connection, id)),
    setAgentEnabled: (connection, agent) =>
      call(replica, true, () => {
        const found = service.agents.get(agent.id);
        if (found) rules.enabled(found, agent.enabled, replica.facts);
        return azureDevOps.setAgentEnabled(connection, agent);
      }),
    deregisterAgent: (connection, id) =>
      call(replica, true, () => {
        const found = service.agents.get(id);
        if (found) rules.deregistering(found, replica.facts);
        return azureDevOps.deregisterAgent(connection, id);
      }),
    registerPlaceholder: (connection, placeholder) =>
      call(replica, true, () => azureDevOps.registerPlaceholder(connection, placeholder)),
    renewPlaceholder: (connection, id) => call(replica, true, () => azureDevOps.renewPlaceholder(connection, id)),
  };
}

/** The cluster as this replica reaches it: a cache for reading, the server for writing. */
export function faultyCluster(replica: RunningReplica): Cluster {
  const { site, rules } = replica.context;
  const { cluster } = site;
  return {
    view() {
      const view = replica.cache.view();
      replica.facts.cacheAgeMs = view.ageMs;
      replica.facts.seenPods = new Set(view.pods.map(({ uid }) => uid));
      return view;
    },
    onChange: () => () => undefined,
    createPod: (pod) =>
      call(replica, true, async () => {
        const result = await cluster.createPod(pod);
        if (result === 'created') rules.created(pod, replica.facts, replica.context.leads(replica));
        replica.cache.wrote(pod.metadata?.name ?? '', undefined);
        return result;
      }),
    createClaim: (claim) => call(replica, true, () => cluster.createClaim(claim)),
    claimExists: (name) => call(replica, false, () => cluster.claimExists(name)),
    annotatePod: (target, changes) =>
      call(replica, true, async () => {
        await cluster.annotatePod(target, changes);
        rules.marked(target, changes[annotations.retiring] ?? null, replica.facts);
        replica.cache.wrote(target.name, target.uid);
      }),
    deletePod: (target, graceSeconds) =>
      call(replica, true, async () => {
        const found = cluster.pods.get(target.name);
        const version = target.resourceVersion ?? String(found?.version);
        const fits = found?.uid === target.uid && String(found.version) === version;
        if (fits) rules.deletingPod(target, graceSeconds, replica.facts);
        await cluster.deletePod(target, graceSeconds);
        replica.cache.wrote(target.name, target.uid);
      }),
    deleteClaim: (target) =>
      call(replica, true, async () => {
        const found = cluster.claims.get(target.name);
        if (found?.uid === target.uid) rules.deletingClaim(target.name, found.claim, replica.facts);
        await cluster.deleteClaim(target);
      }),
    readSecret: (name) => call(replica, false, () => cluster.readSecret(name)),
    namespaceUid: () => cluster.namespaceUid(),
  };
}
