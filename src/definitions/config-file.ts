/** A file of a revision: its bytes, or why it was not read. Paths are relative to the repository, with "/". */
export type ConfigFile =
  | { readonly kind: 'content'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: 'refused'; readonly path: string; readonly reason: RefusedFileReason; readonly detail: string };

export type RefusedFileReason = 'too-large' | 'symlink' | 'submodule' | 'bad-path';

/** Checked before anything is read. */
export const configLimits = {
  bytesPerFile: 256 * 1024,
  files: 1000,
  totalBytes: 16 * 1024 * 1024,
  documentsPerFile: 100,
} as const;
