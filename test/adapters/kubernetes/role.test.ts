import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { neededPermissions } from '../../../src/adapters/kubernetes/needed-permissions.ts';
import type { RecordedRequest } from '../../../src/sandbox/kubernetes/faults.ts';
import { aClaim, aForeignPod, aPod, nameOf } from '../../contracts/cluster-objects.ts';
import { silentLogger } from '../../support/silent-logger.ts';
import { namespace, startSimulatedCluster } from './simulated-cluster.ts';

const Role = z.object({
  rules: z.array(
    z.object({
      apiGroups: z.array(z.string()),
      resources: z.array(z.string()),
      verbs: z.array(z.string()),
      resourceNames: z.array(z.string()).optional(),
    }),
  ),
});

async function grantedByRole(): Promise<readonly string[]> {
  const { rules } = Role.parse(parse(await readFile('manifests/role.yaml', 'utf8')));
  return rules.flatMap(({ apiGroups: [group = ''], resources, verbs }) =>
    resources.flatMap((resource) => verbs.map((verb) => nameOfPermission(verb, resource, group))),
  );
}

const nameOfPermission = (verb: string, resource: string, group: string) =>
  `${verb} ${group === '' ? '' : `${group}/`}${resource}`;

const sorted = (values: Iterable<string>) => [...new Set(values)].toSorted((a, b) => a.localeCompare(b));

describe('the Role of the manifests', () => {
  it('grants what the adapter says that it needs, and nothing else', async () => {
    const needed = neededPermissions.flatMap(({ resource, group = '', verbs }) =>
      verbs.map((verb) => nameOfPermission(verb, resource, group)),
    );

    expect(sorted(await grantedByRole())).toEqual(sorted(needed));
  });

  it('grants what the adapter really does, and nothing else', async () => {
    await using world = await startSimulatedCluster({ server: { kubelet: false } });
    const { cluster, acceptedSet, admin, simulated } = world;
    const { signal } = new AbortController();
    await admin.addPod(aForeignPod(nameOf(aPod('default', 9))));
    await admin.addClaim({ ...aClaim('default', 9), metadata: { name: nameOf(aClaim('default', 9)) } });
    simulated.clearRequests();

    await world.connect();
    await simulated.waitFor(
      'both watches',
      () => simulated.requests().filter(({ verb }) => verb === 'watch').length >= 2,
    );
    await cluster.createPod(aPod('default', 0), signal);
    await cluster.createPod(aPod('default', 9), signal);
    await cluster.createClaim(aClaim('default', 0), signal);
    await cluster.createClaim(aClaim('default', 9), signal);
    await cluster.claimExists('some', signal);
    const { pods, claims } = cluster.view();
    for (const pod of pods) await cluster.annotatePod({ name: pod.name, uid: pod.uid }, { note: 'x' }, signal);
    for (const pod of pods) await cluster.deletePod({ name: pod.name, uid: pod.uid }, 0, signal);
    for (const claim of claims) await cluster.deleteClaim(claim, signal);
    await cluster.readSecret('some', signal);
    await cluster.namespaceUid(signal);
    for (const text of ['one', 'two']) await acceptedSet.write(text, signal);
    await acceptedSet.read(signal);
    const leadership = createCluster({
      kubeConfig: simulated.kubeConfig(),
      namespace,
      instance: 'default',
      logger: silentLogger,
      monotonic: () => performance.now(),
    }).leadership('one');
    const leading = new AbortController();
    await leadership.acquire(leading.signal);
    leading.abort();
    await leadership.release();

    const own = simulated.requests().filter(({ user }) => user === 'poolkeeper');
    expect(own.every((request) => request.namespace === namespace)).toBe(true);
    expect(sorted(own.map(describeRequest))).toEqual(sorted(await grantedByRole()));
  });

  const describeRequest = ({ verb, resource }: RecordedRequest) =>
    nameOfPermission(verb, resource, resource === 'leases' ? 'coordination.k8s.io' : '');
});
