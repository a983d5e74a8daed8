import { describe, expect, it } from 'vitest';
import { aPool, inShort, parse } from './a-definition.ts';

/** A definition without an image, so that only what matters is in it. */
async function read(...spec: string[]) {
  const text = aPool('linux', spec);
  const { pools, findings } = await parse({ 'linux.yaml': text });
  return { classes: pools[0]?.spec?.agentClasses, errors: inShort(findings) };
}

const plain = '{name: plain}';

describe('agentClasses', () => {
  it('take over what they do not say, and replace what they say', async () => {
    const { classes, errors } = await read(
      'maxAgents: 8',
      'minAgents: 1',
      'imagePullPolicy: Always',
      'extraEnv: [{name: A, value: pool}]',
      'resources: {requests: {cpu: 1, memory: 1Gi}}',
      'pvcs: [{name: work, mountPath: /work}]',
      'initContainer: {}',
      'securityContext: {runAsUser: 2000, fsGroup: 2000}',
      'certTrustStore: [{secretName: ca}]',
      'agentClasses:',
      '  - name: plain',
      '  - name: java',
      '    capabilities: {java: 17, maven: true}',
      '    minAgents: 1',
      '    maxAgents: 3',
      '    standbyAgents: 1',
      '    image: agent-java:1',
      '    imagePullPolicy: Never',
      '    extraEnv: [{name: B, value: class}]',
      '    resources: {limits: {memory: 8Gi}}',
      '    pvcs: []',
      '    initContainer: {image: alpine}',
      '    securityContext: {runAsUser: 3000}',
      '    certTrustStore: []',
    );
    const shared = {
      image: 'ghcr.io/contoso/agent:4.260.0',
      imagePullPolicy: 'Always',
      certTrustStore: [{ secretName: 'ca' }],
    };

    expect(errors).toEqual([]);
    expect(classes).toEqual([
      {
        name: 'plain',
        capabilities: {},
        minAgents: 0,
        maxAgents: 8,
        standbyAgents: 0,
        shape: {
          ...shared,
          extraEnv: [{ name: 'A', value: 'pool' }],
          resources: { requests: { cpu: '1', memory: '1Gi' } },
          volumes: [expect.objectContaining({ name: 'work' })],
          initContainer: { image: 'busybox:latest' },
          securityContext: { runAsUser: 2000, runAsGroup: 1000, fsGroup: 2000 },
        },
      },
      {
        name: 'java',
        capabilities: { java: '17', maven: 'true' },
        minAgents: 1,
        maxAgents: 3,
        standbyAgents: 1,
        shape: {
          image: 'agent-java:1',
          imagePullPolicy: 'Never',
          extraEnv: [{ name: 'B', value: 'class' }],
          resources: { limits: { memory: '8Gi' } },
          volumes: [],
          initContainer: { image: 'alpine' },
          securityContext: { runAsUser: 3000, runAsGroup: 1000, fsGroup: 1000 },
          certTrustStore: [],
        },
      },
    ]);
  });

  it.each`
    value       | taken       | why
    ${'17'}     | ${'17'}     | ${'a number'}
    ${'3.10'}   | ${'3.10'}   | ${'a version that YAML would shorten to 3.1'}
    ${'8.0'}    | ${'8.0'}    | ${'a version that YAML would shorten to 8'}
    ${'017'}    | ${'017'}    | ${'leading zeros'}
    ${'true'}   | ${'true'}   | ${'a boolean'}
    ${'"17"'}   | ${'17'}     | ${'text'}
    ${'22 LTS'} | ${'22 LTS'} | ${'text with a blank'}
  `('a capability is taken as it is written: $value ($why)', async ({ value, taken }) => {
    const { classes, errors } = await read(`agentClasses: [{name: a, capabilities: {tool: ${value}}}]`);

    expect(errors).toEqual([]);
    expect(classes?.[0]?.capabilities).toEqual({ tool: taken });
  });

  it('a class without a maximum has the most that the pool may ever have', async () => {
    const { classes, errors } = await read(
      'schedules: [{name: a, days: [mon], from: 08:00, to: 18:00, timeZone: UTC, maxAgents: 20}]',
      'agentClasses: [{name: a}, {name: b, capabilities: {b: 1}, maxAgents: 15}]',
    );

    expect(errors).toEqual([]);
    expect(classes?.map(({ maxAgents }) => maxAgents)).toEqual([20, 15]);
  });

  it('the pool needs no image when every class has one', async () => {
    const of = async (classes: string) => {
      const text = aPool('linux', [`agentClasses: ${classes}`]).replace(/ {2}image: ghcr.*\n/, '');
      return inShort((await parse({ 'a.yaml': text })).findings);
    };

    expect(await of('[{name: a, image: x}]')).toEqual([]);
    expect(await of('[{name: a, image: x}, {name: b, capabilities: {b: 1}}]')).toEqual([
      'error spec.agentClasses[1].image: is missing; name an image here, under spec for all classes, or set AGENT_IMAGE for all pools',
    ]);
  });

  it.each`
    classes                                                                               | error                                                                                                          | why
    ${'[]'}                                                                               | ${'spec.agentClasses: must have at least 1 entry (has 0)'}                                                     | ${'no class'}
    ${'{java: {}}'}                                                                       | ${'spec.agentClasses: must be a list (is a map)'}                                                              | ${'a map'}
    ${'[java]'}                                                                           | ${'spec.agentClasses[0]: must be a map (is "java")'}                                                           | ${'only a name'}
    ${'[{capabilities: {a: b}}]'}                                                         | ${'spec.agentClasses[0].name: is missing; it must be given'}                                                   | ${'no name'}
    ${'[{name: Java}]'}                                                                   | ${'spec.agentClasses[0].name: must be lower-case letters, digits and "-", for example java'}                   | ${'capital letter'}
    ${'[{name: x-agent-1}]'}                                                              | ${'must not hold "-agent-" and a number'}                                                                      | ${'reads like an agent'}
    ${'[{name: a}, {name: a, capabilities: {b: c}}]'}                                     | ${'spec.agentClasses[1].name: another class has this name'}                                                    | ${'one name twice'}
    ${'[{name: a}, {name: b}]'}                                                           | ${'spec.agentClasses[1].capabilities: another class has the same capabilities'}                                | ${'two without capabilities'}
    ${'[{name: a, capabilities: {x: 1, y: Z}}, {name: b, capabilities: {Y: z, X: "1"}}]'} | ${'spec.agentClasses[1].capabilities: another class has the same'}                                             | ${'the same in another order and case'}
    ${'[{name: a, capabilities: {java: }}]'}                                              | ${'spec.agentClasses[0].capabilities.java: has no value; give text, or remove the line'}                       | ${'no value'}
    ${'[{name: a, capabilities: {java: ""}}]'}                                            | ${'write "true" if only the name counts'}                                                                      | ${'an empty value'}
    ${'[{name: a, capabilities: {java: " 17"}}]'}                                         | ${'must be one line of text without blanks at its ends'}                                                       | ${'no demand could ask for it'}
    ${'[{name: a, capabilities: {java: [17]}}]'}                                          | ${'spec.agentClasses[0].capabilities.java: must be text (is a list)'}                                          | ${'a list'}
    ${'[{name: a, capabilities: [java]}]'}                                                | ${'spec.agentClasses[0].capabilities: must be a map (is a list)'}                                              | ${'a list of names'}
    ${'[{name: a, capabilities: {"node js": 1}}]'}                                        | ${'must be letters, digits, "-", "_" and ".", not starting with a digit'}                                      | ${'a blank in the name'}
    ${'[{name: a, capabilities: {7zip: 1}}]'}                                             | ${'not starting with a digit'}                                                                                 | ${'a digit first'}
    ${'[{name: a, capabilities: {..a: 1}}]'}                                              | ${'must be letters'}                                                                                           | ${'no name of a variable'}
    ${'[{name: a, capabilities: {azp_token: 1}}]'}                                        | ${'must not be a name that Poolkeeper or the agent sets itself'}                                               | ${'reserved, in any case'}
    ${'[{name: a, capabilities: {POOLKEEPER_OWNER: x}}]'}                                 | ${'must not be a name that Poolkeeper or the agent sets itself'}                                               | ${'the mark of the owner'}
    ${'[{name: a, capabilities: {VSO_AGENT_IGNORE: x}}]'}                                 | ${'must not be a name that Poolkeeper or the agent sets itself'}                                               | ${'what keeps secrets from being capabilities'}
    ${'[{name: a, capabilities: {Agent.Version: 4}}]'}                                    | ${'must not be a name that Poolkeeper or the agent sets itself'}                                               | ${'a system capability'}
    ${'[{name: a, capabilities: {java: 1, Java: 2}}]'}                                    | ${'spec.agentClasses[0].capabilities.Java: is given twice'}                                                    | ${'one name in two cases'}
    ${'[{name: a, capabilities: {tool: 1}, extraEnv: [{name: TOOL, value: x}]}]'}         | ${'spec.agentClasses[0].capabilities.tool: is also a variable of extraEnv'}                                    | ${'two variables of one name'}
    ${'[{name: a, azDoUrl: x}]'}                                                          | ${'spec.agentClasses[0].azDoUrl: cannot be given for one class; give it under spec, for all of them'}          | ${'a field of the connection'}
    ${'[{name: a, schedules: []}]'}                                                       | ${'spec.agentClasses[0].schedules: cannot be given for one class'}                                             | ${'schedules'}
    ${'[{name: a, suspend: true}]'}                                                       | ${'spec.agentClasses[0].suspend: cannot be given for one class'}                                               | ${'suspend'}
    ${'[{name: a, ttlIdleSeconds: 60}]'}                                                  | ${'spec.agentClasses[0].ttlIdleSeconds: cannot be given for one class'}                                        | ${'life of agents'}
    ${'[{name: a, capabilityImages: {}}]'}                                                | ${'unknown key "capabilityImages"; did you mean "capabilities"?'}                                              | ${'the shorthand'}
    ${'[{name: a, podTemplate: {}}]'}                                                     | ${'spec.agentClasses[0].podTemplate: podTemplate is not supported in this version'}                            | ${'a field for later'}
    ${'[{name: a, auth: {}}]'}                                                            | ${'spec.agentClasses[0].auth: auth is not supported in this version'}                                          | ${"a field of the pool's, for later"}
    ${'[{name: a, securityContext: {runAsNonRoot: true}}]'}                               | ${'runAsNonRoot is not supported in this version'}                                                             | ${'a nested field for later'}
    ${'[{name: a, mountPath: /a}]'}                                                       | ${'unknown key "mountPath"; it belongs under spec.agentClasses.pvcs'}                                          | ${'a key of another level'}
    ${'[{name: a, imagee: x}]'}                                                           | ${'unknown key "imagee"; did you mean "image"?'}                                                               | ${'a slip in a key'}
    ${'[{name: a, maxAgents: 0}]'}                                                        | ${'spec.agentClasses[0].maxAgents: must be at least 1 (is 0)'}                                                 | ${'a maximum of nothing'}
    ${'[{name: a, minAgents: 4, maxAgents: 3}]'}                                          | ${'spec.agentClasses[0].minAgents: must be at most maxAgents (3; is 4)'}                                       | ${'min above max'}
    ${'[{name: a, minAgents: 11}]'}                                                       | ${"spec.agentClasses[0].minAgents: must be at most the pool's maxAgents (10; is 11)"}                          | ${"min above the pool's max"}
    ${'[{name: a, minAgents: 6}, {name: b, capabilities: {b: 1}, minAgents: 5}]'}         | ${"spec.agentClasses: the minimums of the classes add up to 11, which is more than the pool's maxAgents (10)"} | ${'the sum of minimums'}
    ${'[{name: a, pvcs: [{name: a, mountPath: /azp}]}]'}                                  | ${"spec.agentClasses[0].pvcs[0].mountPath: would hide the agent's own files"}                                  | ${'rules of volumes'}
    ${'[{name: a, extraEnv: [{name: AZP_URL, value: x}]}]'}                               | ${'spec.agentClasses[0].extraEnv[0].name: AZP_URL is set by Poolkeeper'}                                       | ${'rules of variables'}
    ${'[{name: a, resources: {requests: {cpu: 2}, limits: {cpu: 1}}}]'}                   | ${'spec.agentClasses[0].resources.requests.cpu: must be at most the limit'}                                    | ${'rules of resources'}
  `('$why: $classes', async ({ classes, error }) => {
    const { errors } = await read(`agentClasses: ${classes}`);

    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(error);
    expect(errors[0]).toMatch(/^error /);
  });

  it('finds errors of single fields and between fields in one go, at their places', async () => {
    const text = aPool('linux', [
      'agentClasses:',
      '  - name: plain',
      '    image: "a b"',
      '    pvcs: [{name: X, mountPath: /x}, {name: a, mountPath: /a}, {name: a, mountPath: /b}]',
      '  - wrong',
      '  - name: plain',
      '    capabilities: {java: 17, 1: x}',
      '    maxAgents: soon',
    ]);
    const { findings } = await parse({ 'linux.yaml': text });

    expect(findings.map(({ line, column, path }) => `${line}:${column} ${path}`)).toEqual([
      '12:14 spec.agentClasses[0].image',
      '13:21 spec.agentClasses[0].pvcs[0].name',
      '13:73 spec.agentClasses[0].pvcs[2].name',
      '14:7 spec.agentClasses[1]',
      '15:13 spec.agentClasses[2].name',
      '16:32 spec.agentClasses[2].capabilities["1"]',
      '17:18 spec.agentClasses[2].maxAgents',
    ]);
  });

  it("names the class when only its own fields make one of the pool's wrong, and each error of the pool once", async () => {
    const volumes = 'pvcs: [{name: a, mountPath: /etc/ssl/certs/x}, {name: b, mountPath: /azp}]';
    const { errors } = await read(
      volumes,
      `agentClasses: [${plain}, {name: b, capabilities: {b: 1}, certTrustStore: [{secretName: ca}]}]`,
    );

    expect(errors).toEqual([
      "error spec.pvcs[1].mountPath: would hide the agent's own files; mount below, for example at /azp/_work",
      "error spec.agentClasses[1]: in this class, the pool's pvcs[0].mountPath is in the way of certTrustStore, which is mounted at /etc/ssl/certs; choose another path",
    ]);
  });

  it('an error of the pool hides no error of a class in the same place', async () => {
    const pvcs = 'pvcs: [{name: a, mountPath: /azp}]';

    expect((await read(pvcs, `agentClasses: [{name: a, ${pvcs}}]`)).errors).toEqual([
      expect.stringContaining('error spec.pvcs[0].mountPath: '),
      expect.stringContaining('error spec.agentClasses[0].pvcs[0].mountPath: '),
    ]);
  });

  it('has a limit that people do not reach', async () => {
    const classes = Array.from({ length: 51 }, (_, i) => `{name: c${i}, capabilities: {c: ${i}}}`);

    expect((await read(`agentClasses: [${classes.join(', ')}]`)).errors).toEqual([
      'error spec.agentClasses: must have at most 50 entries (has 51)',
    ]);
    expect((await read(`agentClasses: [${classes.slice(1).join(', ')}]`)).errors).toEqual([]);
  });

  it("the pool's minimum is kept in the first class", async () => {
    const two = (first: string) => `agentClasses: [{name: a, ${first}}, {name: b, capabilities: {b: 1}, minAgents: 7}]`;

    expect((await read('minAgents: 3', two('minAgents: 2'))).errors).toEqual([]);
    expect((await read('minAgents: 4', two('minAgents: 2'))).errors).toEqual([
      expect.stringContaining('spec.agentClasses: the minimums of the classes add up to 11'),
    ]);
    expect((await read('minAgents: 3', two('maxAgents: 2'))).errors).toEqual([
      expect.stringContaining('error spec.minAgents: must be at most the maxAgents of the first class'),
    ]);
  });

  it('warns of bounds that have no effect', async () => {
    const { errors, classes } = await read(
      `agentClasses: [{name: a, maxAgents: 12}, {name: b, capabilities: {b: 1}, maxAgents: 2, standbyAgents: 3}]`,
    );

    expect(errors).toEqual([
      "warning spec.agentClasses[0].maxAgents: is more than the pool's maxAgents (10), which counts for all classes together; never more than 10 agents run",
      expect.stringContaining('warning spec.agentClasses[1].standbyAgents: minAgents and standbyAgents together (3)'),
    ]);
    expect(classes).toHaveLength(2);
  });

  it.each`
    aware      | why
    ${'true'}  | ${'both would apply'}
    ${'false'} | ${'also when the images have no effect'}
  `('not together with capabilityImages: $why', async ({ aware }) => {
    const { errors } = await read(
      `capabilityAware: ${aware}`,
      'capabilityImages: {java: x}',
      `agentClasses: [${plain}]`,
    );

    expect(errors).toEqual([
      'error spec.capabilityImages: cannot be given together with agentClasses; make each entry a class with its own image',
    ]);
  });
});
