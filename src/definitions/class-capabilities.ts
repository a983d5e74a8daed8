import { isReservedVariable } from './environment-rules.ts';
import type { LenientClass, LenientSpec } from './lenient-spec.ts';
import type { RuleBreach } from './rule-breach.ts';

/** Why no class can offer a capability of that name; undefined when one can. Each becomes a variable of the agent container. */
export function capabilityNameProblem(name: string): string | undefined {
  if (!/^(?!\.$|\.\.)[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(name)) {
    return 'must be letters, digits, "-", "_" and ".", not starting with a digit';
  }
  if (isReservedVariable(name.toUpperCase()) || /^(AZP_|agent\.|interactivesession$)/i.test(name)) {
    return 'must not be a name that Poolkeeper or the agent sets itself';
  }
  return undefined;
}

/** Rules for the `capabilities` of one class. */
export function checkCapabilities({ fields }: LenientClass, extraEnv: LenientSpec['fields']['extraEnv']): RuleBreach[] {
  const seen = new Set<string>();
  const variables = new Set(extraEnv.map(({ name }) => name.toLowerCase()));
  return Object.entries(fields.capabilities).flatMap(([name, value]) => {
    const path = ['capabilities', name];
    const message = nameProblem(name, seen, variables);
    seen.add(name.toLowerCase());
    if (message !== undefined) return [{ path, rule: 'capability-name', message, on: 'key' as const }];
    // The demand of a job is trimmed and one line, so another value could never be asked for.
    if (/^\S(.*\S)?$/.test(value)) return [];
    const wanted = 'must be one line of text without blanks at its ends; write "true" if only the name counts';
    return [{ path, rule: 'capability-value', message: wanted }];
  });
}

function nameProblem(name: string, seen: ReadonlySet<string>, variables: ReadonlySet<string>): string | undefined {
  if (seen.has(name.toLowerCase())) return 'is given twice; upper and lower case are the same to Azure DevOps';
  if (variables.has(name.toLowerCase())) {
    return 'is also a variable of extraEnv, and each capability becomes a variable; rename one';
  }
  return capabilityNameProblem(name);
}

/** The same for two classes that offer the same, however it is written. */
export function capabilityKey(capabilities: Readonly<Record<string, string>>): string {
  const entries = Object.entries(capabilities).map(([name, value]) => `${name}=${value}`.toLowerCase());
  return JSON.stringify(entries.toSorted());
}
