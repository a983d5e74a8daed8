/** Where `azDoUrl` leads. */
export interface AzureDevOpsUrl {
  /** Normal form, without a trailing slash. */
  readonly url: string;
  /** Name of the organization or collection; the host where the URL has neither. */
  readonly organization: string;
}

export type ReadUrl = { readonly url: AzureDevOpsUrl } | { readonly problem: string };

/** `AZDO_ALLOWED_URLS` where the setting is not given: the hosted service. */
export const hostedServiceUrls: readonly string[] = ['https://dev.azure.com/', 'https://*.visualstudio.com/'];

const hint = 'write https://dev.azure.com/ORGANIZATION, or the URL of a collection on your server';

/** Reads `azDoUrl`. The problem says what to do, and never repeats the URL, which may hold a credential. */
export function readAzureDevOpsUrl(text: string): ReadUrl {
  const url = URL.parse(text.trim());
  if (!url || !/^https?:\/\//i.test(text.trim())) return { problem: `is not an absolute http(s) URL; ${hint}` };
  const problem = commonProblem(url);
  if (problem !== undefined) return { problem };
  const segments = pathSegments(url);
  if (segments === undefined || segments.some((segment) => /[/\\\p{Cc}]/u.test(segment))) {
    return { problem: `holds a wrong percent sign; ${hint}` };
  }
  if (url.hostname === 'dev.azure.com') return hostedOrganization(url, segments);
  return url.hostname.endsWith('.visualstudio.com')
    ? legacyOrganization(url, segments)
    : serverCollection(url, segments);
}

function commonProblem(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') {
    return 'holds a user name or password; remove it, put the token into the Secret of patSecretName, and rotate it';
  }
  if (url.search !== '' || url.hash !== '') return `must end after its path, without "?" and "#"; ${hint}`;
  const hosted = url.hostname === 'dev.azure.com' || url.hostname.endsWith('.visualstudio.com');
  if (hosted && url.protocol === 'http:') return 'must use https: http is only for servers';
  return hosted && url.port !== '' ? 'must not have a port' : undefined;
}

function pathSegments(url: URL): string[] | undefined {
  try {
    return url.pathname
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function hostedOrganization(url: URL, [organization, ...rest]: readonly string[]): ReadUrl {
  if (organization === undefined) return { problem: 'names no organization; write https://dev.azure.com/ORGANIZATION' };
  if (rest.length > 0) return { problem: 'names a project; end it after the organization' };
  return { url: { url: `${url.origin}/${encodeURIComponent(organization)}`, organization } };
}

function legacyOrganization(url: URL, segments: readonly string[]): ReadUrl {
  const organization = url.hostname.slice(0, -'.visualstudio.com'.length);
  if (organization.includes('.')) return { problem: 'must be https://ORGANIZATION.visualstudio.com' };
  if (segments.length > 0) return { problem: 'must end after the host: https://ORGANIZATION.visualstudio.com' };
  return { url: { url: url.origin, organization } };
}

function serverCollection(url: URL, segments: readonly string[]): ReadUrl {
  const [first, second, ...rest] = segments;
  const isVirtualDirectory = first?.toLowerCase() === 'tfs';
  const organization = isVirtualDirectory ? second : first;
  if (rest.length > 0 || (!isVirtualDirectory && second !== undefined)) {
    return {
      problem: 'must be the URL of a collection, such as https://HOST/tfs/COLLECTION or https://HOST/COLLECTION',
    };
  }
  const path = segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
  return { url: { url: `${url.origin}${path}`, organization: organization ?? url.hostname } };
}

/** Whether the URL lies below an allowed one: same scheme, host and port, and the path by whole segments. */
export function isAllowedUrl(text: string, allowedUrls: readonly string[]): boolean {
  const url = URL.parse(text);
  return url !== null && allowedUrls.some((allowed) => isBelow(url, allowed));
}

function isBelow(url: URL, allowedText: string): boolean {
  const allowed = URL.parse(allowedText.trim().replace('://*.', '://any-host.'));
  if (!allowed || allowed.protocol !== url.protocol || allowed.port !== url.port) return false;
  if (allowedText.includes('://*.')) {
    const [first = '', ...rest] = url.hostname.split('.');
    if (first === '' || `any-host.${rest.join('.')}` !== allowed.hostname) return false;
  } else if (allowed.hostname !== url.hostname) return false;
  const wanted = wholeSegments(allowed);
  const given = wholeSegments(url);
  return wanted.every((segment, index) => segment === given[index]);
}

/** Azure DevOps compares names without regard to case. */
function wholeSegments(url: URL): string[] {
  return url.pathname
    .toLowerCase()
    .split('/')
    .filter((segment) => segment !== '');
}
