/** A refusal, as the API server words it. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.status = refusal.status;
    this.reason = refusal.reason;
    this.details = refusal.details;
    this.headers = refusal.headers ?? {};
  }
}

export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: StatusDetails;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface StatusDetails {
  readonly name?: string;
  readonly kind?: string;
  readonly causes?: readonly { readonly reason?: string; readonly message: string; readonly field: string }[];
  readonly retryAfterSeconds?: number;
}

export function failureStatus(error: ApiError): Record<string, unknown> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: error.message,
    reason: error.reason,
    ...(error.details && { details: error.details }),
    code: error.status,
  };
}

export function notFound(plural: string, name: string): ApiError {
  return new ApiError({
    status: 404,
    reason: 'NotFound',
    message: `${plural} "${name}" not found`,
    details: { name, kind: plural },
  });
}

export function alreadyExists(plural: string, name: string): ApiError {
  return new ApiError({
    status: 409,
    reason: 'AlreadyExists',
    message: `${plural} "${name}" already exists`,
    details: { name, kind: plural },
  });
}

export function conflict(plural: string, name: string, why: string): ApiError {
  return new ApiError({
    status: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${plural} "${name}": ${why}`,
    details: { name, kind: plural },
  });
}

export function invalid(
  kind: string,
  name: string,
  problem: { readonly field: string; readonly message: string },
): ApiError {
  return new ApiError({
    status: 422,
    reason: 'Invalid',
    message: `${kind} "${name}" is invalid: ${problem.field}: ${problem.message}`,
    details: { name, kind, causes: [{ reason: 'FieldValueInvalid', ...problem }] },
  });
}

export function badRequest(message: string): ApiError {
  return new ApiError({ status: 400, reason: 'BadRequest', message });
}

export function expired(message: string): ApiError {
  return new ApiError({ status: 410, reason: 'Expired', message });
}
