import { readFile } from 'node:fs/promises';
import { PermanentError } from '../../ports/errors.ts';

/** The token in a file, without the newline that editors add. Read anew each time, so that a rotation is noticed. */
export async function readTokenFile(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new PermanentError(`the token file ${path} cannot be read: mount the Secret there, or correct the setting`, {
      cause,
    });
  }
  const token = text.trim();
  if (token === '') throw new PermanentError(`the token file ${path} is empty: put the token there`);
  return token;
}
