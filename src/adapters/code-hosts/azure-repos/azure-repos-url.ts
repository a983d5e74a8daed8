/** A repository of Azure Repos, taken apart. Names are decoded. */
export interface AzureReposRepository {
  /** Organization or collection URL, always https or http, without user name or trailing slash. */
  readonly collectionUrl: string;
  readonly project: string;
  readonly repository: string;
}

/**
 * Understands the https, http and ssh forms of the hosted service, and `<base>/<project>/_git/<repository>` on any host.
 * undefined for anything else. A repository without a project in its URL is the one named like its project.
 */
export function parseAzureReposUrl(url: string): AzureReposRepository | undefined {
  return parseSshUrl(url.trim()) ?? parseWebUrl(url.trim());
}

/** `git@ssh.dev.azure.com:v3/ORG/PROJECT/REPO`, the same with `ssh://`, and the older visualstudio.com form. */
function parseSshUrl(url: string): AzureReposRepository | undefined {
  const [, host = '', path = ''] = /^(?:ssh:\/\/)?[^@/\s]+@([^:/\s]+)(?::\d+)?[:/]+v3\/(.+)$/.exec(url) ?? [];
  if (!/^ssh\.dev\.azure\.com$|^vs-ssh\.visualstudio\.com$/i.test(host)) return undefined;
  const [organization, project, repository, ...rest] = segmentsOf(path);
  if (organization === undefined || project === undefined || repository === undefined || rest.length > 0)
    return undefined;
  return { collectionUrl: `https://dev.azure.com/${encodeURIComponent(organization)}`, project, repository };
}

function parseWebUrl(url: string): AzureReposRepository | undefined {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return undefined;
  const segments = segmentsOf(parsed.pathname);
  const marker = segments.findIndex((segment) => segment.toLowerCase() === '_git');
  const [repository, ...rest] = segments.slice(marker + 1);
  if (marker < 0 || repository === undefined || rest.length > 0) return undefined;
  const before = segments.slice(0, marker);
  const baseLength = collectionLength(parsed.hostname, before);
  const [project = repository, ...more] = before.slice(baseLength);
  if (more.length > 0 || before.length < baseLength) return undefined;
  // The hosted service takes the collection's name or leaves it; one organization has one URL here.
  const kept = parsed.hostname.toLowerCase().endsWith('.visualstudio.com') ? [] : before.slice(0, baseLength);
  const path = kept.map((segment) => `/${encodeURIComponent(segment)}`);
  return { collectionUrl: `${parsed.origin}${path.join('')}`, project, repository };
}

/** How many segments before the project belong to the collection. */
function collectionLength(hostname: string, before: readonly string[]): number {
  if (hostname.toLowerCase() === 'dev.azure.com') return 1;
  if (hostname.toLowerCase().endsWith('.visualstudio.com')) {
    return before[0]?.toLowerCase() === 'defaultcollection' ? 1 : 0;
  }
  return Math.max(before.length - 1, 0);
}

function segmentsOf(path: string): string[] {
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decode);
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
