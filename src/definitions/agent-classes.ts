import { parseDemand } from '../pool/demands.ts';
import type { AgentClass, PodShape } from '../pool/spec.ts';
import type { RuleBreach } from './rule-breach.ts';

/** What `agentClassesOf` needs of a definition. */
export interface ClassSource {
  readonly shape: PodShape;
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly standbyAgents: number;
  /** Empty without `capabilityAware`. */
  readonly capabilityImages: Readonly<Record<string, string>>;
}

/**
 * The class without capabilities first, then one per entry of `capabilityImages`, in file order. The pool's minimum and
 * standby are kept in the first class.
 */
export function agentClassesOf(source: ClassSource): AgentClass[] {
  const { shape, minAgents, maxAgents, standbyAgents } = source;
  const names = new Set(['default']);
  const bounds = { minAgents: 0, maxAgents, standbyAgents: 0 };
  const special = Object.entries(source.capabilityImages).map(([demand, image]) => ({
    ...bounds,
    name: className(demand, names),
    capabilities: capabilitiesOf(demand),
    shape: { ...shape, image },
  }));
  return [{ name: 'default', capabilities: {}, minAgents, maxAgents, standbyAgents, shape }, ...special];
}

function capabilitiesOf(text: string): Record<string, string> {
  const demand = parseDemand(text);
  return { [demand.name]: demand.kind === 'equals' ? demand.value : 'true' };
}

/** A label value that says which demand it is for, and that no other class has. */
function className(demand: string, taken: Set<string>): string {
  const words = demand.replace(/\s-equals\s/i, ' ').toLowerCase();
  const slug =
    words
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 40)
      .replace(/-$/, '') || 'class';
  let name = slug;
  for (let number = 2; taken.has(name); number += 1) name = `${slug}-${number}`;
  taken.add(name);
  return name;
}

/** Rules for the keys of `capabilityImages`: demands that a class can be made for, each once. */
export function checkCapabilityKeys(capabilityImages: Readonly<Record<string, string>>): RuleBreach[] {
  const seen = new Set<string>();
  return Object.keys(capabilityImages).flatMap((key) => {
    const demand = parseDemand(key);
    const path = ['capabilityImages', key];
    if (demand.kind === 'at-least' || !/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(demand.name)) {
      return [{ path, rule: 'bad-demand', message: 'must be a demand: a name, or "Name -equals Value"' }];
    }
    if (/^(POOLKEEPER_|AZP_)/i.test(demand.name)) {
      return [{ path, rule: 'bad-demand', message: 'must not be a name that Poolkeeper sets itself' }];
    }
    const same = `${demand.name} ${demand.kind === 'equals' ? demand.value : ''}`.toLowerCase();
    if (seen.has(same))
      return [{ path, rule: 'repeated-demand', message: 'another entry is for the same demand; remove one' }];
    seen.add(same);
    return [];
  });
}
