import { z } from 'zod';

/** One HTTP answer, whole, before the client library can swallow what it means. */
export interface HttpAnswer {
  readonly verb: string;
  readonly status: number;
  readonly contentType: string;
  /** Without a byte-order mark. */
  readonly body: string;
  /** Where a redirect leads; empty when it names no place. */
  readonly location: string;
}

/** What an answer that is not a result means. */
export type AnswerKind =
  | 'credential'
  | 'redirect'
  | 'forbidden'
  | 'not-found'
  | 'throttled'
  | 'unavailable'
  | 'refused';

export interface AnswerFailure {
  readonly kind: AnswerKind;
  readonly status: number;
  readonly typeKey: string;
  readonly message: string;
}

/** An answer that is not a result. Never leaves the adapters: it is translated into the errors of the port. */
export class ServiceAnswerError extends Error {
  override name = 'ServiceAnswerError';
  readonly kind: AnswerKind;
  readonly status: number;
  /** How long the service asked to be left alone, with this answer. */
  readonly waitMs: number | undefined;
  /** Azure DevOps' name of the error, for example `TaskAgentNotFoundException`; empty when it gave none. */
  readonly typeKey: string;

  constructor(answer: AnswerFailure, waitMs: number | undefined) {
    super(answer.message);
    this.waitMs = waitMs;
    this.kind = answer.kind;
    this.status = answer.status;
    this.typeKey = answer.typeKey;
  }
}

const errorBody = z.looseObject({
  message: z.string().optional().catch(undefined),
  typeKey: z.string().optional().catch(undefined),
  typeName: z.string().optional().catch(undefined),
});

/** What is wrong with an answer; undefined for a result. */
export function judgeAnswer(answer: HttpAnswer): AnswerFailure | undefined {
  if (answer.status >= 400) return judgeRefusal(answer);
  if (answer.status >= 300) return failure(answer, 'redirect', `it redirects to ${placeOf(answer.location)}`);
  return judgeSuccess(answer);
}

/** A sign-in page comes with a 2xx: where JSON belongs, anything else means that the credential was not accepted. */
function judgeSuccess(answer: HttpAnswer): AnswerFailure | undefined {
  if (answer.verb === 'DELETE' && answer.status !== 203 && answer.body === '') return undefined;
  if (answer.status === 203) return failure(answer, 'credential', 'it answered with a sign-in page');
  if (answer.body === '') return failure(answer, 'credential', 'it answered with nothing');
  if (!isJson(answer)) {
    return failure(
      answer,
      'credential',
      `it answered with ${answer.contentType.split(';')[0] || 'no content type'} instead of JSON`,
    );
  }
  if (parseJson(answer.body) === undefined) return failure(answer, 'unavailable', 'its answer is not whole');
  return undefined;
}

const kindOfStatus: Readonly<Record<number, AnswerKind>> = {
  401: 'credential',
  403: 'forbidden',
  404: 'not-found',
  408: 'unavailable',
  429: 'throttled',
};

function judgeRefusal(answer: HttpAnswer): AnswerFailure {
  const said = errorBody.safeParse(isJson(answer) ? parseJson(answer.body) : {});
  const { message, typeKey, typeName } = said.success ? said.data : {};
  const kind = kindOfStatus[answer.status] ?? (answer.status >= 500 ? 'unavailable' : 'refused');
  const type = typeKey ?? typeName?.split(',')[0]?.split('.').at(-1) ?? '';
  return failure({ ...answer, typeKey: type }, kind, message ?? plainText(answer));
}

function failure(
  answer: { readonly status: number; readonly typeKey?: string },
  kind: AnswerKind,
  said: string,
): AnswerFailure {
  const message = `HTTP ${answer.status}${said === '' ? '' : `: ${said.slice(0, 500)}`}`;
  return { kind, status: answer.status, typeKey: answer.typeKey ?? '', message };
}

function isJson(answer: HttpAnswer): boolean {
  return /^application\/([\w.-]+\+)?json\b/i.test(answer.contentType.trim());
}

function plainText(answer: HttpAnswer): string {
  return /^text\/plain\b/i.test(answer.contentType.trim()) ? answer.body.trim().slice(0, 200) : '';
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Only the address: the query of a sign-in redirect is long and none of a log's business. */
function placeOf(location: string): string {
  const url = URL.parse(location);
  return url === null ? 'nowhere' : `${url.origin}${url.pathname}`;
}
