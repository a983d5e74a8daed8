import { describe, expect, it } from 'vitest';
import { buildAgentPod, type PodContext } from '../../src/pool/workload/agent-pod.ts';
import { templateHashes } from '../../src/pool/workload/template-hash.ts';
import { buildVolumeClaim } from '../../src/pool/workload/volume-claims.ts';
import { anAgentClass, aPoolSpec, aVolume } from '../support/pool-specs.ts';

const context: PodContext = {
  naming: { instance: 'default', pool: 'linux' },
  index: 2,
  owner: '01234567/default/linux',
  revision: 'abc',
  templateHash: 'hash',
  secretKey: 'token',
  reason: 'queued-jobs',
  missingVolumes: new Set(),
};

describe('the agent pod', () => {
  it('carries the names, labels and environment that the reference promises', () => {
    const agentClass = anAgentClass({
      name: 'java',
      capabilities: { java: '17' },
      shape: { extraEnv: [{ name: 'NPM_TOKEN', valueFrom: { secretKeyRef: { name: 'npm', key: 'token' } } }] },
    });
    const pod = buildAgentPod(
      aPoolSpec({ labels: { team: 'platform' }, agentClasses: [agentClass] }),
      agentClass,
      context,
    );

    expect(pod.metadata?.name).toBe('linux-agent-2');
    expect(pod.metadata?.labels).toEqual({
      team: 'platform',
      'app.kubernetes.io/name': 'poolkeeper-agent',
      'app.kubernetes.io/instance': 'default',
      'app.kubernetes.io/component': 'agent',
      'app.kubernetes.io/managed-by': 'poolkeeper',
      'poolkeeper.dev/instance': 'default',
      'poolkeeper.dev/pool': 'linux',
      'poolkeeper.dev/agent-class': 'java',
      'poolkeeper.dev/index': '2',
    });
    expect(JSON.parse(pod.metadata?.annotations?.['poolkeeper.dev/registered-with'] ?? '')).toEqual({
      url: 'https://dev.azure.com/contoso',
      pool: 'linux-agents',
      secretName: 'azdo-pat',
    });
    const [container] = pod.spec?.containers ?? [];
    expect(container?.name).toBe('agent');
    expect(container?.env).toEqual([
      { name: 'AZP_URL', value: 'https://dev.azure.com/contoso' },
      { name: 'AZP_POOL', value: 'linux-agents' },
      { name: 'AZP_TOKEN', valueFrom: { secretKeyRef: { name: 'azdo-pat', key: 'token' } } },
      { name: 'AZP_AGENT_NAME', value: 'linux-agent-2' },
      { name: 'AZP_CAPABILITY', value: 'java' },
      { name: 'java', value: '17' },
      { name: 'POOLKEEPER_OWNER', value: '01234567/default/linux' },
      { name: 'VSO_AGENT_IGNORE', value: 'AZP_TOKEN,AZP_TOKEN_FILE,NPM_TOKEN' },
      { name: 'NPM_TOKEN', valueFrom: { secretKeyRef: { name: 'npm', key: 'token' } } },
    ]);
    expect(container?.lifecycle?.preStop?.exec?.command).toEqual(['/azp/pre-stop']);
    expect(pod.spec).toMatchObject({
      restartPolicy: 'Never',
      enableServiceLinks: false,
      automountServiceAccountToken: false,
    });
  });

  it.each`
    ttlIdleSeconds | args          | why
    ${0}           | ${['--once']} | ${'0 stays run-once'}
    ${300}         | ${undefined}  | ${'a lasting agent takes more jobs'}
  `('S38: ttlIdleSeconds $ttlIdleSeconds gives args $args: $why', ({ ttlIdleSeconds, args }) => {
    const spec = aPoolSpec({ ttlIdleSeconds });
    expect(buildAgentPod(spec, anAgentClass(), context).spec?.containers[0]?.args).toEqual(args);
  });

  it('S36: mounts one claim per volume, and leaves out an optional one that cannot be had', () => {
    const agentClass = anAgentClass({
      shape: { volumes: [aVolume(), aVolume({ name: 'tools', mountPath: '/tools', optional: true })] },
    });
    const whole = buildAgentPod(aPoolSpec(), agentClass, context);
    expect(whole.spec?.volumes?.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName)).toEqual([
      undefined,
      'linux-agent-2-cache',
      'linux-agent-2-tools',
    ]);

    const without = buildAgentPod(aPoolSpec(), agentClass, { ...context, missingVolumes: new Set(['tools']) });
    expect(without.spec?.containers[0]?.volumeMounts?.map(({ mountPath }) => mountPath)).toEqual([
      '/azp/_work',
      '/cache',
    ]);
  });

  it('has a security context with and without the init container, and gives paths to its script as arguments only', () => {
    const shape = { volumes: [aVolume({ mountPath: '/a b; rm -rf /' })], initContainer: { image: 'busybox:latest' } };
    const pod = buildAgentPod(aPoolSpec(), anAgentClass({ shape }), context);
    expect(pod.spec?.initContainers?.[0]?.command?.slice(0, 2)).toEqual(['sh', '-c']);
    expect(pod.spec?.initContainers?.[0]?.command?.[2]).not.toContain('rm -rf');
    expect(pod.spec?.initContainers?.[0]?.command?.slice(-2)).toEqual(['1000:1000', '/a b; rm -rf /']);

    const plain = buildAgentPod(aPoolSpec(), anAgentClass(), context);
    expect(plain.spec?.initContainers).toBeUndefined();
    expect(plain.spec?.containers[0]?.securityContext).toMatchObject({ runAsUser: 1000, runAsNonRoot: true });
  });

  it('mounts trusted Secrets whole and read-only, and tells the start script where the certificates are', () => {
    const shape = { certTrustStore: [{ secretName: 'corp.ca' }, { secretName: 'proxy', key: 'root.pem' }] };
    const pod = buildAgentPod(aPoolSpec(), anAgentClass({ shape }), context);
    const [container] = pod.spec?.containers ?? [];
    expect(container?.volumeMounts?.slice(1)).toEqual([
      { name: 'trust-corp-ca', mountPath: '/etc/ssl/certs/corp.ca', readOnly: true },
      { name: 'trust-proxy', mountPath: '/etc/ssl/certs/proxy', readOnly: true },
    ]);
    expect(container?.env?.find(({ name }) => name === 'POOLKEEPER_TRUSTED_CERTIFICATES')?.value).toBe(
      '/etc/ssl/certs/corp.ca/tls.crt:/etc/ssl/certs/corp.ca/ca.crt:/etc/ssl/certs/proxy/root.pem',
    );
  });
});

describe('the template hash', () => {
  it('changes with the shape, not with index, job, revision or the order of a map', () => {
    const hash = (spec = aPoolSpec()) => templateHashes(spec).get('default');
    expect(hash(aPoolSpec({ labels: { a: '1', b: '2' } }))).toBe(hash(aPoolSpec({ labels: { b: '2', a: '1' } })));
    expect(hash(aPoolSpec({ maxAgents: 99 }))).toBe(hash());
    expect(hash(aPoolSpec({ agentClasses: [anAgentClass({ shape: { image: 'agent:2' } })] }))).not.toBe(hash());
  });
});

describe('the volume claim', () => {
  it('asks for the default class by saying nothing, and remembers whether it goes with its agent', () => {
    const claim = buildVolumeClaim(context.naming, anAgentClass(), {
      index: 2,
      volume: aVolume({ deleteWithAgent: true }),
    });
    expect(claim.metadata?.name).toBe('linux-agent-2-cache');
    expect(claim.spec && 'storageClassName' in claim.spec).toBe(false);
    expect(claim.metadata?.annotations?.['poolkeeper.dev/delete-with-agent']).toBe('true');
  });
});
