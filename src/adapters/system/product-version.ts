import { readFileSync } from 'node:fs';

/** The version in package.json, which lies three folders up from the source as well as from the compiled file. */
export function productVersion(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}
