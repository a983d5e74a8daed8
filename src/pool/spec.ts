import type { V1EnvVar, V1ResourceRequirements } from '@kubernetes/client-node';
import type { Schedule } from './schedule.ts';

/** One pool definition after validation: every default is filled in, every rule of the definition holds. */
export interface PoolSpec {
  /** `metadata.name`: an RFC 1123 label, at most 40 characters, without "-agent-<digits>". */
  readonly name: string;
  /** `metadata.labels` and `metadata.annotations`, copied to the pods. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly connection: PoolConnection;
  /** Bounds of the pool as a whole; its minimum and standby are kept in the first class. */
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly standbyAgents: number;
  /** Other bounds of the pool for windows of the week; the last one whose window holds wins. */
  readonly schedules: readonly Schedule[];
  /** At most this many agents that may stay are removed within a minute; absent: as many as are too many. */
  readonly removalsPerMinute?: number;
  /** This many ended pods are kept for a look; they hold their index, but do not count against `maxAgents`. */
  readonly keepFinishedPods: number;
  /** 0: each agent runs one job. Otherwise an agent is kept for more jobs and retired after this many idle seconds. */
  readonly ttlIdleSeconds: number;
  /** Surplus idle run-once agents wait this long for a job. */
  readonly idleGraceSeconds: number;
  /** Jobs are read this often, at least 5. */
  readonly pollIntervalSeconds: number;
  /** Agents of a quiet pool are read this often. */
  readonly idlePollIntervalSeconds: number;
  /** A pod whose agent is not online after this long is stuck. */
  readonly provisioningTimeoutSeconds: number;
  /** An agent that is offline this long while its pod runs is lost. */
  readonly offlineGraceSeconds: number;
  /** An agent record of ours without a pod is removed once it has been offline this long. */
  readonly staleAgentMinAgeSeconds: number;
  /** Create nothing, remove nothing. */
  readonly suspend: boolean;
  /** What happens to the claims of a removed pool. */
  readonly volumePolicy: 'retain' | 'delete';
  /** At least one; the first is `default` unless the definition lists its own. */
  readonly agentClasses: readonly AgentClass[];
}

/** Where an agent registers, and with which Secret. The identity of a definition is its name, the URL and the pool. */
export interface PoolConnection {
  /** `https://dev.azure.com/ORG`, `https://ORG.visualstudio.com` or a collection URL; no trailing slash. */
  readonly url: string;
  /** Organization or collection name, for metrics and messages. */
  readonly organization: string;
  /** Name of the Azure DevOps agent pool; compared without regard to case. */
  readonly pool: string;
  readonly credential: CredentialReference;
}

/** A Secret in the agents' namespace. Without a key: `token`, then `pat`. */
export interface CredentialReference {
  readonly secretName: string;
  readonly secretKey?: string;
}

/** A set of capabilities inside a pool, with its own bounds and pod shape. */
export interface AgentClass {
  readonly name: string;
  /** Declared capabilities; names are compared without regard to case. */
  readonly capabilities: Readonly<Record<string, string>>;
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly standbyAgents: number;
  readonly shape: PodShape;
}

/** What the definition says about the pod of one class. */
export interface PodShape {
  readonly image: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  readonly resources: V1ResourceRequirements;
  readonly extraEnv: readonly V1EnvVar[];
  readonly volumes: readonly VolumeSpec[];
  /** Opt-in: runs as root and owns every claim's mount for `runAsUser:runAsGroup`. */
  readonly initContainer?: { readonly image: string };
  readonly securityContext: AgentSecurityContext;
  readonly certTrustStore: readonly TrustedSecret[];
}

/** `pvcs[]`: one claim per index, attached again by index. */
export interface VolumeSpec {
  readonly name: string;
  readonly mountPath: string;
  /** A Kubernetes quantity. */
  readonly storage: string;
  /** Absent: the cluster's default class. */
  readonly storageClass?: string;
  readonly accessModes: readonly string[];
  /** false: a claim of that name is used as it is and never deleted. */
  readonly createPvc: boolean;
  /** true: the pod starts without the mount when the claim cannot be had. */
  readonly optional: boolean;
  readonly deleteWithAgent: boolean;
}

export interface AgentSecurityContext {
  readonly runAsUser: number;
  readonly runAsGroup: number;
  readonly fsGroup: number;
}

/** `certTrustStore[]`: a Secret mounted at `/etc/ssl/certs/<secretName>/`. */
export interface TrustedSecret {
  readonly secretName: string;
  readonly key?: string;
}

/** Two definitions with the same identity are the same pool at another revision. */
export function sameIdentity(a: PoolSpec, b: PoolSpec): boolean {
  return a.name === b.name && sameAzureDevOpsPool(a.connection, b.connection);
}

/** Whether both name the same Azure DevOps pool. URLs and pool names are compared without regard to case. */
export function sameAzureDevOpsPool(a: AzureDevOpsPoolName, b: AzureDevOpsPoolName): boolean {
  return a.url.toLowerCase() === b.url.toLowerCase() && a.pool.toLowerCase() === b.pool.toLowerCase();
}

type AzureDevOpsPoolName = Pick<PoolConnection, 'url' | 'pool'>;

/** A text that two definitions share exactly when they have the same identity. */
export function identityKey({ name, connection }: PoolSpec): string {
  return JSON.stringify([name, connection.url.toLowerCase(), connection.pool.toLowerCase()]);
}
