import { checkEnvironment } from './environment-rules.ts';
import type { LenientShape } from './lenient-spec.ts';
import { type RuleBreach, repeatedAt } from './rule-breach.ts';
import { checkVolumes } from './volume-rules.ts';

/** Every rule between the fields that say what a pod is like. */
export function checkShape(shape: LenientShape): RuleBreach[] {
  return [...checkVolumes(shape), ...checkEnvironment(shape), ...checkTrustStore(shape), ...checkResources(shape)];
}

function checkTrustStore({ fields, positionInFile }: LenientShape): RuleBreach[] {
  const names = fields.certTrustStore.map(({ secretName }) => secretName);
  return repeatedAt(names).map((index) => ({
    path: ['certTrustStore', positionInFile('certTrustStore', index), 'secretName'],
    rule: 'repeated-secret',
    message: 'this Secret is listed twice; remove one entry',
  }));
}

function checkResources({ fields, faulty }: LenientShape): RuleBreach[] {
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
