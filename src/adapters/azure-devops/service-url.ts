import { createHash } from 'node:crypto';

/** Whether that host is the hosted service, under either of its names. */
function isHostedService(hostname: string): boolean {
  const host = hostname.toLowerCase();
  return host === 'dev.azure.com' || host.endsWith('.dev.azure.com') || host.endsWith('.visualstudio.com');
}

/** A service on this machine is never behind a proxy. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** Why a credential must not be sent to that URL; undefined when it may be. Repeats nothing that could be a secret. */
export function whyUnfitForCredential(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null)
    return 'its URL cannot be read: write https://dev.azure.com/ORGANIZATION or the URL of a collection';
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:')
    return `${parsed.protocol} is neither https nor http: correct the URL`;
  if (parsed.username !== '' || parsed.password !== '') {
    return `its URL (host ${parsed.host}) holds a user name or password: remove it, the credential is given apart`;
  }
  if (parsed.protocol === 'http:' && isHostedService(parsed.hostname)) {
    return `http would send the credential to ${parsed.host} unencrypted: write https`;
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

/** Organization, or collection of a Server; the host where the URL names neither. */
export function organizationOf(url: string): string {
  const { hostname, pathname } = new URL(url);
  const suffix = '.visualstudio.com';
  if (hostname.toLowerCase().endsWith(suffix)) return hostname.slice(0, -suffix.length);
  const last = pathname.split('/').findLast((segment) => segment !== '');
  return last === undefined ? hostname : decodeURIComponent(last);
}

/** Tells tokens apart without keeping them. */
export function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
