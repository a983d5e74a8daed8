import { AgentBusyError, ConflictError, PermanentError, ThrottledError, TransientError } from '../../ports/errors.ts';
import { ServiceAnswerError } from './service-answer.ts';

/** What a message names, so that a person knows where to look. */
export interface CallDescription {
  readonly organization: string;
  readonly operation: string;
  /** For example `Secret "azure-devops"`. */
  readonly credentialName: string;
  /** What the credential must be allowed to do. */
  readonly neededAccess: string;
}

const portErrors = [AgentBusyError, ConflictError, PermanentError, ThrottledError, TransientError];

/** Every failure of a call as an error of the port; what already is one stays as it is. */
export function translateError(error: unknown, call: CallDescription): Error {
  if (error instanceof ServiceAnswerError) return translateAnswer(error, call);
  if (portErrors.some((known) => error instanceof known) && error instanceof Error) return error;
  return translateTransport(error, call);
}

function translateAnswer(answer: ServiceAnswerError, call: CallDescription): Error {
  const where = `Azure DevOps ${call.organization}: ${call.operation}`;
  // A service that names a time wants that time, whatever the status is.
  if (answer.kind === 'throttled' || (answer.kind === 'unavailable' && answer.waitMs !== undefined)) {
    return new ThrottledError(answer.waitMs ?? 0, { cause: new Error(`${where}: ${answer.message}`) });
  }
  return translateKind(answer, `${where}:`, call);
}

function translateKind(answer: ServiceAnswerError, where: string, call: CallDescription): Error {
  const { kind, message: said } = answer;
  const { credentialName, neededAccess } = call;
  switch (kind) {
    case 'credential':
      return new PermanentError(
        `${where} the credential was refused (${said}): put a valid token into ${credentialName}; ${neededAccess}`,
      );
    case 'redirect':
      return new PermanentError(
        `${where} ${said}, which is not followed: replace the token in ${credentialName} if that is a sign-in page, else use that address as the URL`,
      );
    case 'forbidden':
      return new PermanentError(`${where} not allowed (${said}): ${neededAccess}`);
    case 'not-found':
      return new PermanentError(`${where} not found (${said}): check the URL, and that ${credentialName} may see it`);
    case 'throttled':
    case 'unavailable':
      return new TransientError(`${where} ${said}`);
    case 'refused':
      if (answer.status === 409) return new ConflictError(`${where} ${said}`);
      return new PermanentError(`${where} refused (${said}): check the definition against what the service says`);
    default:
      return kind satisfies never;
  }
}

const certificateErrors = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_TLS/;

function translateTransport(error: unknown, call: CallDescription): Error {
  const where = `Azure DevOps ${call.organization}: ${call.operation}`;
  const said = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (certificateErrors.test(code)) {
    return new PermanentError(
      `${where}: the server's certificate is not trusted (${said}): give its authority in NODE_EXTRA_CA_CERTS`,
    );
  }
  // What the client library says when a server answers properly but has no such API.
  if (/^(Failed to find api location|Could not find information for resource area)/.test(said)) {
    return new PermanentError(
      `${where}: no agent pools or repositories are served there: write the URL of an organization or collection`,
    );
  }
  return new TransientError(`${where}: ${said === '' ? code : said}`);
}
