/** Whether an agent can run a job, decided as the service does. Written apart from the controller, to check it. */

export type Capabilities = Readonly<Record<string, string>>;

/** All demands are met by the agent's version and its capabilities; names and values without regard to case. */
export function meetsDemands(demands: readonly string[], version: string, capabilities: Capabilities): boolean {
  const offered = new Map(Object.entries(capabilities).map(([name, value]) => [name.toLowerCase(), value]));
  return demands.every((demand) => {
    const [, name = '', operator, wanted = ''] =
      /^(\S+)(?:\s+(-equals|-gtVersion)\s+(.*))?$/i.exec(demand.trim()) ?? [];
    const value = name.toLowerCase() === 'agent.version' ? version : offered.get(name.toLowerCase());
    if (value === undefined) return false;
    if (operator?.toLowerCase() === '-equals') return value.toLowerCase() === wanted.toLowerCase();
    if (operator?.toLowerCase() === '-gtversion') return atLeast(value, wanted);
    return true;
  });
}

/** "-gtVersion" means at least that version. */
function atLeast(version: string, wanted: string): boolean {
  const have = version.split('.').map(Number);
  const need = wanted.split('.').map(Number);
  for (let part = 0; part < need.length; part += 1) {
    const difference = (have[part] ?? 0) - (need[part] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
