import type { V1Container, V1Pod, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { templateHashVersion } from '../drift.ts';
import { agentContainerName, agentName, annotations, claimName, type PoolNaming, slotLabels } from '../names.ts';
import type { JobRequest } from '../observation.ts';
import type { AgentClass, PodShape, PoolSpec, VolumeSpec } from '../spec.ts';
import { agentEnvironment } from './agent-environment.ts';

/** What the pod of one index needs beside its definition. */
export interface PodContext {
  readonly naming: PoolNaming;
  readonly index: number;
  readonly owner: string;
  /** Commit of the definition in force. */
  readonly revision: string;
  readonly templateHash: string;
  /** The key that the credential's Secret really has. */
  readonly secretKey: string;
  readonly reason: string;
  readonly job?: JobRequest;
  /** uid of the drifted pod that it replaces. */
  readonly replaces?: string;
  /** Optional volumes whose claim cannot be had. */
  readonly missingVolumes: ReadonlySet<string>;
}

/** How long a running job may take to end after the pod's deletion was asked for. */
const terminationGraceSeconds = 3600;
const workVolume = 'work';

/** The pod that carries one agent. */
export function buildAgentPod(spec: PoolSpec, agentClass: AgentClass, context: PodContext): V1Pod {
  const name = agentName(context.naming, context.index);
  const volumes = agentClass.shape.volumes.filter((volume) => !context.missingVolumes.has(volume.name));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { ...spec.labels, ...slotLabels(context.naming, agentClass.name, context.index) },
      annotations: { ...spec.annotations, ...podAnnotations(spec, context) },
    },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: terminationGraceSeconds,
      enableServiceLinks: false,
      automountServiceAccountToken: false,
      securityContext: {
        fsGroup: agentClass.shape.securityContext.fsGroup,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      ...initContainers(agentClass.shape, volumes),
      containers: [agentContainer(spec, agentClass, { context, name, volumes })],
      volumes: podVolumes(name, agentClass.shape, volumes),
    },
  };
}

function podAnnotations(spec: PoolSpec, context: PodContext): Record<string, string> {
  const { url, pool, credential } = spec.connection;
  return {
    [annotations.templateHash]: context.templateHash,
    [annotations.templateHashVersion]: templateHashVersion,
    [annotations.reason]: context.reason,
    [annotations.revision]: context.revision,
    [annotations.registeredWith]: JSON.stringify({ url, pool, ...credential }),
    ...(context.job && { [annotations.jobRequest]: String(context.job.requestId) }),
    ...(context.replaces !== undefined && { [annotations.replaces]: context.replaces }),
  };
}

interface ContainerContext {
  readonly context: PodContext;
  readonly name: string;
  readonly volumes: readonly VolumeSpec[];
}

function agentContainer(
  spec: PoolSpec,
  agentClass: AgentClass,
  { context, name, volumes }: ContainerContext,
): V1Container {
  const { image, imagePullPolicy, resources, certTrustStore, securityContext } = agentClass.shape;
  const { runAsUser, runAsGroup } = securityContext;
  return {
    name: agentContainerName,
    image,
    imagePullPolicy,
    ...(spec.ttlIdleSeconds === 0 && { args: ['--once'] }),
    env: agentEnvironment(spec, agentClass, { name, owner: context.owner, secretKey: context.secretKey }),
    resources,
    securityContext: {
      runAsUser,
      runAsGroup,
      runAsNonRoot: runAsUser !== 0,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
    lifecycle: { preStop: { exec: { command: ['/azp/pre-stop'] } } },
    volumeMounts: [
      { name: workVolume, mountPath: '/azp/_work' },
      ...claimMounts(volumes),
      ...certTrustStore.map(({ secretName }) => ({
        name: trustVolume(secretName),
        mountPath: `/etc/ssl/certs/${secretName}`,
        readOnly: true,
      })),
    ],
  };
}

function claimMounts(volumes: readonly VolumeSpec[]): V1VolumeMount[] {
  return volumes.map(({ name, mountPath }) => ({ name: claimVolume(name), mountPath }));
}

function podVolumes(podName: string, shape: PodShape, volumes: readonly VolumeSpec[]): V1Volume[] {
  return [
    { name: workVolume, emptyDir: {} },
    ...volumes.map(({ name }) => ({
      name: claimVolume(name),
      persistentVolumeClaim: { claimName: claimName(podName, name) },
    })),
    ...shape.certTrustStore.map(({ secretName }) => ({ name: trustVolume(secretName), secret: { secretName } })),
  ];
}

/** Owns every claim's mount for the agent's user. Opt-in, because it needs root. */
function initContainers(shape: PodShape, volumes: readonly VolumeSpec[]): { initContainers?: V1Container[] } {
  if (shape.initContainer === undefined || volumes.length === 0) return {};
  const { runAsUser, runAsGroup } = shape.securityContext;
  const owner = `${runAsUser}:${runAsGroup}`;
  const paths = volumes.map(({ mountPath }) => mountPath);
  return {
    initContainers: [
      {
        name: 'own-volumes',
        image: shape.initContainer.image,
        imagePullPolicy: shape.imagePullPolicy,
        // The paths are arguments, never part of the script.
        command: [
          'sh',
          '-c',
          'owner="$1"; shift; chown -R "$owner" "$@" && chmod -R u+rwX "$@"',
          'own-volumes',
          owner,
          ...paths,
        ],
        securityContext: { runAsUser: 0, runAsGroup: 0, runAsNonRoot: false },
        volumeMounts: claimMounts(volumes),
      },
    ],
  };
}

function claimVolume(name: string): string {
  return `claim-${name}`;
}

/** Secret names may hold dots, volume names may not. */
function trustVolume(secretName: string): string {
  return `trust-${secretName.replaceAll('.', '-')}`.slice(0, 63).replace(/-+$/, '');
}
