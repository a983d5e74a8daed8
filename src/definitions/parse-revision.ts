import type { ConfigFile } from './config-file.ts';
import type { ParsedRevision } from './parsed-revision.ts';

export interface ParseOptions {
  /** `AZDO_ALLOWED_URLS`, see `hostedServiceUrls` for the default. */
  readonly allowedUrls: readonly string[];
  /** `AGENT_IMAGE`: taken where a definition names no image. */
  readonly defaultImage?: string;
}

/** Parses and validates every file. Never throws for what a file holds; gives way to other work between files. */
export function parseRevision(files: readonly ConfigFile[], _options: ParseOptions): Promise<ParsedRevision> {
  return Promise.reject(new Error(`parsing ${files.length} files is not built yet`));
}
