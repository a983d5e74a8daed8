import { describe, expect, it } from 'vitest';
import { annotations, labels } from '../../src/pool/names.ts';
import { seen } from './cluster-looks.ts';
import { aClaim, aForeignPod, aPod, nameOf } from './cluster-objects.ts';
import type { CreateWorld } from './cluster-world.ts';

/** What `view` and `onChange` promise. */
export function describeView(create: CreateWorld): void {
  describe('view', () => {
    it('is empty, proven and dated at first', async () => {
      const { cluster, admin } = await create();

      const view = cluster.view();

      expect(view.pods).toEqual([]);
      expect(view.claims).toEqual([]);
      expect(view.ageMs).toBeLessThan(10_000);
      expect(Math.abs(view.serverTime - (await admin.now()))).toBeLessThan(5000);
    });

    it('reads slot, times, marks and claims of a pod', async () => {
      const { cluster, admin, instance } = await create();
      const registeredWith = {
        url: 'https://dev.azure.com/contoso',
        pool: 'Linux',
        secretName: 'pat',
        secretKey: 'token',
      };
      const body = aPod(instance, 3, {
        annotations: {
          [annotations.templateHash]: 'abc',
          [annotations.templateHashVersion]: '1',
          [annotations.replaces]: 'some-uid',
          [annotations.registeredWith]: JSON.stringify(registeredWith),
        },
      });
      const created = await admin.addPod(body);

      const pod = await seen(cluster, nameOf(body), (found) => found !== undefined);

      expect(pod).toMatchObject({
        uid: created.metadata?.uid,
        pool: 'linux',
        index: 3,
        agentClass: 'default',
        createdAt: created.metadata?.creationTimestamp?.getTime(),
        phase: 'Pending',
        scheduled: false,
        agentContainer: { kind: 'none' },
        templateHash: 'abc',
        templateHashVersion: '1',
        replaces: 'some-uid',
        registeredWith,
        claimNames: [`${nameOf(body)}-cache`],
      });
      expect(pod?.deletionDeadline).toBeUndefined();
      expect(pod?.retiring).toBeUndefined();
    });

    it('shows what becomes of the agent container', async () => {
      const { cluster, admin, instance } = await create();
      const name = nameOf(await admin.addPod(aPod(instance, 0)));
      const agent = { name: 'agent', image: 'agent:1', imageID: '', ready: false, restartCount: 0 };
      const init = { ...agent, name: 'own-volumes' };
      const pull = { reason: 'ImagePullBackOff', message: 'Back-off pulling image' };

      await admin.bindPod(name);
      await admin.setPodStatus(name, {
        initContainerStatuses: [{ ...init, state: { waiting: pull } }],
        containerStatuses: [{ ...agent, state: { waiting: { reason: 'PodInitializing' } } }],
      });
      const blocked = await seen(cluster, name, (pod) => pod?.agentContainer.kind === 'waiting');
      await admin.setPodStatus(name, {
        phase: 'Running',
        initContainerStatuses: [{ ...init, state: { terminated: { exitCode: 0 } } }],
        containerStatuses: [{ ...agent, state: { running: {} } }],
      });
      const running = await seen(cluster, name, (pod) => pod?.agentContainer.kind === 'running');
      const finishedAt = new Date(1_700_000_000_000);
      await admin.setPodStatus(name, {
        phase: 'Failed',
        containerStatuses: [{ ...agent, state: { terminated: { exitCode: 17, finishedAt } } }],
      });
      const ended = await seen(cluster, name, (pod) => pod?.agentContainer.kind === 'terminated');

      expect(blocked).toMatchObject({
        scheduled: true,
        phase: 'Pending',
        agentContainer: { kind: 'waiting', ...pull },
      });
      expect(running?.phase).toBe('Running');
      expect(ended).toMatchObject({
        phase: 'Failed',
        agentContainer: { exitCode: 17, finishedAt: finishedAt.getTime() },
      });
    });

    it('reads volume and fate of a claim', async () => {
      const { cluster, admin, instance } = await create();
      const created = await admin.addClaim(aClaim(instance, 2, { deleteWithAgent: true }));

      await expect.poll(() => cluster.view().claims.length).toBe(1);

      expect(cluster.view().claims).toMatchObject([
        {
          name: nameOf(created),
          uid: created.metadata?.uid,
          pool: 'linux',
          index: 2,
          volume: 'cache',
          terminating: false,
          deleteWithAgent: true,
        },
      ]);
    });

    it('S67: never shows objects without our labels, of other instances, or with damaged labels', async () => {
      const world = await create();
      const { cluster, admin, instance } = world;
      const own = aPod(instance, 5);
      const damaged = aPod(instance, 4);
      const withLabels = (index: number, change: Record<string, string>) => {
        const pod = aPod(instance, index);
        return { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata?.labels, ...change } } };
      };
      await admin.addPod(aForeignPod(nameOf(aPod(instance, 0))));
      await admin.addPod(withLabels(1, { [labels.instance]: 'somebody-else' }));
      await admin.addPod(withLabels(2, { [labels.managedBy]: 'somebody-else' }));
      await admin.addPod(withLabels(3, { [labels.index]: 'three' }));
      await admin.addPod(damaged);
      await admin.addPod(own);
      await seen(cluster, nameOf(own), (pod) => pod !== undefined);

      await admin.changePod(nameOf(damaged), { labels: { [labels.pool]: null } });
      await seen(cluster, nameOf(damaged), (pod) => pod === undefined);

      expect(cluster.view().pods.map(({ name }) => name)).toEqual([nameOf(own)]);
      const { cluster: next } = await world.connect();
      expect(next.view().pods.map(({ name }) => name)).toEqual([nameOf(own)]);
    });

    it.each`
      label              | why
      ${labels.instance} | ${'the server no longer selects it'}
      ${labels.pool}     | ${'it says no slot'}
    `('shows a pod again that lost a label and got it back: $why', async ({ label }) => {
      const { cluster, admin, instance } = await create();
      const pod = await admin.addPod(aPod(instance, 0));
      await seen(cluster, nameOf(pod), (found) => found !== undefined);

      await admin.changePod(nameOf(pod), { labels: { [label]: null } });
      await seen(cluster, nameOf(pod), (found) => found === undefined);
      await admin.changePod(nameOf(pod), { labels: { [label]: pod.metadata?.labels?.[label] ?? '' } });

      await seen(cluster, nameOf(pod), (found) => found !== undefined);
    });

    it('shows every one of many pods to a controller that starts', async () => {
      const world = await create();
      const count = 620;
      for (let start = 0; start < count; start += 20) {
        const batch = Array.from({ length: 20 }, (_, offset) => aPod(world.instance, start + offset));
        await Promise.all(batch.map((pod) => world.admin.addPod(pod)));
      }

      const { cluster } = await world.connect();

      expect(new Set(cluster.view().pods.map(({ index }) => index)).size).toBe(count);
    });

    it('treats a damaged note about the connection as absent', async () => {
      const { cluster, admin, instance } = await create();
      const body = aPod(instance, 0, { annotations: { [annotations.registeredWith]: '{"url":' } });
      await admin.addPod(body);

      const pod = await seen(cluster, nameOf(body), (found) => found !== undefined);

      expect(pod?.registeredWith).toBeUndefined();
    });
  });

  describe('onChange', () => {
    it('names the pool of a pod that came, changed and went, until it is ended', async () => {
      const { cluster, admin, instance } = await create();
      const body = aPod(instance, 0, { pool: 'windows' });
      const pools: string[] = [];
      const count = () => pools.filter((pool) => pool === 'windows').length;
      cluster.onChange(() => {
        throw new Error('a listener that fails hurts nobody else');
      });
      const end = cluster.onChange((pool) => pools.push(pool));

      await admin.addPod(body);
      await expect.poll(count).toBe(1);
      await admin.changePod(nameOf(body), { annotations: { note: 'x' } });
      await expect.poll(count).toBe(2);
      await admin.removePod(nameOf(body));
      // A server may tell the deletion in two steps.
      await expect.poll(count).toBeGreaterThanOrEqual(3);
      await seen(cluster, nameOf(body), (pod) => pod === undefined);
      end();
      const told = count();
      await admin.addPod(body);
      await seen(cluster, nameOf(body), (pod) => pod !== undefined);

      expect(count()).toBe(told);
    });

    it('names the pool of a claim', async () => {
      const { cluster, admin, instance } = await create();
      const pools: string[] = [];
      cluster.onChange((pool) => pools.push(pool));

      await admin.addClaim(aClaim(instance, 0));

      await expect.poll(() => pools).toContain('linux');
    });
  });
}
