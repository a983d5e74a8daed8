import { checkEnvironment } from './environment-rules.ts';
import type { LenientSpec } from './lenient-spec.ts';
import { type RuleBreach, repeatedAt } from './rule-breach.ts';
import { checkVolumes } from './volume-rules.ts';

/** Every rule that needs more than one field, on whatever could be read. */
export function checkAcrossFields(spec: LenientSpec): RuleBreach[] {
  return [
    ...checkBounds(spec),
    ...checkVolumes(spec),
    ...checkEnvironment(spec),
    ...checkTrustStore(spec),
    ...checkResources(spec),
    ...checkCapabilityImages(spec),
  ];
}

function checkBounds({ fields, faulty }: LenientSpec): RuleBreach[] {
  const { minAgents, maxAgents, standbyAgents } = fields;
  if (faulty.has('minAgents') || faulty.has('maxAgents')) return [];
  if (minAgents > maxAgents) {
    const message = `must be at most maxAgents (${maxAgents}; is ${minAgents})`;
    return [{ path: ['minAgents'], rule: 'min-above-max', message }];
  }
  if (faulty.has('standbyAgents') || minAgents + standbyAgents <= maxAgents) return [];
  const message = `minAgents and standbyAgents together (${minAgents + standbyAgents}) are more than maxAgents (${maxAgents}); never more than ${maxAgents} agents run`;
  return [{ severity: 'warning', path: ['standbyAgents'], rule: 'standby-above-max', message }];
}

function checkTrustStore({ fields, positionInFile }: LenientSpec): RuleBreach[] {
  const names = fields.certTrustStore.map(({ secretName }) => secretName);
  return repeatedAt(names).map((index) => ({
    path: ['certTrustStore', positionInFile('certTrustStore', index), 'secretName'],
    rule: 'repeated-secret',
    message: 'this Secret is listed twice; remove one entry',
  }));
}

function checkResources({ fields, faulty }: LenientSpec): RuleBreach[] {
  if (faulty.has('resources')) return [];
  const { requests = {}, limits = {} } = fields.resources;
  return Object.entries(requests).flatMap(([name, request]) => {
    const limit = limits[name];
    if (limit === undefined || quantityValue(request) <= quantityValue(limit)) return [];
    const message = `must be at most the limit (${limit}; is ${request})`;
    return [{ path: ['resources', 'requests', name], rule: 'request-above-limit', message }];
  });
}

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

function quantityValue(quantity: string): number {
  const [, digits = '0', suffix = ''] = /^([-+.\d]+(?:[eE][-+]?\d+)?)([a-zA-Z]*)$/.exec(quantity) ?? [];
  return Number(digits) * (suffixes[suffix] ?? 1);
}

function checkCapabilityImages({ fields, faulty }: LenientSpec): RuleBreach[] {
  if (faulty.has('capabilityAware') || fields.capabilityAware) return [];
  if (Object.keys(fields.capabilityImages).length === 0) return [];
  const message = 'has no effect without capabilityAware: true';
  return [{ severity: 'warning', path: ['capabilityImages'], rule: 'no-effect', message }];
}
