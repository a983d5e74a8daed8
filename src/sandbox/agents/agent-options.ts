export interface AgentSpeeds {
  /** From the start of its container to its registration. */
  readonly startMs: number;
  readonly renewMs: number;
  /** Before a failed poll is tried again. */
  readonly retryMs: number;
  /** How long it must have been without a job before a TERM ends it, as the image's pre-stop sees to. */
  readonly quietMs: number;
  /** Multiplies the duration of each job. */
  readonly jobFactor: number;
}

export const realAgentSpeeds: AgentSpeeds = {
  startMs: 10_000,
  renewMs: 60_000,
  retryMs: 15_000,
  quietMs: 20_000,
  jobFactor: 1,
};

export interface SimulatedAgentOptions {
  readonly url: string;
  readonly token: string;
  readonly pool: string;
  readonly name: string;
  /** The container's environment: becomes capabilities, as with a real agent. */
  readonly environment: Readonly<Record<string, string>>;
  /** Leaves after one job. */
  readonly once: boolean;
  /**
   * TERM. An idle agent leaves once it was idle long enough; a running job is finished first, unless the signal's
   * reason is `cancel-job`: then it is ended as a listener without the image's pre-stop would.
   */
  readonly signal: AbortSignal;
  /** KILL: everything stays as it is, and the service finds out by itself. */
  readonly kill?: AbortSignal;
  readonly speeds?: Partial<AgentSpeeds>;
  readonly onJob?: (event: { readonly kind: 'started' | 'finished'; readonly requestId: number }) => void;
  /** What is wrong with it: it never comes online, or it stays after the one job that it was to run. */
  readonly fault?: 'never-online' | 'hangs-after-job';
}
