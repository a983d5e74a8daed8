import type { AgentClass } from './spec.ts';

/** What a job needs of its agent. Names and values are compared without regard to case. */
export type Demand =
  | { readonly kind: 'exists'; readonly name: string }
  | { readonly kind: 'equals'; readonly name: string; readonly value: string }
  /** The server's own `Name -gtVersion V`: at least V. */
  | { readonly kind: 'at-least'; readonly name: string; readonly version: string };

/** Reads one demand as Azure DevOps sends it. A value is the rest of the text, blanks included. */
export function parseDemand(text: string): Demand {
  const match = /^\s*(\S+)\s+-(equals|gtversion)\s+(.*?)\s*$/i.exec(text);
  const [, name, operator, value] = match ?? [];
  if (name === undefined || operator === undefined || value === undefined) return { kind: 'exists', name: text.trim() };
  if (operator.toLowerCase() === 'equals') return { kind: 'equals', name, value };
  return { kind: 'at-least', name, version: value };
}

/** As a person would write it. */
export function formatDemand(demand: Demand): string {
  if (demand.kind === 'exists') return demand.name;
  return demand.kind === 'equals'
    ? `${demand.name} -equals ${demand.value}`
    : `${demand.name} -gtVersion ${demand.version}`;
}

/**
 * System capabilities that every Linux agent has, with their value where it is the same for all. The architecture and
 * the names differ from agent to agent, so any value is accepted for those.
 */
const everyAgent: Readonly<Record<string, string | undefined>> = {
  'agent.name': undefined,
  'agent.version': undefined,
  'agent.computername': undefined,
  'agent.homedirectory': undefined,
  'agent.os': 'linux',
  'agent.osarchitecture': undefined,
  interactivesession: 'false',
};

/** The demands that the class does not meet; empty when it can run the job. */
export function unmetDemands(agentClass: AgentClass, demands: readonly Demand[]): readonly Demand[] {
  const declared = new Map(Object.entries(agentClass.capabilities).map(([name, value]) => [name.toLowerCase(), value]));
  return demands.filter((demand) => !isMet(declared, demand));
}

function isMet(declared: ReadonlyMap<string, string>, demand: Demand): boolean {
  const name = demand.name.toLowerCase();
  if (demand.kind === 'at-least') return name === 'agent.version' || declared.has(name);
  const value = declared.get(name) ?? everyAgent[name];
  const exists = declared.has(name) || Object.hasOwn(everyAgent, name);
  if (demand.kind === 'exists' || !exists) return exists;
  return value === undefined || value.toLowerCase() === demand.value.toLowerCase();
}

/** How many declared capabilities of the class the job did not ask for. */
export function surplusCapabilities(agentClass: AgentClass, demands: readonly Demand[]): number {
  const asked = new Set(demands.map((demand) => demand.name.toLowerCase()));
  return Object.keys(agentClass.capabilities).filter((name) => !asked.has(name.toLowerCase())).length;
}
