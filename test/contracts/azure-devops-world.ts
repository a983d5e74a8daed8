import type { PoolConnection } from '../../src/pool/spec.ts';
import type { AzureDevOps } from '../../src/ports/azure-devops.ts';

/** What a world offers, so that the promises of the port can be seen from outside. */
export interface AzureDevOpsWorld extends AsyncDisposable {
  readonly azureDevOps: AzureDevOps;
  /** A pool of its own, empty at first. */
  readonly connection: PoolConnection;
  /** The service's clock. */
  now(): number;
  addAgent(agent: {
    readonly name: string;
    readonly online?: boolean;
    readonly enabled?: boolean;
    readonly capabilities?: Readonly<Record<string, string>>;
  }): number;
  setAgentOnline(agentId: number, online: boolean): void;
  /** Assigned at once when an agent that is online, enabled and free meets the demands. */
  queueJob(job?: { readonly demands?: readonly string[]; readonly definitionName?: string }): number;
  startJob(requestId: number): void;
  finishJob(requestId: number, result?: 'succeeded' | 'failed'): void;
}

/** No agent ever has this id. */
export const unknownAgent = 987_654;
