/** The three pools that a sandbox begins with: file name in the config repository → text. */
export function sandboxDefinitions(azureDevOpsUrl: string): Readonly<Record<string, string>> {
  return {
    'pools/linux.yaml': `apiVersion: poolkeeper.dev/v1
kind: AgentPool
metadata:
  name: linux
spec:
  azDoUrl: ${azureDevOpsUrl}
  pool: linux-agents
  patSecretName: azdo-pat
  image: example.com/agent:1
  maxAgents: 5
`,
    'pools/builders.yaml': `# Lasting agents: kept for more jobs, one always ready, each with a cache of its own.
apiVersion: poolkeeper.dev/v1
kind: AgentPool
metadata:
  name: builders
spec:
  azDoUrl: ${azureDevOpsUrl}
  pool: build-agents
  patSecretName: azdo-pat
  image: example.com/agent:1
  minAgents: 1
  maxAgents: 4
  ttlIdleSeconds: 30
  pvcs:
    - name: cache
      mountPath: /azp/cache
      storage: 5Gi
`,
    'pools/toolchains.yaml': `# A job that demands java gets an agent with that image; any other job gets the default one.
apiVersion: poolkeeper.dev/v1
kind: AgentPool
metadata:
  name: toolchains
spec:
  azDoUrl: ${azureDevOpsUrl}
  pool: tool-agents
  patSecretName: azdo-pat
  image: example.com/agent:1
  maxAgents: 4
  capabilityAware: true
  capabilityImages:
    java: example.com/agent-java:1
`,
  };
}

/** What confirms the removal of these pools, so that a sandbox can end with nothing left. */
export function removalConfirmation(pools: readonly string[]): string {
  return `apiVersion: poolkeeper.dev/v1
kind: RepoSettings
pruneProtection:
  confirmRemovalOf: [${pools.join(', ')}]
`;
}

/** What jobs of the sandbox ask for, in turn. */
export const sandboxJobs = [
  { pool: 'linux-agents', demands: [], definitionName: 'unit tests' },
  { pool: 'build-agents', demands: ['Agent.Version -gtVersion 2.163.1'], definitionName: 'build' },
  { pool: 'tool-agents', demands: ['java'], definitionName: 'java service' },
  { pool: 'linux-agents', demands: [], definitionName: 'lint' },
  { pool: 'tool-agents', demands: [], definitionName: 'docs' },
] as const;

export const sandboxPools = ['linux-agents', 'build-agents', 'tool-agents'] as const;
