import { capabilities, type PoolNaming, parseAgentName, parsePlaceholderName } from '../pool/names.ts';
import type { AgentMark, AgentRecord, ObservedAgent } from '../pool/observation.ts';
import type { PoolConnection } from '../pool/spec.ts';
import type { AzureDevOps } from '../ports/azure-devops.ts';

/** Another owner's placeholder, and a record without a mark, are read again this often. */
const rereadAfterMs = 60_000;

/** So long a pass reads marks; what is left is for the next one, so that no pass takes for ever. */
const longestReadMs = 60_000;

interface PoolOfMarks {
  readonly naming: PoolNaming;
  readonly connection: PoolConnection;
  readonly owner: string;
}

interface KnownMark {
  readonly mark: AgentMark;
  readonly readAt: number;
  /** When the record last went online or offline, as far as known: only then its capabilities change. */
  readonly statusChangedAt?: number | undefined;
}

/**
 * Whose the agent records are. Capabilities are read once per agent id, and only for names that are ours: lists come
 * without them.
 */
export class AgentMarks {
  readonly #known = new Map<number, KnownMark>();
  readonly #azureDevOps: AzureDevOps;
  readonly #monotonic: () => number;

  constructor(azureDevOps: AzureDevOps, monotonic: () => number) {
    this.#azureDevOps = azureDevOps;
    this.#monotonic = monotonic;
  }

  /** What we have just written ourselves. */
  remember(agentId: number, mark: AgentMark, statusChangedAt?: number): void {
    this.#known.set(agentId, { mark, readAt: this.#monotonic(), statusChangedAt });
  }

  /** Whatever is known of it. */
  async readAgain(
    connection: PoolConnection,
    record: Pick<AgentRecord, 'id' | 'statusChangedAt'>,
    signal: AbortSignal,
  ): Promise<AgentMark> {
    const found = await this.#azureDevOps.readCapabilities(connection, record.id, signal);
    const mark = found === undefined ? ({ kind: 'unread' } as const) : markFrom(found);
    this.remember(record.id, mark, record.statusChangedAt);
    return mark;
  }

  /** A placeholder that was renewed keeps the rest of its mark. */
  renewed(agentId: number, renewedAt: number): void {
    const known = this.#known.get(agentId)?.mark;
    if (known?.kind === 'placeholder') this.remember(agentId, { ...known, renewedAt });
  }

  /** Adds to each record what its capabilities prove. A record that cannot be read stays `unread`. */
  async identify(
    records: readonly AgentRecord[],
    pool: PoolOfMarks,
    signal: AbortSignal,
  ): Promise<readonly ObservedAgent[]> {
    const present = new Set(records.map(({ id }) => id));
    for (const id of this.#known.keys()) if (!present.has(id)) this.#known.delete(id);
    const observed: ObservedAgent[] = [];
    const until = this.#monotonic() + longestReadMs;
    for (const record of records) {
      const mark = this.#settledMark(record, pool) ?? (await this.#readMark(record, pool, { until, signal }));
      observed.push({ ...record, mark });
    }
    return observed;
  }

  /** What need not be read; undefined when it must be. */
  #settledMark(record: AgentRecord, { naming, owner }: PoolOfMarks): AgentMark | undefined {
    const { name } = record;
    if (parseAgentName(naming, name) === undefined && parsePlaceholderName(naming, name) === undefined) {
      return { kind: 'unrelated' };
    }
    const known = this.#known.get(record.id);
    return known && this.#isSettled(known, record, owner) ? known.mark : undefined;
  }

  async #readMark(
    record: AgentRecord,
    { connection }: PoolOfMarks,
    { until, signal }: { readonly until: number; readonly signal: AbortSignal },
  ): Promise<AgentMark> {
    // Not proven is never taken for proven.
    const asKnown = this.#known.get(record.id)?.mark ?? { kind: 'unread' };
    if (this.#monotonic() >= until) return asKnown;
    try {
      return await this.readAgain(connection, record, signal);
    } catch {
      // The reads that the pass depends on report what is wrong.
      return asKnown;
    }
  }

  /**
   * Ours stays ours. An unmarked record may still be registering, another owner's agent may have been replaced by ours,
   * and another owner's placeholder may have gone stale.
   */
  #isSettled({ mark, readAt, statusChangedAt }: KnownMark, record: AgentRecord, owner: string): boolean {
    if (mark.kind === 'unread') return false;
    if (mark.kind !== 'unmarked' && mark.kind !== 'unrelated' && mark.owner === owner) return true;
    const old = this.#monotonic() - readAt >= rereadAfterMs;
    if (mark.kind === 'placeholder') return !old;
    const unchanged = statusChangedAt === record.statusChangedAt;
    return mark.kind === 'agent' ? unchanged : unchanged && !old;
  }
}

function markFrom(found: Readonly<Record<string, string>>): AgentMark {
  const owner = found[capabilities.owner];
  if (owner === undefined) return { kind: 'unmarked' };
  const agentClass = found[capabilities.placeholder];
  if (agentClass === undefined) return { kind: 'agent', owner };
  // oxlint-disable-next-line no-restricted-globals -- reads a stamp, not the clock
  const renewedAt = Date.parse(found[capabilities.renewed] ?? '');
  return {
    kind: 'placeholder',
    owner,
    agentClass,
    renewedAt: Number.isNaN(renewedAt) ? 0 : renewedAt,
    capabilities: found,
  };
}
