import { ApiException } from '@kubernetes/client-node';
import { z } from 'zod';
import { ConflictError, PermanentError, ThrottledError, TransientError } from '../../ports/errors.ts';

/** What a message names, so that a person knows where to look. */
export interface FailedCall {
  readonly operation: string;
  readonly subject: string;
  readonly namespace: string;
  /** Given when the call was ended because it took that long. */
  readonly timedOutMs?: number | undefined;
}

/** There is no such object. Callers decide what that means; outside this folder it is a `PermanentError`. */
export class AbsentError extends PermanentError {
  override name = 'AbsentError';
}

/** An object of that name exists already. */
export class TakenError extends ConflictError {
  override name = 'TakenError';
}

/** The list or watch is too old: list again. */
export class ExpiredError extends TransientError {
  override name = 'ExpiredError';
}

const Status = z.looseObject({
  message: z.string().default(''),
  reason: z.string().default(''),
  details: z
    .looseObject({
      causes: z.array(z.looseObject({ field: z.string().default('') })).default([]),
      retryAfterSeconds: z.number().optional(),
    })
    .optional(),
});
type Status = z.infer<typeof Status>;

/** Every failure of a call as an error of the port. */
export function translateApiError(error: unknown, call: FailedCall): Error {
  const where = `Kubernetes: ${call.operation} (${call.subject}, namespace ${call.namespace})`;
  if (error instanceof ApiException) return translateAnswer(error, where, call);
  if (call.timedOutMs !== undefined)
    return new TransientError(`${where}: no answer within ${call.timedOutMs / 1000} s`);
  return translateTransport(error, where);
}

function translateAnswer(error: ApiException<unknown>, where: string, call: FailedCall): Error {
  const status = parseStatus(error.body);
  const said = `${where}: ${status.message === '' ? `HTTP ${error.code}` : status.message}`;
  switch (error.code) {
    case 401:
      return new PermanentError(
        `${where}: the credential was refused: check the service account's token or the kubeconfig`,
      );
    case 403:
      return translateForbidden(status, said, call);
    case 404:
      return new AbsentError(said);
    case 409:
      return status.reason === 'AlreadyExists' ? new TakenError(said) : new ConflictError(said);
    case 410:
      return new ExpiredError(said);
    case 429:
      return new ThrottledError(retryAfterMs(error, status), { cause: new Error(said) });
    default:
      return translateOther(error.code, status, said);
  }
}

function translateOther(code: number, status: Status, said: string): Error {
  if (code >= 500) return new TransientError(said);
  // A patch that names another uid is refused as invalid, not as a conflict.
  const otherObject = (status.details?.causes ?? []).some(({ field }) => field === 'metadata.uid');
  if (code === 422 && otherObject) return new ConflictError(said);
  return new PermanentError(`${said}: correct the pool definition that led to this object`);
}

function translateForbidden({ message }: Status, said: string, call: FailedCall): Error {
  // Pods that end make room again, so nobody has to act for it to pass.
  if (message.includes('exceeded quota')) {
    return new TransientError(`${said}: raise the namespace's ResourceQuota or lower maxAgents if this stays`);
  }
  if (/cannot \w+ resource/.test(message)) {
    return new PermanentError(
      `${said}: the Role in manifests/role.yaml grants this; apply manifests/ to namespace ${call.namespace}`,
    );
  }
  return new PermanentError(
    `${said}: an admission rule of the cluster refuses this object; change the rule or the pool definition`,
  );
}

function retryAfterMs({ headers }: ApiException<unknown>, { details }: Status): number {
  const seconds = Number(headers['retry-after'] ?? details?.retryAfterSeconds ?? 1);
  return (Number.isFinite(seconds) && seconds > 0 ? seconds : 1) * 1000;
}

function parseStatus(body: unknown): Status {
  const parsed = Status.safeParse(typeof body === 'string' ? parseJson(body) : body);
  return parsed.success ? parsed.data : { message: '', reason: '' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const certificateErrors = /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_TLS/;

function translateTransport(error: unknown, where: string): Error {
  // The parser quotes the text that it could not read, which may be a Secret.
  if (error instanceof SyntaxError) return new TransientError(`${where}: the answer is no JSON`);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const said = cause instanceof Error && cause.message !== '' ? cause.message : code;
  if (certificateErrors.test(code)) {
    return new PermanentError(
      `${where}: the server's certificate is not trusted (${said}): check the kubeconfig's authority`,
      {
        cause: error,
      },
    );
  }
  return new TransientError(`${where}: ${said}`, { cause: error });
}
