import { parseDemand } from '../pool/demands.ts';
import type { AgentClass } from '../pool/spec.ts';
import { capabilityNameProblem } from './class-capabilities.ts';
import type { LenientClass, LenientSpec } from './lenient-spec.ts';
import { shapeOf } from './pod-shape.ts';
import type { RuleBreach } from './rule-breach.ts';

/** What `agentClassesOf` needs of a definition. */
export interface ClassSource {
  readonly spec: LenientSpec;
  /** `AGENT_IMAGE`. */
  readonly defaultImage: string | undefined;
}

/**
 * The classes that a valid definition lists; else the one without capabilities, then one per entry of
 * `capabilityImages`. Their bounds are what they say themselves: the pool's minimum and standby, which schedules may
 * change, are added to the first class when agents are counted.
 */
export function agentClassesOf(source: ClassSource): AgentClass[] {
  const { spec, defaultImage } = source;
  const bounds = { minAgents: 0, maxAgents: highestMaximum(spec.fields), standbyAgents: 0 };
  if (spec.classes.length > 0) return spec.classes.flatMap((entry) => listedClass(entry, source));
  const image = spec.fields.image ?? defaultImage;
  if (image === undefined) return [];
  const shape = shapeOf(spec.fields, image);
  const names = new Set(['default']);
  const { capabilityAware, capabilityImages } = spec.fields;
  const special = Object.entries(capabilityAware ? capabilityImages : {}).map(([demand, ownImage]) => ({
    ...bounds,
    name: className(demand, names),
    capabilities: capabilitiesOf(demand),
    shape: { ...shape, image: ownImage },
  }));
  return [{ name: 'default', capabilities: {}, ...bounds, shape }, ...special];
}

function listedClass({ fields }: LenientClass, { spec, defaultImage }: ClassSource): AgentClass[] {
  const { name, capabilities, minAgents = 0, maxAgents, standbyAgents = 0 } = fields;
  const image = fields.image ?? spec.fields.image ?? defaultImage;
  if (name === undefined || image === undefined) return [];
  return [
    {
      name,
      capabilities,
      minAgents,
      maxAgents: maxAgents ?? highestMaximum(spec.fields),
      standbyAgents,
      shape: shapeOf({ ...spec.fields, ...fields }, image),
    },
  ];
}

/** The most agents that the pool may ever have: a class without a maximum of its own must not be the tighter bound in a schedule's window. */
export function highestMaximum({
  maxAgents,
  schedules,
}: Pick<LenientSpec['fields'], 'maxAgents' | 'schedules'>): number {
  return Math.max(maxAgents, ...schedules.map((schedule) => schedule.maxAgents ?? maxAgents));
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
    if (demand.kind === 'at-least' || /\s/.test(demand.name)) {
      return [{ path, rule: 'bad-demand', message: 'must be a demand: a name, or "Name -equals Value"' }];
    }
    const message = capabilityNameProblem(demand.name);
    if (message !== undefined) return [{ path, rule: 'bad-demand', message: `the name ${message}` }];
    const same = `${demand.name} ${demand.kind === 'equals' ? demand.value : ''}`.toLowerCase();
    if (seen.has(same))
      return [{ path, rule: 'repeated-demand', message: 'another entry is for the same demand; remove one' }];
    seen.add(same);
    return [];
  });
}
