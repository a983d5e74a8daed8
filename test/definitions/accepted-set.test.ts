import { describe, expect, it } from 'vitest';
import { acceptRevision } from '../../src/definitions/accept.ts';
import { parseAcceptedSet, serializeAcceptedSet } from '../../src/definitions/accepted-set.ts';
import { diffAcceptedSets } from '../../src/definitions/diff.ts';
import { aPool, parse } from './a-definition.ts';

/** As a version wrote it that knew no schedules and no other sizing fields, and gave the class the pool's minimum. */
const earlierText = `{"version":1,"revision":"c0ffee","pools":[{"spec":{"name":"linux","labels":{},"annotations":{},
  "connection":{"url":"https://dev.azure.com/contoso","organization":"contoso","pool":"linux-agents","credential":{"secretName":"azdo-pat"}},
  "minAgents":2,"maxAgents":10,"standbyAgents":1,"ttlIdleSeconds":0,"idleGraceSeconds":60,"pollIntervalSeconds":5,
  "idlePollIntervalSeconds":30,"provisioningTimeoutSeconds":900,"offlineGraceSeconds":300,"staleAgentMinAgeSeconds":600,
  "suspend":false,"volumePolicy":"retain","agentClasses":[{"name":"default","capabilities":{},"minAgents":2,"maxAgents":10,"standbyAgents":1,
  "shape":{"image":"ghcr.io/contoso/agent:4.260.0","imagePullPolicy":"IfNotPresent",
  "resources":{"requests":{"cpu":"100m","memory":"256Mi"},"limits":{"cpu":"2","memory":"4Gi"}},"extraEnv":[],"volumes":[],
  "securityContext":{"runAsUser":1000,"runAsGroup":1000,"fsGroup":1000},"certTrustStore":[]}}]},
  "source":{"file":"linux.yaml","line":1},"revision":"c0ffee","state":"active"}]}`;
const definition = aPool('linux', ['minAgents: 2', 'standbyAgents: 1']);

async function acceptText(text: string) {
  return acceptRevision({
    previous: undefined,
    parsed: await parse({ 'linux.yaml': text }),
    revision: 'c0ffee',
    pathExists: true,
  }).set;
}

describe('the stored text', () => {
  it('of an earlier version is read, with the defaults of what it did not know', () => {
    expect(parseAcceptedSet(earlierText).pools[0]?.spec).toMatchObject({
      name: 'linux',
      schedules: [],
      keepFinishedPods: 0,
    });
    expect(parseAcceptedSet(earlierText).pools[0]?.spec).not.toHaveProperty('removalsPerMinute');
  });

  it('of an earlier version is no change of a definition that is the same', async () => {
    expect(diffAcceptedSets(parseAcceptedSet(earlierText), await acceptText(definition))).toEqual([]);
  });

  it('holds every field', async () => {
    const set = await acceptText(
      aPool('linux', [
        'removalsPerMinute: 3',
        'keepFinishedPods: 2',
        'schedules: [{name: a, days: [mon], from: 08:00, to: 24:00, timeZone: UTC, minAgents: 1, standbyAgents: 0}]',
        'agentClasses: [{name: java, capabilities: {java: 17}, minAgents: 1, maxAgents: 2, standbyAgents: 1, image: x}]',
      ]),
    );

    expect(set.pools).toHaveLength(1);
    expect(parseAcceptedSet(serializeAcceptedSet(set))).toEqual(set);
  });

  it.each`
    text                                                       | why
    ${''}                                                      | ${'nothing'}
    ${'{}'}                                                    | ${'an empty object'}
    ${'{"version":2,"revision":"x","pools":[]}'}               | ${'another version'}
    ${'{"version":1,"revision":"x","pools":[{}]}'}             | ${'half a pool'}
    ${'{"version":1,"revision":"x","pools":[],"more":true}'}   | ${'an unknown field'}
    ${'{"version":1,"revision":"x","pools":['}                 | ${'cut off'}
    ${earlierText.replace('"suspend"', '"later":1,"suspend"')} | ${'a field of a newer version'}
  `('refuses $why', ({ text }) => {
    expect(() => parseAcceptedSet(text)).toThrow();
  });
});
