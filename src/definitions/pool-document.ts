import type { PoolSpec } from '../pool/spec.ts';
import { agentClassesOf, checkCapabilityKeys } from './agent-classes.ts';
import { type AzureDevOpsUrl, isAllowedUrl, readAzureDevOpsUrl } from './azure-devops-url.ts';
import { checkAcrossFields } from './cross-field.ts';
import type { ConfigDocument } from './document.ts';
import type { Finding } from './finding.ts';
import { type LenientSpec, readSpec } from './lenient-spec.ts';
import { type Metadata, readMetadata } from './metadata.ts';
import type { RuleBreach } from './rule-breach.ts';
import { schedulesOf } from './schedules.ts';
import { isRecord } from './schema-findings.ts';

export interface ParseOptions {
  /** `AZDO_ALLOWED_URLS`; `hostedServiceUrls` where the setting is not given. */
  readonly allowedUrls: readonly string[];
  /** `AGENT_IMAGE`: taken where a definition names no image. */
  readonly defaultImage?: string;
}

/** A document that defines a pool: its validated form, or why there is none. */
export interface PoolDocument {
  readonly spec: PoolSpec | undefined;
  readonly findings: readonly Finding[];
}

/** Reads an AgentPool or RunnerPool. Every error is found in one go. */
export function readPoolDocument(document: ConfigDocument, options: ParseOptions): PoolDocument {
  if (!isRecord(document.value)) return { spec: undefined, findings: document.problems };
  const metadata = readMetadata(document, document.value);
  const raw = document.value.spec;
  if (!isRecord(raw)) {
    const message = raw === undefined ? 'is missing; it must be given' : 'must be a map';
    const finding = document.finding({ path: ['spec'], rule: 'required', message });
    return { spec: undefined, findings: [...document.problems, ...metadata.findings, finding] };
  }
  const read = readSpec(document, raw);
  const url = checkUrl(read, options);
  const breaches = [...url.breaches, ...checkImage(read, options), ...checkAcrossFields(read)];
  if (!read.faulty.has('capabilityAware')) breaches.push(...checkCapabilityKeys(read.fields.capabilityImages));
  const findings = [
    ...document.problems,
    ...metadata.findings,
    ...read.findings,
    ...breaches.map(({ path, ...breach }) => document.finding({ ...breach, path: ['spec', ...path] })),
  ];
  const isValid = findings.every(({ severity }) => severity !== 'error');
  const spec =
    isValid && metadata.value && url.url ? buildSpec(metadata.value, read, { url: url.url, options }) : undefined;
  return { spec, findings };
}

function checkUrl(read: LenientSpec, { allowedUrls }: ParseOptions): { url?: AzureDevOpsUrl; breaches: RuleBreach[] } {
  if (read.fields.azDoUrl === undefined) return { breaches: [] };
  const result = readAzureDevOpsUrl(read.fields.azDoUrl);
  const path = ['azDoUrl'];
  if ('problem' in result) return { breaches: [{ path, rule: 'azure-devops-url', message: result.problem }] };
  if (isAllowedUrl(result.url.url, allowedUrls)) return { url: result.url, breaches: [] };
  const message = `is not among the URLs that tokens may be sent to (${allowedUrls.join(', ')}); whoever runs Poolkeeper must add ${result.url.url} to AZDO_ALLOWED_URLS`;
  return { breaches: [{ path, rule: 'url-not-allowed', message }] };
}

/** A pool whose classes all have images needs none of its own. */
function checkImage({ fields, faulty, classes }: LenientSpec, { defaultImage }: ParseOptions): RuleBreach[] {
  if (fields.image !== undefined || faulty.has('image') || defaultImage !== undefined) return [];
  const rule = 'required';
  if (fields.agentClasses === undefined && !faulty.has('agentClasses')) {
    return [{ path: ['image'], rule, message: 'is missing; name an image, or set AGENT_IMAGE for all pools' }];
  }
  const message = 'is missing; name an image here, under spec for all classes, or set AGENT_IMAGE for all pools';
  return classes
    .filter((agentClass) => agentClass.fields.image === undefined && !agentClass.faulty.has('image'))
    .map(({ position }) => ({ path: ['agentClasses', position, 'image'], rule, message }));
}

function buildSpec(
  metadata: Metadata,
  read: LenientSpec,
  { url, options }: { url: AzureDevOpsUrl; options: ParseOptions },
): PoolSpec | undefined {
  const { fields } = read;
  if (fields.patSecretName === undefined) return undefined;
  const secretKey = fields.patSecretKey === undefined ? {} : { secretKey: fields.patSecretKey };
  const { removalsPerMinute } = fields;
  return {
    ...metadata,
    connection: { ...url, pool: fields.pool, credential: { secretName: fields.patSecretName, ...secretKey } },
    minAgents: fields.minAgents,
    maxAgents: fields.maxAgents,
    standbyAgents: fields.standbyAgents,
    schedules: schedulesOf(fields.schedules),
    ...(removalsPerMinute !== undefined && { removalsPerMinute }),
    keepFinishedPods: fields.keepFinishedPods,
    ttlIdleSeconds: fields.ttlIdleSeconds,
    idleGraceSeconds: fields.idleGraceSeconds,
    pollIntervalSeconds: fields.pollIntervalSeconds,
    idlePollIntervalSeconds: fields.idlePollIntervalSeconds,
    provisioningTimeoutSeconds: fields.provisioningTimeoutSeconds,
    offlineGraceSeconds: fields.offlineGraceSeconds,
    staleAgentMinAgeSeconds: fields.staleAgentMinAgeSeconds,
    suspend: fields.suspend,
    volumePolicy: fields.volumePolicy,
    agentClasses: agentClassesOf({ spec: read, defaultImage: options.defaultImage }),
  };
}
