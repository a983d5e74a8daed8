import type { V1EnvVar } from '@kubernetes/client-node';
import { capabilities } from '../names.ts';
import type { AgentClass, PodShape, PoolSpec } from '../spec.ts';

export interface EnvironmentContext {
  readonly name: string;
  readonly owner: string;
  readonly secretKey: string;
}

/**
 * The agent container's environment. Every variable becomes a capability of the agent, so the ones that hold secrets
 * are named in `VSO_AGENT_IGNORE`.
 */
export function agentEnvironment(spec: PoolSpec, agentClass: AgentClass, context: EnvironmentContext): V1EnvVar[] {
  const { connection } = spec;
  const declared = Object.entries(agentClass.capabilities);
  return [
    { name: 'AZP_URL', value: connection.url },
    { name: 'AZP_POOL', value: connection.pool },
    {
      name: 'AZP_TOKEN',
      valueFrom: { secretKeyRef: { name: connection.credential.secretName, key: context.secretKey } },
    },
    { name: 'AZP_AGENT_NAME', value: context.name },
    ...(declared.length > 0 ? [{ name: 'AZP_CAPABILITY', value: declared.map(([name]) => name).join(',') }] : []),
    ...declared.map(([name, value]) => ({ name, value })),
    { name: capabilities.owner, value: context.owner },
    { name: 'VSO_AGENT_IGNORE', value: ignoredNames(agentClass.shape).join(',') },
    ...trustedFiles(agentClass.shape),
    ...agentClass.shape.extraEnv,
  ];
}

function ignoredNames(shape: PodShape): readonly string[] {
  const fromSecrets = shape.extraEnv.filter(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined);
  return ['AZP_TOKEN', 'AZP_TOKEN_FILE', ...fromSecrets.map(({ name }) => name)];
}

/** Where the start script finds certificates to trust; files that a Secret does not have are passed over. */
function trustedFiles({ certTrustStore }: PodShape): V1EnvVar[] {
  if (certTrustStore.length === 0) return [];
  const files = certTrustStore.flatMap(({ secretName, key }) =>
    (key === undefined ? ['tls.crt', 'ca.crt'] : [key]).map((file) => `/etc/ssl/certs/${secretName}/${file}`),
  );
  return [{ name: 'POOLKEEPER_TRUSTED_CERTIFICATES', value: files.join(':') }];
}
