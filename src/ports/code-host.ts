/** A commit status. `context` is genre and name, for example `poolkeeper` and `config`. */
export interface CommitStatus {
  readonly genre: string;
  readonly name: string;
  readonly state: 'succeeded' | 'partially-succeeded' | 'failed' | 'error';
  /** At most 140 code points. */
  readonly description: string;
}

/** The host of the config repository. Throws like `AzureDevOps`. */
export interface CodeHost {
  /** The newest status of each context on that commit. */
  readStatuses(commit: string, signal: AbortSignal): Promise<readonly CommitStatus[]>;
  postStatus(commit: string, status: CommitStatus, signal: AbortSignal): Promise<void>;
}
