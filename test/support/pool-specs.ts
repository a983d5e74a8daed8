import type { AgentClass, PodShape, PoolSpec, VolumeSpec } from '../../src/pool/spec.ts';

const shape: PodShape = {
  image: 'agent:1',
  imagePullPolicy: 'IfNotPresent',
  resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { cpu: '2', memory: '4Gi' } },
  extraEnv: [],
  volumes: [],
  securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
  certTrustStore: [],
};

/** A valid class; say only what matters. */
export function anAgentClass(
  given: Partial<Omit<AgentClass, 'shape'>> & { shape?: Partial<PodShape> } = {},
): AgentClass {
  const { shape: givenShape, ...rest } = given;
  return {
    name: 'default',
    capabilities: {},
    minAgents: 0,
    maxAgents: 1_000_000,
    standbyAgents: 0,
    ...rest,
    shape: { ...shape, ...givenShape },
  };
}

/** A valid definition; say only what matters. */
export function aPoolSpec(given: Partial<PoolSpec> = {}): PoolSpec {
  return {
    name: 'linux',
    labels: {},
    annotations: {},
    connection: {
      url: 'https://dev.azure.com/contoso',
      organization: 'contoso',
      pool: 'linux-agents',
      credential: { secretName: 'azdo-pat' },
    },
    minAgents: 0,
    maxAgents: 10,
    standbyAgents: 0,
    schedules: [],
    keepFinishedPods: 0,
    ttlIdleSeconds: 0,
    idleGraceSeconds: 60,
    pollIntervalSeconds: 5,
    idlePollIntervalSeconds: 30,
    provisioningTimeoutSeconds: 900,
    offlineGraceSeconds: 300,
    staleAgentMinAgeSeconds: 600,
    suspend: false,
    volumePolicy: 'retain',
    agentClasses: [anAgentClass()],
    ...given,
  };
}

/** A valid volume; say only what matters. */
export function aVolume(given: Partial<VolumeSpec> = {}): VolumeSpec {
  return {
    name: 'cache',
    mountPath: '/cache',
    storage: '1Gi',
    accessModes: ['ReadWriteOnce'],
    createPvc: true,
    optional: false,
    deleteWithAgent: false,
    ...given,
  };
}
