export const agentVersion = '4.0.0';

const longestValue = 1023;

/** What an agent announces: what every agent has, and its environment without what it must keep to itself. */
export function agentCapabilities(name: string, environment: Readonly<Record<string, string>>): Record<string, string> {
  const { VSO_AGENT_IGNORE: ignoreList } = environment;
  const ignored = new Set(['azp_token', 'vso_agent_ignore', ...namesIn(ignoreList ?? '')]);
  const announced = Object.entries(environment).filter(
    ([variable, value]) => !ignored.has(variable.toLowerCase()) && value.length <= longestValue,
  );
  return {
    ...Object.fromEntries(announced),
    'Agent.Name': name,
    'Agent.Version': agentVersion,
    'Agent.ComputerName': name,
    'Agent.HomeDirectory': '/azp/agent',
    'Agent.OS': 'Linux',
    'Agent.OSArchitecture': 'X64',
    InteractiveSession: 'False',
  };
}

function namesIn(list: string): string[] {
  return list.split(',').map((name) => name.trim().toLowerCase());
}
