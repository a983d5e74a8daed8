import { CoordinationV1Api, CoreV1Api, EventsV1Api, type KubeConfig, V1MicroTime } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type SimulatedKubernetes,
  startSimulatedKubernetes,
} from '../../../src/sandbox/kubernetes/simulated-kubernetes.ts';

const namespace = 'poolkeeper';
const podBody = (name: string, labels: Record<string, string> = {}) => ({
  metadata: { name, labels },
  spec: { containers: [{ name: 'agent', image: 'agent:1' }] },
});

describe('the simulated API server', () => {
  let simulated: SimulatedKubernetes;
  let core: CoreV1Api;
  beforeEach(async () => {
    simulated = await startSimulatedKubernetes({ kubelet: false, allowAnonymous: false });
    core = simulated.kubeConfig().makeApiClient(CoreV1Api);
  });
  afterEach(() => simulated.close());

  async function get(path: string, token?: string): Promise<{ status: number; date: string | null; body: string }> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(`${simulated.url}${path}`, { headers });
    return { status: answer.status, date: answer.headers.get('date'), body: await answer.text() };
  }
  const tokenOf = (config: KubeConfig) => config.getCurrentUser()?.token ?? '';

  it.each([[undefined], ['wrong']])('refuses the token %s', async (token) => {
    const { status, body } = await get('/api/v1/namespaces/poolkeeper/pods', token);

    expect(status).toBe(401);
    expect(JSON.parse(body)).toMatchObject({ kind: 'Status', reason: 'Unauthorized', code: 401 });
  });

  it('lets in who brings no token, as kubectl does, unless told otherwise', async () => {
    const open = await startSimulatedKubernetes();

    const answer = await fetch(`${open.url}/api/v1/namespaces`);

    expect(answer.status).toBe(200);
    expect(open.requests().at(-1)?.user).toBe('anonymous');
    await open.close();
  });

  it('dates its answers and objects by a clock that can be set', async () => {
    simulated.setNow(Date.UTC(2030, 0, 1));

    const { date } = await get('/version', tokenOf(simulated.kubeConfig()));
    const pod = await core.createNamespacedPod({ namespace, body: podBody('a') });

    expect(Math.abs(Date.parse(date ?? '') - Date.UTC(2030, 0, 1))).toBeLessThan(5000);
    expect(pod.metadata?.creationTimestamp?.getUTCFullYear()).toBe(2030);
  });

  it.each`
    body                                                     | status | reason             | why
    ${podBody('')}                                           | ${422} | ${'Invalid'}       | ${'no name'}
    ${podBody('Upper')}                                      | ${422} | ${'Invalid'}       | ${'not a DNS name'}
    ${podBody('a', { x: 'not a label' })}                    | ${422} | ${'Invalid'}       | ${'a bad label'}
    ${{ metadata: { name: 'a' }, spec: { containers: [] } }} | ${422} | ${'Invalid'}       | ${'no container'}
    ${podBody('taken')}                                      | ${409} | ${'AlreadyExists'} | ${'the name is taken'}
  `('refuses a pod: $why', async ({ body, status, reason }) => {
    await core.createNamespacedPod({ namespace, body: podBody('taken') });

    const failure = core.createNamespacedPod({ namespace, body });

    await expect(failure).rejects.toMatchObject({
      code: status,
      body: expect.stringContaining(`"reason":"${reason}"`),
    });
  });

  it('refuses an unknown namespace and an unknown path', async () => {
    await expect(core.createNamespacedPod({ namespace: 'other', body: podBody('a') })).rejects.toMatchObject({
      code: 404,
    });
    expect((await get('/api/v1/nonsense', tokenOf(simulated.kubeConfig()))).status).toBe(404);
  });

  it('lists in pages that show one moment, by label and by name', async () => {
    for (const name of ['a', 'b', 'c', 'd']) {
      await core.createNamespacedPod({ namespace, body: podBody(name, { side: name < 'd' ? 'left' : 'right' }) });
    }

    const first = await core.listNamespacedPod({ namespace, limit: 2, labelSelector: 'side=left' });
    await core.deleteNamespacedPod({ namespace, name: 'c' });
    const { _continue: next = '' } = first.metadata ?? {};
    const second = await core.listNamespacedPod({ namespace, limit: 2, labelSelector: 'side=left', _continue: next });
    const named = await core.listNamespacedPod({ namespace, fieldSelector: 'metadata.name=d' });

    expect(first.items.map(({ metadata }) => metadata?.name)).toEqual(['a', 'b']);
    expect(second.items.map(({ metadata }) => metadata?.name)).toEqual(['c']);
    expect(second.metadata?.resourceVersion).toBe(first.metadata?.resourceVersion);
    expect(named.items.map(({ metadata }) => metadata?.name)).toEqual(['d']);
    simulated.compact();
    await expect(core.listNamespacedPod({ namespace, limit: 2, _continue: next })).rejects.toMatchObject({ code: 410 });
  });

  it.each`
    selector               | names         | why
    ${'side'}              | ${['l', 'r']} | ${'the label is there'}
    ${'!side'}             | ${['n']}      | ${'the label is not there'}
    ${'side!=left'}        | ${['n', 'r']} | ${'another value or none'}
    ${'side in (left,x)'}  | ${['l']}      | ${'one of a set'}
    ${'side notin (left)'} | ${['n', 'r']} | ${'none of a set'}
    ${'side=left,side'}    | ${['l']}      | ${'all of several'}
  `('understands the selector $selector: $why', async ({ selector, names }) => {
    await core.createNamespacedPod({ namespace, body: podBody('l', { side: 'left' }) });
    await core.createNamespacedPod({ namespace, body: podBody('r', { side: 'right' }) });
    await core.createNamespacedPod({ namespace, body: podBody('n') });

    const { items } = await core.listNamespacedPod({ namespace, labelSelector: selector });

    expect(items.map(({ metadata }) => metadata?.name)).toEqual(names);
  });

  it('takes the library’s default, a JSON patch, and refuses an object as one', async () => {
    await core.createNamespacedPod({ namespace, body: podBody('a', { x: '1' }) });

    const patched = await core.patchNamespacedPod({
      namespace,
      name: 'a',
      body: [
        { op: 'replace', path: '/metadata/labels/x', value: '2' },
        { op: 'add', path: '/metadata/annotations/example.org~1note', value: 'yes' },
      ],
    });

    expect(patched.metadata).toMatchObject({ labels: { x: '2' }, annotations: { 'example.org/note': 'yes' } });
    await expect(core.patchNamespacedPod({ namespace, name: 'a', body: { metadata: {} } })).rejects.toMatchObject({
      code: 400,
    });
  });

  it('guards a Lease by its resourceVersion', async () => {
    const leases = simulated.kubeConfig().makeApiClient(CoordinationV1Api);
    const created = await leases.createNamespacedLease({
      namespace,
      body: { metadata: { name: 'leader' }, spec: { holderIdentity: 'a', renewTime: new V1MicroTime() } },
    });
    await leases.replaceNamespacedLease({
      namespace,
      name: 'leader',
      body: { ...created, spec: { holderIdentity: 'b' } },
    });

    const late = leases.replaceNamespacedLease({
      namespace,
      name: 'leader',
      body: { ...created, spec: { holderIdentity: 'c' } },
    });

    await expect(late).rejects.toMatchObject({ code: 409 });
    expect((await leases.readNamespacedLease({ namespace, name: 'leader' })).spec?.holderIdentity).toBe('b');
  });

  it('keeps events', async () => {
    const events = simulated.kubeConfig().makeApiClient(EventsV1Api);
    await events.createNamespacedEvent({
      namespace,
      body: { metadata: { name: 'e1' }, eventTime: new V1MicroTime(), reason: 'AgentPodCreated' },
    });

    expect((await core.listNamespacedEvent({ namespace })).items).toHaveLength(1);
  });

  it('records who asked for what', async () => {
    simulated.clearRequests();
    await core.listNamespacedPod({ namespace });
    await core.readNamespace({ name: namespace });

    expect(simulated.requests()).toMatchObject([
      { verb: 'list', resource: 'pods', namespace, user: 'poolkeeper' },
      { verb: 'get', resource: 'namespaces', namespace, name: namespace },
    ]);
  });

  it('shows its resources to clients that look around', async () => {
    const token = tokenOf(simulated.kubeConfig());

    expect(JSON.parse((await get('/api/v1', token)).body)).toMatchObject({ kind: 'APIResourceList' });
    expect(JSON.parse((await get('/apis', token)).body)).toMatchObject({
      groups: [{ name: 'coordination.k8s.io' }, { name: 'events.k8s.io' }],
    });
    expect(JSON.parse((await get('/version', token)).body)).toMatchObject({ major: '1', minor: '34' });
  });

  it('answers in a table where kubectl asks for one', async () => {
    const pod = await core.createNamespacedPod({ namespace, body: podBody('a') });
    const waiting = { name: 'agent', image: 'agent:1', imageID: '', ready: false, restartCount: 0 };
    simulated.setPodStatus('a', {
      phase: 'Pending',
      containerStatuses: [{ ...waiting, state: { waiting: { reason: 'ImagePullBackOff' } } }],
    });
    const headers = {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
      authorization: `Bearer ${tokenOf(simulated.kubeConfig())}`,
    };

    const answer = await fetch(`${simulated.url}/api/v1/namespaces/poolkeeper/pods`, { headers });

    expect(await answer.json()).toMatchObject({
      kind: 'Table',
      columnDefinitions: [{ name: 'Name' }, { name: 'Ready' }, { name: 'Status' }, { name: 'Age' }],
      rows: [
        {
          cells: ['a', '0/1', 'ImagePullBackOff', expect.stringMatching(/^\d+s$/)],
          object: { metadata: { uid: pod.metadata?.uid } },
        },
      ],
    });
  });
});
