import { z } from 'zod';

/** An answer of the service that is not a result, with the fields that the service gives it. */
export class ServiceRefusal extends Error {
  override name = 'ServiceRefusal';
  readonly status: number;
  readonly typeKey: string;

  constructor(status: number, typeKey: string, message: string) {
    super(message);
    this.status = status;
    this.typeKey = typeKey;
  }
}

export function renderRefusal({ typeKey, message }: ServiceRefusal) {
  return {
    $id: '1',
    innerException: null,
    message,
    typeName: `Microsoft.TeamFoundation.DistributedTask.WebApi.${typeKey}, Microsoft.TeamFoundation.DistributedTask.WebApi`,
    typeKey,
    errorCode: 0,
    eventId: 3000,
  };
}

/** Clients send enums as numbers or as names, in any case; in a query the number comes as text. */
export function enumOf<const T extends readonly [string, ...string[]]>(names: T, firstNumber = 0) {
  return z
    .union([z.number(), z.string()])
    .transform((value) => {
      const number = Number(value);
      if (!Number.isNaN(number)) return names[number - firstNumber];
      return names.find((name) => name.toLowerCase() === String(value).toLowerCase());
    })
    .pipe(z.enum(names));
}

/** A list as every list comes. */
export function listOf<T>(value: readonly T[]) {
  return { count: value.length, value };
}

/** The parsed parameters, or the refusal that the service gives to bad ones. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const what = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`;
  throw new ServiceRefusal(400, 'VssPropertyValidationException', `Value cannot be accepted. Parameter name: ${what}`);
}

export const queryFlag = z
  .enum(['true', 'false', 'True', 'False'])
  .optional()
  .transform((value) => value?.toLowerCase() === 'true');

export const queryNumber = z.coerce.number().int().optional();
