import { describe, expect, it } from 'vitest';
import { parseRevision } from '../../src/definitions/parse-revision.ts';
import { aFile, aPool, inShort, parse } from './a-definition.ts';

/** Findings about one pool with these lines in its spec. */
async function errorsOf(...spec: string[]): Promise<string[]> {
  const { findings } = await parse({ 'linux.yaml': aPool('linux', spec) });
  return inShort(findings);
}

describe('a valid definition', () => {
  it('gets every default', async () => {
    const { pools, findings, counts } = await parse({ 'linux.yaml': aPool('linux') });

    expect(findings).toEqual([]);
    expect(counts).toEqual({ valid: 1, invalid: 0, skipped: 0 });
    expect(pools).toEqual([{ name: 'linux', file: 'linux.yaml', line: 1, spec: expect.anything() }]);
    expect(pools[0]?.spec).toEqual({
      name: 'linux',
      labels: {},
      annotations: {},
      connection: {
        url: 'https://dev.azure.com/contoso',
        organization: 'contoso',
        pool: 'linux-agents',
        credential: { secretName: 'azdo-pat' },
      },
      minAgents: 0,
      maxAgents: 10,
      standbyAgents: 0,
      schedules: [],
      keepFinishedPods: 0,
      ttlIdleSeconds: 0,
      idleGraceSeconds: 60,
      pollIntervalSeconds: 5,
      idlePollIntervalSeconds: 30,
      provisioningTimeoutSeconds: 900,
      offlineGraceSeconds: 300,
      staleAgentMinAgeSeconds: 600,
      suspend: false,
      volumePolicy: 'retain',
      agentClasses: [
        {
          name: 'default',
          capabilities: {},
          minAgents: 0,
          maxAgents: 10,
          standbyAgents: 0,
          shape: {
            image: 'ghcr.io/contoso/agent:4.260.0',
            imagePullPolicy: 'IfNotPresent',
            resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '2', memory: '4Gi' } },
            extraEnv: [],
            volumes: [],
            securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
            certTrustStore: [],
          },
        },
      ],
    });
  });

  it('takes the image from AGENT_IMAGE', async () => {
    const text = aPool('linux').replace(/ {2}image:.*\n/, '');
    const { pools } = await parseRevision([aFile('a.yaml', text)], {
      allowedUrls: ['https://dev.azure.com'],
      defaultImage: 'agent:1',
    });

    expect(pools[0]?.spec?.agentClasses[0]?.shape.image).toBe('agent:1');
    expect(inShort((await parse({ 'a.yaml': text })).findings)).toEqual([
      'error spec.image: is missing; name an image, or set AGENT_IMAGE for all pools',
    ]);
  });

  it('S27: capabilityImages become classes beside the default one', async () => {
    const { pools, findings } = await parse({
      'a.yaml': aPool('linux', [
        'capabilityAware: true',
        'maxAgents: 4',
        'minAgents: 1',
        'capabilityImages: {Java: img1, "Node.js -equals 22 LTS": img2, "node-js 22 lts": img3}',
      ]).replace(', "node-js 22 lts": img3', ', node-js-22-lts: img3'),
    });

    expect(inShort(findings)).toEqual([]);
    expect(pools[0]?.spec?.minAgents).toBe(1);
    const classes = pools[0]?.spec?.agentClasses ?? [];
    expect(
      classes.map(({ name, capabilities, minAgents, maxAgents, shape }) => [
        name,
        capabilities,
        minAgents,
        maxAgents,
        shape.image,
      ]),
    ).toEqual([
      ['default', {}, 0, 4, 'ghcr.io/contoso/agent:4.260.0'],
      ['java', { Java: 'true' }, 0, 4, 'img1'],
      ['node-js-22-lts', { 'Node.js': '22 LTS' }, 0, 4, 'img2'],
      ['node-js-22-lts-2', { 'node-js-22-lts': 'true' }, 0, 4, 'img3'],
    ]);
  });

  it('takes an unchanged RunnerPool, with a warning for what only a cluster sets', async () => {
    const text = aPool('linux', ['pvcs: [{name: work, mountPath: /work, storageClass: ""}]', 'initContainer: {}'])
      .replace('poolkeeper.dev/v1', 'devops.opentools.mf/v1')
      .replace('AgentPool', 'RunnerPool')
      .replace('  name: linux', '  name: linux\n  namespace: builds\n  uid: x')
      .concat('status: {active: true}\n');
    const { pools, findings } = await parse({ 'a.yaml': text });

    expect(findings.map(({ severity, path, line }) => `${severity} ${path} ${line}`)).toEqual([
      'warning metadata.namespace 5',
      'warning metadata.uid 6',
      'warning status 14',
    ]);
    expect(pools[0]?.spec?.agentClasses[0]?.shape).toMatchObject({
      initContainer: { image: 'busybox:latest' },
      volumes: [{ name: 'work', storage: '1Gi', createPvc: true, accessModes: ['ReadWriteOnce'] }],
    });
    expect(pools[0]?.spec?.agentClasses[0]?.shape.volumes[0]).not.toHaveProperty('storageClass');
  });
});

describe('S45: rules', () => {
  it.each`
    spec                                                                                   | error                                                           | why
    ${'minAgents: 11'}                                                                     | ${'spec.minAgents: must be at most maxAgents (10; is 11)'}      | ${'min above max'}
    ${'maxAgents: 0'}                                                                      | ${'spec.maxAgents: must be at least 1 (is 0)'}                  | ${'max of nothing'}
    ${'maxAgents: "20"'}                                                                   | ${'write 20 without quotes'}                                    | ${'quoted number'}
    ${'suspend: yes'}                                                                      | ${'YAML 1.2 reads "yes" as text'}                               | ${'yes is no boolean'}
    ${'suspend: "true"'}                                                                   | ${'write true without quotes'}                                  | ${'quoted boolean'}
    ${'pollIntervalSeconds: 4'}                                                            | ${'must be at least 5 (is 4)'}                                  | ${'too often'}
    ${'maxAgents: 1.5'}                                                                    | ${'spec.maxAgents'}                                             | ${'half an agent'}
    ${'maxAgents:'}                                                                        | ${'has no value'}                                               | ${'nothing after the colon'}
    ${'maxAgnets: 3'}                                                                      | ${'unknown key "maxAgnets"; did you mean "maxAgents"?'}         | ${'a slip in a key'}
    ${'accessModes: [ReadWriteOnce]'}                                                      | ${'it belongs under spec.pvcs'}                                 | ${'a key of another level'}
    ${'imagePullPolicy: ifnotpresent'}                                                     | ${'did you mean "IfNotPresent"?'}                               | ${'a slip in a value'}
    ${'sidecars: []'}                                                                      | ${'spec.sidecars: sidecars is not supported in this version'}   | ${'a field for later'}
    ${'securityContext: {runAsNonRoot: true}'}                                             | ${'runAsNonRoot is not supported in this version'}              | ${'a nested field for later'}
    ${'image: "a b"'}                                                                      | ${'spec.image: must be an image reference without blanks'}      | ${'blank in image'}
    ${'pvcs: [{name: a, mountPath: /a}, {name: a, mountPath: /b}]'}                        | ${'spec.pvcs[1].name: another entry has this name'}             | ${'duplicate volume'}
    ${'pvcs: [{name: a, mountPath: /a}, {name: b, mountPath: /a/}]'}                       | ${'spec.pvcs[1].mountPath: another entry is mounted here'}      | ${'duplicate mount path'}
    ${'pvcs: [{name: a, mountPath: a}]'}                                                   | ${'spec.pvcs[0].mountPath: must be absolute'}                   | ${'relative mount path'}
    ${'pvcs: [{name: a, mountPath: /a/../b}]'}                                             | ${'must not hold ".."'}                                         | ${'climbing mount path'}
    ${'pvcs: [{name: a, mountPath: /azp/}]'}                                               | ${"would hide the agent's own files"}                           | ${'over the agent'}
    ${'pvcs: [{name: a_b, mountPath: /a}]'}                                                | ${'spec.pvcs[0].name'}                                          | ${'a name that no claim can have'}
    ${'pvcs: [{name: a, mountPath: /a, createPvc: false, deleteWithAgent: true}]'}         | ${'spec.pvcs[0].deleteWithAgent: needs createPvc: true'}        | ${'deleting what is not ours'}
    ${'pvcs: [{name: a, mountPath: /a, storage: 10GB}]'}                                   | ${'must be a Kubernetes quantity'}                              | ${'bad quantity'}
    ${'pvcs: [{name: a, mountPath: /a, storage: 0Gi}]'}                                    | ${'must be more than zero'}                                     | ${'no storage'}
    ${'pvcs: [{name: a, mountPath: /a, accessModes: [RWO]}]'}                              | ${'spec.pvcs[0].accessModes[0]'}                                | ${'unknown access mode'}
    ${'extraEnv: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}]'} | ${'spec.extraEnv[0]: give value or valueFrom, not both'}        | ${'two sources'}
    ${'extraEnv: [{name: A}]'}                                                             | ${'spec.extraEnv[0]: give value or valueFrom'}                  | ${'no source'}
    ${'extraEnv: [{name: A, valueFrom: {}}]'}                                              | ${'must name exactly one source'}                               | ${'empty source'}
    ${'extraEnv: [{name: A, value: 1}]'}                                                   | ${'must be text; put quotes around 1'}                          | ${'number as value'}
    ${'extraEnv: [{name: A, value: x}, {name: A, value: y}]'}                              | ${'spec.extraEnv[1].name: another entry has this name'}         | ${'duplicate variable'}
    ${'extraEnv: [{name: 1A, value: x}]'}                                                  | ${'not starting with a digit'}                                  | ${'bad variable name'}
    ${'extraEnv: [{name: AZP_TOKEN, value: x}]'}                                           | ${'AZP_TOKEN is set by Poolkeeper'}                             | ${'reserved variable'}
    ${'extraEnv: [{name: POOLKEEPER_X, value: x}]'}                                        | ${'POOLKEEPER_X is set by Poolkeeper'}                          | ${'reserved prefix'}
    ${'certTrustStore: [{secretName: a}, {secretName: a}]'}                                | ${'spec.certTrustStore[1].secretName: this Secret is listed'}   | ${'duplicate Secret'}
    ${'resources: {requests: {cpu: 2}, limits: {cpu: 1500m}}'}                             | ${'spec.resources.requests.cpu: must be at most the limit'}     | ${'request above limit'}
    ${'resources: {requests: {cpu: lots}}'}                                                | ${'spec.resources.requests.cpu: must be a Kubernetes quantity'} | ${'bad request'}
    ${'pool: [a]'}                                                                         | ${'spec.pool: must be text (is a list)'}                        | ${'wrong type'}
  `('$why: $spec', async ({ spec, error }) => {
    const errors = await errorsOf(spec);

    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(error);
    expect(errors[0]).toMatch(/^error /);
  });

  it.each`
    storage      | why
    ${'10Gi'}    | ${'binary'}
    ${'1.5Ti'}   | ${'decimal fraction'}
    ${'10G'}     | ${'decimal suffix'}
    ${'1e9'}     | ${'exponent'}
    ${'1000000'} | ${'plain number'}
    ${'"500M"'}  | ${'quoted'}
  `('any form of quantity: $why', async ({ storage }) => {
    expect(await errorsOf(`pvcs: [{name: a, mountPath: /azp/_work, storage: ${storage}}]`)).toEqual([]);
  });

  it('finds errors of single fields and between fields in one go', async () => {
    const errors = await errorsOf(
      'minAgents: 12',
      'ttlIdleSeconds: soon',
      'pvcs: [{name: X, mountPath: /x}, {name: a, mountPath: /a}, {name: a, mountPath: /a}]',
      'certTrustStore: [{secretName: ca}]',
    );

    expect(errors.map((error) => error.split(':')[0])).toEqual([
      'error spec.minAgents',
      'error spec.ttlIdleSeconds',
      'error spec.pvcs[0].name',
      'error spec.pvcs[2].name',
      'error spec.pvcs[2].mountPath',
    ]);
  });

  it('a mount path in the way of the trust store', async () => {
    const errors = await errorsOf('certTrustStore: [{secretName: ca}]', 'pvcs: [{name: a, mountPath: /etc/ssl}]');

    expect(errors[0]).toContain('is in the way of certTrustStore');
  });

  it('warns of what has no effect', async () => {
    expect(await errorsOf('capabilityImages: {Java: img}', 'minAgents: 6', 'standbyAgents: 6')).toEqual([
      'warning spec.capabilityImages: has no effect without capabilityAware: true',
      expect.stringContaining('warning spec.standbyAgents: minAgents and standbyAgents together (12)'),
    ]);
  });

  it('places findings on the key, the value or the parent', async () => {
    const text = aPool('linux', ['maxAgents: 0', 'color: red', 'pvcs:', '  - name: a']).replace(
      / {2}patSecret.*\n/,
      '',
    );
    const { findings } = await parse({ 'linux.yaml': text });

    expect(findings.map(({ path, line, column, pool }) => ({ path, at: `${line}:${column}`, pool }))).toEqual([
      { path: 'spec.patSecretName', at: '5:1', pool: 'linux' },
      { path: 'spec.maxAgents', at: '9:14', pool: 'linux' },
      { path: 'spec.color', at: '10:3', pool: 'linux' },
      { path: 'spec.pvcs[0].mountPath', at: '12:7', pool: 'linux' },
    ]);
  });
});

describe('names', () => {
  it.each`
    name              | why
    ${'Linux'}        | ${'capital letter'}
    ${'a'.repeat(41)} | ${'too long'}
    ${'x-agent-1'}    | ${'reads like an agent'}
    ${'-x'}           | ${'starts with a dash'}
    ${'a.b'}          | ${'a dot'}
    ${'12'}           | ${'a number'}
  `('refuses $why, and then nothing may be removed', async ({ name }) => {
    const { pools, findings, unnamedDocuments } = await parse({ 'a.yaml': aPool(name) });

    expect(pools).toEqual([]);
    expect(findings[0]).toMatchObject({ severity: 'error', path: 'metadata.name', line: 4 });
    expect(unnamedDocuments).toEqual([{ file: 'a.yaml', line: 1 }]);
  });

  it('S47: one name twice, and two names for one Azure DevOps pool, are errors on both', async () => {
    const twice = await parse({ 'a.yaml': aPool('linux'), 'b.yaml': aPool('linux', ['pool: other']) });
    expect(twice.pools.map(({ spec }) => spec)).toEqual([undefined, undefined]);
    expect(twice.findings.map(({ rule, file }) => `${rule} ${file}`)).toEqual([
      'repeated-pool a.yaml',
      'repeated-pool b.yaml',
    ]);

    const shared = await parse({ 'a.yaml': aPool('one', ['pool: Same']), 'b.yaml': aPool('two', ['pool: same']) });
    expect(shared.pools.map(({ spec }) => spec)).toEqual([undefined, undefined]);
    expect(shared.findings[0]?.message).toContain('b.yaml:1');
  });
});

describe('RepoSettings and PoolDefaults', () => {
  it.each`
    body                                                               | why
    ${'pruneProtection: {confirmRemovalOf: [linux, windows]}'}         | ${'beside kind'}
    ${'spec: {pruneProtection: {confirmRemovalOf: [linux, windows]}}'} | ${'under spec'}
  `('reads confirmations $why', async ({ body }) => {
    const { settings, findings } = await parse({
      'a.yaml': `apiVersion: poolkeeper.dev/v1\nkind: RepoSettings\n${body}\n`,
    });

    expect(findings).toEqual([]);
    expect(settings.pruneProtection.confirmRemovalOf).toEqual(['linux', 'windows']);
  });

  it('an error in it confirms nothing', async () => {
    const text = 'apiVersion: poolkeeper.dev/v1\nkind: RepoSettings\npruneProtection: {confirmRemovalsOf: [linux]}\n';
    const { settings, findings } = await parse({ 'a.yaml': text });

    expect(settings.pruneProtection.confirmRemovalOf).toEqual([]);
    expect(findings[0]?.message).toContain('did you mean "confirmRemovalOf"?');
  });

  it('PoolDefaults are refused, and the pools below them are not taken without them', async () => {
    const text = 'apiVersion: poolkeeper.dev/v1\nkind: PoolDefaults\nspec: {maxAgents: 3}\n';
    const { pools, findings } = await parse({ 'a/d.yaml': text, 'a/b/x.yaml': aPool('x'), 'c/y.yaml': aPool('y') });

    expect(findings[0]?.message).toContain('not supported in this version');
    expect(pools.map(({ name, spec }) => [name, spec !== undefined])).toEqual([
      ['x', false],
      ['y', true],
    ]);
  });
});
