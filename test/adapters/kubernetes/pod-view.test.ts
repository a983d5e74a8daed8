import { describe, expect, it } from 'vitest';
import { readVolumeClaim } from '../../../src/adapters/kubernetes/claim-view.ts';
import { readAgentPod } from '../../../src/adapters/kubernetes/pod-view.ts';
import { annotations, labels } from '../../../src/pool/names.ts';
import { aClaim, aPod } from '../../contracts/cluster-objects.ts';

const stored = { uid: 'u', resourceVersion: '7', creationTimestamp: '2026-01-02T03:04:05Z' };

function podWith(status: object, change: { labels?: object; annotations?: object; spec?: object } = {}): unknown {
  const { metadata, spec } = aPod('default', 3);
  return {
    metadata: {
      ...metadata,
      ...stored,
      labels: { ...metadata?.labels, ...change.labels },
      annotations: { ...metadata?.annotations, ...change.annotations },
    },
    spec: { ...spec, ...change.spec },
    status,
  };
}

const container = (name: string, state: object) => ({ name, state });
const agent = (state: object) => ({
  containerStatuses: [container('sidecar', { running: {} }), container('agent', state)],
});
const waiting = (reason: string) => ({ waiting: { reason } });

describe('a pod as the plan sees it', () => {
  it.each`
    status                                                                                                                                                         | state                                                             | why
    ${{}}                                                                                                                                                          | ${{ kind: 'none' }}                                               | ${'nothing is known yet'}
    ${{ containerStatuses: [container('sidecar', { running: {} })] }}                                                                                              | ${{ kind: 'none' }}                                               | ${'only the container named agent counts'}
    ${agent({})}                                                                                                                                                   | ${{ kind: 'none' }}                                               | ${'a status without a state'}
    ${agent(waiting('ContainerCreating'))}                                                                                                                         | ${{ kind: 'waiting', reason: 'ContainerCreating' }}               | ${'it is being made'}
    ${agent({ running: { startedAt: 'x' } })}                                                                                                                      | ${{ kind: 'running' }}                                            | ${'it runs'}
    ${agent({ terminated: { exitCode: 0, finishedAt: '2026-01-02T03:04:05Z' } })}                                                                                  | ${{ kind: 'terminated', exitCode: 0, finishedAt: 1767323045000 }} | ${'it ended'}
    ${agent({ terminated: { exitCode: 137, finishedAt: null } })}                                                                                                  | ${{ kind: 'terminated', exitCode: 137 }}                          | ${'it ended at an unknown time'}
    ${{ ...agent(waiting('PodInitializing')), initContainerStatuses: [container('a', { terminated: { exitCode: 0 } }), container('b', waiting('ErrImagePull'))] }} | ${{ kind: 'waiting', reason: 'ErrImagePull' }}                    | ${'an init container cannot start'}
    ${{ ...agent(waiting('PodInitializing')), initContainerStatuses: [container('a', { running: {} }), container('b', waiting('PodInitializing'))] }}              | ${{ kind: 'waiting', reason: 'PodInitializing' }}                 | ${'init containers are at work'}
    ${{ ...agent(waiting('PodInitializing')), initContainerStatuses: [container('a', { terminated: { exitCode: 3 } })] }}                                          | ${{ kind: 'terminated', exitCode: 3 }}                            | ${'an init container failed: the agent never runs'}
    ${{ ...agent({ running: {} }), initContainerStatuses: [container('sidecar', waiting('CrashLoopBackOff'))] }}                                                   | ${{ kind: 'running' }}                                            | ${'a native sidecar does not speak for a running agent'}
  `('knows its agent container: $why', ({ status, state }) => {
    expect(readAgentPod(podWith(status))?.value.agentContainer).toEqual(state);
  });

  it.each`
    status                                                         | spec                  | scheduled | why
    ${{}}                                                          | ${{}}                 | ${false}  | ${'new'}
    ${{ conditions: [{ type: 'PodScheduled', status: 'False' }] }} | ${{}}                 | ${false}  | ${'no node fits'}
    ${{ conditions: [{ type: 'PodScheduled', status: 'True' }] }}  | ${{}}                 | ${true}   | ${'the condition says so'}
    ${{}}                                                          | ${{ nodeName: 'n1' }} | ${true}   | ${'it has a node'}
  `('knows whether it has a node: $why', ({ status, spec, scheduled }) => {
    expect(readAgentPod(podWith(status, { spec }))?.value.scheduled).toBe(scheduled);
  });

  it.each`
    label                | value        | why
    ${labels.index}      | ${'three'}   | ${'no number'}
    ${labels.index}      | ${'03'}      | ${'not how we write numbers'}
    ${labels.index}      | ${'-1'}      | ${'no index'}
    ${labels.index}      | ${'9999999'} | ${'beyond any index'}
    ${labels.pool}       | ${''}        | ${'no pool'}
    ${labels.agentClass} | ${''}        | ${'no class'}
  `('S67: is nobody’s with $label=$value: $why', ({ label, value }) => {
    expect(readAgentPod(podWith({}, { labels: { [label]: value } }))).toBeUndefined();
  });

  it.each([[undefined], [null], ['text'], [{}], [{ metadata: { name: 'x' } }]])('never throws for %j', (object) => {
    expect(readAgentPod(object)).toBeUndefined();
    expect(readVolumeClaim(object)).toBeUndefined();
  });

  it.each`
    note                                                                                     | read
    ${'{"url":"https://dev.azure.com/contoso","pool":"p","secretName":"s"}'}                 | ${{ url: 'https://dev.azure.com/contoso', pool: 'p', secretName: 's' }}
    ${'{"url":"https://dev.azure.com/contoso","pool":"p","secretName":"s","secretKey":"k"}'} | ${{ url: 'https://dev.azure.com/contoso', pool: 'p', secretName: 's', secretKey: 'k' }}
    ${'{"url":1}'}                                                                           | ${undefined}
    ${'nonsense'}                                                                            | ${undefined}
  `('reads what it registered with: $note', ({ note, read }) => {
    const pod = readAgentPod(podWith({}, { annotations: { [annotations.registeredWith]: note } }));

    expect(pod?.value.registeredWith).toEqual(read);
  });

  it('keeps dates of lists and text of watches apart from nothing', () => {
    const text = podWith({});
    const dated = structuredClone(text) as { metadata: { creationTimestamp: unknown; deletionTimestamp: unknown } };
    dated.metadata.creationTimestamp = new Date(stored.creationTimestamp);
    dated.metadata.deletionTimestamp = new Date(stored.creationTimestamp);

    expect(readAgentPod(dated)?.value.createdAt).toBe(readAgentPod(text)?.value.createdAt);
    expect(readAgentPod(dated)?.value.deletionDeadline).toBe(Date.parse(stored.creationTimestamp));
    expect(readAgentPod(text)?.value.deletionDeadline).toBeUndefined();
  });
});

describe('a claim as the plan sees it', () => {
  it('is nobody’s without the mark of its volume', () => {
    const { metadata, spec } = aClaim('default', 1);
    const claim = { metadata: { ...metadata, ...stored, annotations: {} }, spec };

    expect(readVolumeClaim(claim)).toBeUndefined();
  });
});
