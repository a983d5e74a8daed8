/** What kind of credential a text looks like. The text itself is never part of a message. */
interface SecretRule {
  readonly what: string;
  readonly pattern: RegExp;
}

const rules: readonly SecretRule[] = [
  { what: 'an Azure DevOps personal access token', pattern: /(?<![a-z0-9])[a-z2-7]{52}(?![a-z0-9])/gi },
  { what: 'an Azure DevOps personal access token', pattern: /(?<![a-z0-9])[a-z0-9]{76}AZDO[a-z0-9]{4}(?![a-z0-9])/gi },
  { what: 'a GitHub token', pattern: /\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g },
  { what: 'a GitLab token', pattern: /\bglpat-[A-Za-z0-9_-]{16,}/g },
  { what: 'a private key', pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/g },
  { what: 'a JSON web token', pattern: /\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)?/g },
  { what: 'a password inside a URL', pattern: /:\/\/[^\s/:@"'?#]{0,200}:[^\s/@"'?#]{1,500}@/g },
  { what: 'a storage account key', pattern: /\bAccountKey=[A-Za-z0-9+/=]{20,}/gi },
  { what: 'a shared access signature', pattern: /[?&]sig=[A-Za-z0-9%+/=_-]{20,}/gi },
];

export interface FoundSecret {
  readonly what: string;
  /** Offset of its first character. */
  readonly offset: number;
}

/** Every place in the text that looks like a credential. */
export function findSecrets(text: string): FoundSecret[] {
  return rules.flatMap(({ what, pattern }) =>
    [...text.matchAll(pattern)].filter(([match]) => !isOneKind(match)).map(({ index }) => ({ what, offset: index })),
  );
}

/** A long run of one kind of letter is no token: tokens mix letters and digits. */
function isOneKind(match: string): boolean {
  return /^[a-z]*$/i.test(match) || /^[0-9]*$/.test(match);
}

/** A value of the file as it may stand in a message: shortened, control characters escaped, credentials hidden. */
export function quoted(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (typeof value !== 'string') return Array.isArray(value) ? 'a list' : 'a map';
  if (findSecrets(value).length > 0) return '(hidden)';
  const short = value.length > 60 ? `${value.slice(0, 57)}...` : value;
  return JSON.stringify(short).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    escapeCharacter,
  );
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
