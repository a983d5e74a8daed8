import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hostedServiceUrls } from '../../src/definitions/azure-devops-url.ts';
import { parseRevision } from '../../src/definitions/parse-revision.ts';
import { aFile, parse } from '../definitions/a-definition.ts';

const directory = fileURLToPath(new URL('../../config-examples', import.meta.url));
const read = (name: string) => readFile(join(directory, name), 'utf8');

describe('config-examples', async () => {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.yaml'));

  it.each(names)('%s is valid, without a warning', async (name) => {
    const { findings, counts } = await parse({ [name]: await read(name) });

    expect(findings).toEqual([]);
    expect(counts.valid).toBeGreaterThan(0);
  });

  it('all of them together make one config repository', async () => {
    const files = await Promise.all(names.map(async (name) => aFile(name, await read(name))));
    const { findings } = await parseRevision(files, { allowedUrls: hostedServiceUrls });

    expect(findings).toEqual([]);
  });

  it('the README names each of them, and its own definition is valid', async () => {
    const readme = await read('README.md');

    for (const name of names) expect(readme).toContain(`(${name})`);
    const blocks = [...readme.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
    for (const text of blocks) expect((await parse({ 'readme.yaml': text })).findings).toEqual([]);
    expect(blocks.length).toBeGreaterThan(0);
  });
});
