import type { PlanInput } from '../pool/plan.ts';
import { PermanentError } from '../ports/errors.ts';
import { recordingSchema } from './recording-schema.ts';

/** Everything that one plan was made from, as text. Holds names of Secrets, never what is in them. */
export function serializeRecording(input: PlanInput): string {
  return JSON.stringify({ version: 1, ...input, templates: [...input.templates] });
}

/** Reads what `serializeRecording` wrote. Throws `PermanentError` on anything else. */
export function parseRecording(text: string): PlanInput {
  try {
    const { version: _version, templates, ...recorded } = recordingSchema.parse(JSON.parse(text));
    return { ...recorded, templates: new Map(templates) };
  } catch (cause) {
    throw new PermanentError('this is no recording of a pass, or one of another version', { cause });
  }
}
