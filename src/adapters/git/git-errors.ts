import { PermanentError, TransientError } from '../../ports/errors.ts';

/** What git said, before it is known what to do about it. Its text may hold a secret: only for this folder. */
export class GitFailure extends Error {
  override name = 'GitFailure';
}

/** The deadline or the caller ended the command. */
export class GitStopped extends Error {
  override name = 'GitStopped';
}

interface Explanation {
  readonly pattern: RegExp;
  readonly kind: 'permanent' | 'transient';
  readonly text: string;
}

const explanations: readonly Explanation[] = [
  {
    pattern: /Host key verification failed|host key is known/i,
    kind: 'permanent',
    text: 'the key of the ssh host is not among those in CONFIG_REPO_KNOWN_HOSTS_FILE',
  },
  {
    pattern:
      /error: 40[13]\b|Authentication failed|could not read (Username|Password)|Permission denied|Access denied/i,
    kind: 'permanent',
    text: 'the credential was refused; check the token or key, and that it may read the repository',
  },
  {
    pattern: /error: 3\d\d\b|unable to update url base from redirection/i,
    kind: 'permanent',
    text: 'the server sends to another address, where the credential does not go; put the new address into CONFIG_REPO_URL',
  },
  {
    pattern: /error: 404\b|repository .*not found|not appear to be a git repository|does not exist|TF401019/i,
    kind: 'permanent',
    text: 'there is no such repository, or the credential may not see it',
  },
  {
    pattern: /couldn't find remote ref|not our ref|unadvertised object/i,
    kind: 'permanent',
    text: 'CONFIG_REPO_REF does not exist there',
  },
  {
    pattern: /certificate|SSL CA|CAfile|self.signed/i,
    kind: 'permanent',
    text: 'the certificate of the server is not trusted; name its authority in CONFIG_REPO_CA_FILE',
  },
  { pattern: /transport '?\w*'? not allowed/i, kind: 'permanent', text: 'the repository leads to another protocol' },
  {
    pattern: /fsck error|badTree|hasDot/i,
    kind: 'permanent',
    text: 'the repository holds objects that git calls unsafe',
  },
  { pattern: /Could not resolve host/i, kind: 'transient', text: 'the name of the host cannot be resolved' },
  {
    pattern: /Failed to connect|Connection (refused|timed out|reset)|Could not connect/i,
    kind: 'transient',
    text: 'the host cannot be reached',
  },
  { pattern: /error: 429\b/i, kind: 'transient', text: 'the host asks for fewer requests' },
  { pattern: /error: 5\d\d\b/i, kind: 'transient', text: 'the host has a problem of its own' },
  {
    pattern: /transfer closed|remote end hung up|early EOF|too slow|RPC failed/i,
    kind: 'transient',
    text: 'the transfer broke off',
  },
];

/** An error for people: no secret, no command line, and the class says what the caller does next. */
export function translate(error: unknown, secrets: readonly string[]): PermanentError | TransientError {
  if (error instanceof PermanentError || error instanceof TransientError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const found = explanations.find(({ pattern }) => pattern.test(said));
  const detail = redact(lastLines(said), secrets);
  const message = `the configuration repository cannot be read: ${found?.text ?? 'git failed'} (git: ${detail})`;
  return found?.kind === 'permanent' ? new PermanentError(message) : new TransientError(message);
}

/** The lines that say why; progress and hints are left out. */
function lastLines(said: string): string {
  const lines = said.split(/[\r\n]+/).filter((line) => /^(fatal|error|remote|ssh|Host|.*denied)/i.test(line.trim()));
  return (lines.length > 0 ? lines : [said]).join('; ');
}

/** Takes out secrets, credentials in URLs and control characters, and cuts what is too long for a log line. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text.replaceAll(/:\/\/[^\s/@]+@/g, '://***@').replaceAll(/(Basic|Bearer) [\w+/=.-]+/gi, '$1 ***');
  for (const secret of secrets.filter(({ length }) => length > 0)) clean = clean.replaceAll(secret, '***');
  return clean.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 300);
}

/** The lock file that git found taken. */
export function namedLock(error: unknown): string | undefined {
  if (!(error instanceof GitFailure)) return undefined;
  const config = /could not lock config file (.+): File exists/.exec(error.message)?.[1];
  return config === undefined
    ? /Unable to create '(.+\.lock)': File exists/.exec(error.message)?.[1]
    : `${config}.lock`;
}

/** Whether the store, not the server, is what failed. */
export function isDamagedStore(error: unknown): boolean {
  if (!(error instanceof GitFailure)) return false;
  return /corrupt|bad object|not a git repository \(|fatal: not a git repository:|object file .* is empty|missing (blob|tree|commit)|unable to (read|open) (tree|sha1|object|loose)|bad config|invalid (sha1|object)|not a valid object|bad (tree|revision)|did not receive expected object|shallow file|unable to unpack|inflate|garbage at end|Needed a single revision/i.test(
    error.message,
  );
}
