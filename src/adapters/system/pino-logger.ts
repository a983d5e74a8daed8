import { type DestinationStream, pino } from 'pino';
import type { Logger } from '../../ports/logger.ts';

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'json' | 'text';
  /** By default standard output, written synchronously so that nothing is lost at exit. */
  readonly destination?: DestinationStream;
}

/** Field names whose values are never written, whatever put them there. The second net: secrets are kept out at their source. */
const redacted = [
  'token',
  '*.token',
  'password',
  '*.password',
  'authorization',
  '*.authorization',
  'err.task',
  '*.task.commands',
];

export function createLogger({ level, format, destination }: LoggerOptions): Logger {
  const sink = destination ?? pino.destination({ dest: 1, sync: true });
  const target = format === 'json' ? sink : { write: (line: string) => sink.write(asText(line)) };
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redacted, censor: '[redacted]' },
      serializers: { err: describeError },
    },
    target,
  );
}

/** Message and stack with the chain of causes; never the error's other fields, which may hold what was sent. */
function describeError(err: unknown): unknown {
  if (!(err instanceof Error)) return String(err);
  return {
    type: err.name,
    message: err.message,
    stack: err.stack,
    ...(err.cause instanceof Error && { cause: err.cause.message }),
  };
}

function asText(line: string): string {
  const { time, level, msg, ...fields }: Record<string, unknown> = JSON.parse(line);
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${String(msg)}${rest.length > 0 ? `  ${rest.join(' ')}` : ''}\n`;
}
