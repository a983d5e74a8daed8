/** `error`: the document (or file) is not taken. `warning`: taken, but somebody should look. `note`: for information. */
export type Severity = 'error' | 'warning' | 'note';

/** One thing to say about a file of the config repository. Never holds a secret, whatever the file holds. */
export interface Finding {
  readonly severity: Severity;
  readonly file: string;
  /** From 1; 1 for a finding about the file as a whole. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** `spec.maxAgents`, `spec.pvcs[0].name`; empty for a finding about a document or file as a whole. */
  readonly path: string;
  /** Stable name of the rule, for filters and reports. */
  readonly rule: string;
  /** What is wrong and what to do. */
  readonly message: string;
  /** `metadata.name` of the document, where it could be read. */
  readonly pool?: string;
}
