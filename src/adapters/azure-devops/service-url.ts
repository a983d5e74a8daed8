import { createHash } from 'node:crypto';

/** Whether that host is the hosted service, under either of its names. */
export function isHostedService(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return host === 'dev.azure.com' || host.endsWith('.dev.azure.com') || host.endsWith('.visualstudio.com');
}

/** Why a credential must not be sent to that URL; undefined when it may be. */
export function whyUnfitForCredential(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null) return `"${url}" is not a URL`;
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') return `"${url}" is neither https nor http`;
  if (parsed.username !== '' || parsed.password !== '') {
    return `the URL of ${parsed.host} holds a user name or password: remove it, the credential comes from the Secret`;
  }
  if (parsed.protocol === 'http:' && isHostedService(parsed.hostname)) {
    return `"${url}" would send the credential unencrypted: write https`;
  }
  return undefined;
}

/**
 * Whether a credential meant for one URL may be sent to another: the same origin, or both the hosted service, which
 * answers under two names.
 */
export function mayReceiveCredential(meantFor: URL, target: URL): boolean {
  if (meantFor.origin === target.origin) return true;
  return target.protocol === 'https:' && isHostedService(meantFor.hostname) && isHostedService(target.hostname);
}

/** Who is throttled together: one service, one organization or collection, one credential. Holds no secret. */
export function throttleIdentity(url: string, organization: string, token: string): string {
  const { host, hostname } = new URL(url);
  const service = isHostedService(hostname) ? 'hosted' : host.toLowerCase();
  return `${service}/${organization.toLowerCase()}/${fingerprint(token)}`;
}

/** Tells tokens apart without keeping them. */
export function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
