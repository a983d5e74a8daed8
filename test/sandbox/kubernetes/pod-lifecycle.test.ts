import type { V1Pod } from '@kubernetes/client-node';
import { afterEach, describe, expect, it } from 'vitest';
import type { PodSignals } from '../../../src/sandbox/kubernetes/kubelet.ts';
import {
  type SimulatedKubernetes,
  type SimulatedKubernetesOptions,
  startSimulatedKubernetes,
} from '../../../src/sandbox/kubernetes/simulated-kubernetes.ts';
import { type ClusterAdmin, createClusterAdmin } from '../../contracts/cluster-world.ts';

const podBody = (change: Partial<V1Pod['spec']> = {}): V1Pod => ({
  metadata: { name: 'agent-0' },
  spec: { containers: [{ name: 'agent', image: 'agent:1' }], ...change },
});

describe('the simulated node', () => {
  const running: SimulatedKubernetes[] = [];
  afterEach(async () => {
    for (const simulated of running.splice(0)) await simulated.close();
  });

  async function start(
    options: SimulatedKubernetesOptions = {},
  ): Promise<{ readonly simulated: SimulatedKubernetes; readonly admin: ClusterAdmin }> {
    const simulated = await startSimulatedKubernetes(options);
    running.push(simulated);
    return { simulated, admin: createClusterAdmin(simulated.kubeConfig('admin'), 'poolkeeper') };
  }

  const phaseIs = (simulated: SimulatedKubernetes, phase: string) =>
    simulated.waitFor(`phase ${phase}`, () => simulated.pods()[0]?.status?.phase === phase);
  const waitingReason = ({ status }: V1Pod) => status?.containerStatuses?.[0]?.state?.waiting?.reason;

  it.each`
    exitCode | phase          | reason
    ${0}     | ${'Succeeded'} | ${'Completed'}
    ${17}    | ${'Failed'}    | ${'Error'}
  `('runs a pod until it ends with $exitCode', async ({ exitCode, phase, reason }) => {
    const ended = Promise.withResolvers<{ exitCode: number }>();
    const { simulated, admin } = await start({ runPod: () => ended.promise });

    await admin.addPod(podBody());
    await phaseIs(simulated, 'Running');
    const [live] = simulated.pods();
    ended.resolve({ exitCode });
    await phaseIs(simulated, phase);

    expect(live?.spec?.nodeName).toBe('simulated-node');
    expect(live?.status?.containerStatuses).toMatchObject([{ name: 'agent', ready: true }]);
    const [over] = simulated.pods();
    expect(over?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode, reason });
  });

  it('tells a pod that it is being deleted, and lets it end in its grace', async () => {
    const told: PodSignals[] = [];
    const ended = Promise.withResolvers<{ exitCode: number }>();
    const { simulated, admin } = await start({
      runPod: (_pod, signals) => {
        told.push(signals);
        return ended.promise;
      },
    });
    await admin.addPod(podBody({ terminationGracePeriodSeconds: 600 }));
    await phaseIs(simulated, 'Running');

    await admin.deletePod('agent-0', 60);
    const [leaving] = simulated.pods();

    expect(told[0]?.term.aborted).toBe(true);
    expect(told[0]?.kill.aborted).toBe(false);
    expect(leaving?.metadata?.deletionGracePeriodSeconds).toBe(60);
    expect((leaving?.metadata?.deletionTimestamp?.getTime() ?? 0) - simulated.now()).toBeGreaterThan(55_000);
    ended.resolve({ exitCode: 0 });
    await simulated.waitFor('the pod to go', () => simulated.pods().length === 0);
  });

  it('ends a pod that does not listen when its grace is over', async () => {
    const { simulated, admin } = await start({ runPod: () => new Promise(() => undefined) });
    await admin.addPod(podBody());
    await phaseIs(simulated, 'Running');

    await admin.deletePod('agent-0', 1);

    await simulated.waitFor('the pod to go', () => simulated.pods().length === 0);
  });

  it('kills a pod whose deletion allows no grace', async () => {
    let killed = false;
    const { simulated, admin } = await start({
      runPod: (_pod, { kill }) => {
        kill.addEventListener('abort', () => {
          killed = true;
        });
        return new Promise(() => undefined);
      },
    });
    await admin.addPod(podBody());
    await phaseIs(simulated, 'Running');

    await admin.removePod('agent-0');

    await simulated.waitFor('the kill', () => killed);
    expect(simulated.pods()).toEqual([]);
  });

  it('counts a program that breaks as failed', async () => {
    const { simulated, admin } = await start({ runPod: () => Promise.reject(new Error('broken')) });

    await admin.addPod(podBody());

    await phaseIs(simulated, 'Failed');
  });

  it('keeps a pod that no node can take unscheduled, until one can', async () => {
    let message: string | undefined = '0/3 nodes are available: 3 Insufficient cpu.';
    const { simulated, admin } = await start({ unschedulable: () => message });
    await admin.addPod(podBody());
    await simulated.waitFor('the condition', () => simulated.pods()[0]?.status?.conditions !== undefined);
    const [waiting] = simulated.pods();

    message = undefined;
    await phaseIs(simulated, 'Running');

    expect(waiting?.spec?.nodeName).toBeUndefined();
    expect(waiting?.status?.conditions).toMatchObject([
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: '0/3 nodes are available: 3 Insufficient cpu.',
      },
    ]);
  });

  it('tells that an image cannot be pulled, also an init container’s', async () => {
    const { simulated, admin } = await start({
      imageProblem: (image) => (image === 'missing:1' ? 'ImagePullBackOff' : undefined),
    });

    await admin.addPod(podBody({ initContainers: [{ name: 'init', image: 'missing:1' }] }));
    await simulated.waitFor('the status', () => simulated.pods()[0]?.status?.initContainerStatuses !== undefined);

    const [pod] = simulated.pods();
    expect(pod?.status?.phase).toBe('Pending');
    expect(pod?.status?.initContainerStatuses?.[0]?.state?.waiting?.reason).toBe('ImagePullBackOff');
    expect(pod && waitingReason(pod)).toBe('PodInitializing');
  });

  it('starts a container when the Secret that it needs is there, with its value', async () => {
    const { simulated, admin } = await start();
    const env = [
      { name: 'AZP_POOL', value: 'linux' },
      { name: 'AZP_TOKEN', valueFrom: { secretKeyRef: { name: 'pat', key: 'token' } } },
      { name: 'NONE', valueFrom: { secretKeyRef: { name: 'pat', key: 'none', optional: true } } },
    ];
    await admin.addPod(podBody({ containers: [{ name: 'agent', image: 'agent:1', env }] }));
    await simulated.waitFor(
      'the problem',
      () => waitingReason(simulated.pods()[0] ?? {}) === 'CreateContainerConfigError',
    );

    simulated.addSecret('pat', { token: 'value' });
    await phaseIs(simulated, 'Running');

    const [pod] = simulated.pods();
    expect(pod && simulated.environmentOf(pod)).toEqual({ AZP_POOL: 'linux', AZP_TOKEN: 'value' });
  });

  it('binds claims, holds a pod until its claim is there, and a claim until its pod is gone', async () => {
    const { simulated, admin } = await start();
    const claim = {
      metadata: { name: 'cache' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    await admin.addPod(podBody({ volumes: [{ name: 'cache', persistentVolumeClaim: { claimName: 'cache' } }] }));
    await simulated.waitFor('the condition', () => simulated.pods()[0]?.status?.conditions !== undefined);
    const [waiting] = simulated.pods();

    await admin.addClaim(claim);
    await phaseIs(simulated, 'Running');
    const bound = simulated.claims()[0]?.status?.phase;
    await admin.deleteClaim('cache');
    const kept = simulated.claims()[0]?.metadata?.deletionTimestamp;
    await admin.removePod('agent-0');
    await simulated.waitFor('the claim to go', () => simulated.claims().length === 0);

    expect(waiting?.status?.conditions?.[0]?.message).toBe('persistentvolumeclaim "cache" not found');
    expect(bound).toBe('Bound');
    expect(kept).toBeInstanceOf(Date);
  });
});
