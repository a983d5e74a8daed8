import type { ConfigDocument } from './document.ts';
import type { Finding } from './finding.ts';
import type { FieldPath } from './positions.ts';
import { repoSettingsSchema } from './schema.ts';
import { isRecord, schemaFindings } from './schema-findings.ts';

/** What a RepoSettings document confirms; nothing when it has an error. */
export interface ReadSettings {
  readonly confirmRemovalOf: readonly string[];
  readonly findings: readonly Finding[];
}

/** Reads a RepoSettings document: `pruneProtection` stands beside `kind`, or under `spec` as in the other kinds. */
export function readRepoSettings(document: ConfigDocument): ReadSettings {
  if (!isRecord(document.value)) return { confirmRemovalOf: [], findings: document.problems };
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, spec, ...beside } = document.value;
  const base = isRecord(spec) ? ['spec'] : [];
  const raw = isRecord(spec) ? spec : beside;
  const result = repoSettingsSchema.safeParse(raw);
  const issues = result.success ? [] : result.error.issues;
  const findings = [...document.problems, ...schemaFindings({ document, base, raw, knownKeys }, issues)];
  const isValid = result.success && findings.length === 0;
  return { confirmRemovalOf: isValid ? result.data.pruneProtection.confirmRemovalOf : [], findings };
}

function knownKeys(path: FieldPath): readonly string[] {
  return path.length === 0 ? ['pruneProtection'] : ['confirmRemovalOf'];
}
