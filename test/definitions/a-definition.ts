import { hostedServiceUrls } from '../../src/definitions/azure-devops-url.ts';
import type { ConfigFile } from '../../src/definitions/config-file.ts';
import type { Finding } from '../../src/definitions/finding.ts';
import { parseRevision } from '../../src/definitions/parse-revision.ts';
import type { ParsedRevision } from '../../src/definitions/parsed-revision.ts';

export function aFile(path: string, text: string | Uint8Array): ConfigFile {
  return { kind: 'content', path, bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text };
}

/** A valid definition; `spec` lines are added as they are. */
export function aPool(name: string, spec: readonly string[] = []): string {
  const own = spec.map((line) => line.split(':')[0]);
  const basics = [
    'azDoUrl: https://dev.azure.com/contoso',
    `pool: ${name}-agents`,
    'patSecretName: azdo-pat',
    'image: ghcr.io/contoso/agent:4.260.0',
  ].filter((line) => !own.includes(line.split(':')[0]));
  return [
    'apiVersion: poolkeeper.dev/v1',
    'kind: AgentPool',
    'metadata:',
    `  name: ${name}`,
    'spec:',
    ...[...basics, ...spec].map((line) => `  ${line}`),
    '',
  ].join('\n');
}

export function parse(files: Readonly<Record<string, string | Uint8Array>>): Promise<ParsedRevision> {
  const list = Object.entries(files).map(([path, text]) => aFile(path, text));
  return parseRevision(list, { allowedUrls: hostedServiceUrls });
}

/** `severity path message`, for tables. */
export function inShort(findings: readonly Finding[]): string[] {
  return findings.map(({ severity, path, message }) => `${severity} ${path}: ${message}`);
}
