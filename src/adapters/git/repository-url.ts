import { PermanentError } from '../../ports/errors.ts';

/** A URL that git may be given. */
export interface RepositoryUrl {
  /** Without a user name for http(s): the credential comes from its own setting. */
  readonly url: string;
  readonly protocol: 'https' | 'http' | 'ssh' | 'file';
}

const problem = (text: string) => new PermanentError(`CONFIG_REPO_URL ${text}`);

/** Checks the URL of the configuration repository. Never repeats it in an error, since it may hold a password. */
export function readRepositoryUrl(text: string): RepositoryUrl {
  if (/^[\w.-]+@[\w.-]+:[^/\s-][^\s]*$/.test(text)) return { url: text, protocol: 'ssh' };
  const url = URL.parse(text);
  if (!url || /[\s\p{Cc}]/u.test(text)) throw problem('is not an https, http, ssh or file URL');
  if (url.password !== '') {
    throw problem('holds a password; put it into a file, name that in CONFIG_REPO_TOKEN_FILE, and change the password');
  }
  return byScheme(url);
}

function byScheme(url: URL): RepositoryUrl {
  switch (url.protocol) {
    case 'https:':
    case 'http:':
      return httpUrl(url);
    case 'ssh:':
      if (url.hostname.startsWith('-') || url.username.startsWith('-')) throw problem('names a host that is not valid');
      return { url: url.href, protocol: 'ssh' };
    case 'file:':
      return { url: url.href, protocol: 'file' };
    default:
      throw problem(`has the scheme ${url.protocol}; only https, http, ssh and file are read`);
  }
}

/** Azure Repos shows its clone URLs with the organization as user name. */
function httpUrl(url: URL): RepositoryUrl {
  if (url.search !== '' || url.hash !== '') throw problem('must end after its path, without "?" and "#"');
  url.username = '';
  return { url: url.href, protocol: url.protocol === 'https:' ? 'https' : 'http' };
}

/** What a configured ref may be: a full commit id, a full ref name, or the name of a branch or tag. */
export type RefName =
  | { readonly kind: 'commit'; readonly id: string }
  | { readonly kind: 'names'; readonly candidates: readonly string[] };

/** Reads CONFIG_REPO_REF by git's own rules for names. A branch comes before a tag of the same name. */
export function readRef(text: string): RefName {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return { kind: 'commit', id: text };
  if (!isRefName(text)) {
    throw new PermanentError('CONFIG_REPO_REF is not the name of a branch, tag or commit');
  }
  if (text.startsWith('refs/')) return { kind: 'names', candidates: [text] };
  return { kind: 'names', candidates: [`refs/heads/${text}`, `refs/tags/${text}`] };
}

function isRefName(text: string): boolean {
  if (text === '' || text === '@' || text.length > 500) return false;
  if (/^[-/]|[\s\p{Cc}~^:?*[\\]|\.\.|@\{|\/\/|[./]$/u.test(text)) return false;
  return text.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}

/** Reads CONFIG_REPO_PATH: relative, with "/", "." for the whole repository. */
export function readRepositoryPath(text: string): string {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || /[\p{Cc}\\]/u.test(text)) {
    throw new PermanentError('CONFIG_REPO_PATH must be a folder inside the repository');
  }
  return parts.length === 0 ? '.' : parts.join('/');
}
