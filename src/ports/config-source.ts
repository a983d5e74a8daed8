import type { ConfigFile } from '../definitions/config-file.ts';

/** One whole revision of the config repository. */
export interface ConfigRevision {
  /** Full commit id, or a content hash for a directory without one. */
  readonly revision: string;
  /** Every file below the configured path that could hold definitions, read or refused. */
  readonly files: readonly ConfigFile[];
  /** false when the configured path does not exist in the revision. */
  readonly pathExists: boolean;
}

/**
 * Where definitions come from. Throws `PermanentError` when a person must act (bad credential, no such repository or
 * ref), `TransientError` for the rest.
 */
export interface ConfigSource {
  /** The newest revision, whole; undefined when it is still the one given. */
  fetch(known: string | undefined, signal: AbortSignal): Promise<ConfigRevision | undefined>;
}
