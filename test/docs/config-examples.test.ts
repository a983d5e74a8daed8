import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hostedServiceUrls } from '../../src/definitions/azure-devops-url.ts';
import { parseRevision } from '../../src/definitions/parse-revision.ts';
import { poolSpecSchema } from '../../src/definitions/schema.ts';
import { boundsAt } from '../../src/pool/schedule.ts';
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

  it('agent-classes.yaml and schedules.yaml mean what their comments say', async () => {
    const shown = ['agent-classes.yaml', 'schedules.yaml'];
    const { pools } = await parse(
      Object.fromEntries(await Promise.all(shown.map(async (name) => [name, await read(name)]))),
    );
    const [mixed, office] = pools.map(({ spec }) => spec);

    expect(mixed?.agentClasses.map(({ name, capabilities, maxAgents }) => [name, capabilities, maxAgents])).toEqual([
      ['plain', {}, 12],
      ['java', { java: '21', maven: 'true' }, 6],
      ['big', { size: 'big' }, 12],
    ]);
    const at = (time: string) => office && boundsAt(office, office.schedules, Date.parse(time));
    expect(at('2026-01-05T07:00:00Z')).toMatchObject({ minAgents: 2, maxAgents: 20, standbyAgents: 1 });
    expect(at('2026-01-05T17:00:00Z')).toMatchObject({ minAgents: 0, maxAgents: 10, standbyAgents: 0 });
    expect(at('2026-01-06T00:30:00Z')).toMatchObject({ minAgents: 4, maxAgents: 10, standbyAgents: 0 });
    expect(at('2026-01-10T12:00:00Z')).toMatchObject({ minAgents: 0, maxAgents: 2, standbyAgents: 0 });
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

describe('the table of fields', () => {
  it('names every field that works, and no other', async () => {
    const readme = await read('README.md');
    const [, table = ''] = readme.split('## Every field of `spec`');
    const rows = [...table.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, names = '']) => names);
    const named = rows.flatMap((names) => [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name));

    expect(new Set(named)).toEqual(new Set(Object.keys(poolSpecSchema.shape)));
  });
});
