import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/commands/program.ts';
import { aPool } from '../definitions/a-definition.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'poolkeeper-validate-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function validate(
  args: readonly string[],
  options: { environment?: Record<string, string>; isTTY?: boolean } = {},
): Promise<Run> {
  let out = '';
  let err = '';
  const code = await runProgram(['validate', ...args], {
    environment: options.environment ?? {},
    stdout: { write: (text) => (out += text), isTTY: options.isTTY ?? false },
    stderr: { write: (text) => (err += text) },
    stop: new AbortController().signal,
    endWithin: () => undefined,
  });
  return { code, out: out.replaceAll(root, 'DIR'), err: err.replaceAll(root, 'DIR') };
}

const write = (name: string, text: string) => writeFile(join(root, name), text);

describe('poolkeeper validate', () => {
  it('ends with 0 and one line when everything is valid', async () => {
    await write('linux.yaml', aPool('linux'));

    expect(await validate([root])).toEqual({ code: 0, out: '1 valid pool, 0 errors, 0 warnings in 1 file\n', err: '' });
  });

  it('S45: ends with 1 and names file, line, column, field, what is wrong and what to do', async () => {
    await write('a.yaml', aPool('a', ['minAgents: 20', 'maxAgnts: 3']));
    await write('b.yaml', aPool('b', ['suspend: yes']));

    const { code, out } = await validate([root]);

    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      'DIR/a.yaml:10:14: error: spec.minAgents: must be at most maxAgents (10; is 20)',
      'DIR/a.yaml:11:3: error: spec.maxAgnts: unknown key "maxAgnts"; did you mean "maxAgents"?',
      '',
      'DIR/b.yaml:10:12: error: spec.suspend: must be true or false; YAML 1.2 reads "yes" as text',
      '',
      '0 valid pools, 2 invalid pools, 3 errors, 0 warnings in 2 files',
      '',
    ]);
  });

  it('names the class and the schedule that is wrong', async () => {
    await write(
      'a.yaml',
      aPool('a', [
        'schedules:',
        '  - {name: day, days: [mon-fri], from: 8:00, to: 18:00, timeZone: Europe/Berln, minAgents: 1}',
        'agentClasses:',
        '  - name: java',
        '    capabilities: {java: 17}',
        '    suspend: true',
      ]),
    );

    const { code, out } = await validate([root]);

    expect(code).toBe(1);
    expect(out.split('\n').slice(0, 3)).toEqual([
      'DIR/a.yaml:11:42: error: spec.schedules[0].from: must be a time of day with two digits each for hours and minutes, for example 08:00 (is "8:00"); write "08:00"',
      'DIR/a.yaml:11:69: error: spec.schedules[0].timeZone: must be a time zone such as Europe/Berlin or UTC (is "Europe/Berln"); did you mean "Europe/Berlin"?',
      'DIR/a.yaml:15:7: error: spec.agentClasses[0].suspend: cannot be given for one class; give it under spec, for all of them',
    ]);
  });

  it('prints JSON for programs', async () => {
    await write('a.yaml', aPool('a', ['maxAgents: 0']));

    const { code, out } = await validate(['--format', 'json', root]);

    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      findings: [
        {
          severity: 'error',
          file: 'DIR/a.yaml',
          line: 10,
          column: 14,
          path: 'spec.maxAgents',
          rule: 'out-of-range',
          message: 'must be at least 1 (is 0)',
          pool: 'a',
        },
      ],
      summary: { files: 1, valid: 0, invalid: 1, skipped: 0, errors: 1, warnings: 0 },
    });
  });

  it.each`
    args            | code | why
    ${[]}           | ${0} | ${'warnings pass'}
    ${['--strict']} | ${1} | ${'strict makes warnings fail'}
  `('$why', async ({ args, code }) => {
    await write('a.yaml', aPool('a', ['capabilityImages: {java: img}']));

    expect((await validate([...args, root])).code).toBe(code);
  });

  it.each`
    args                   | error                                 | why
    ${['DIR/none']}        | ${'DIR/none cannot be read (ENOENT)'} | ${'a path that is not there'}
    ${['--format', 'xml']} | ${'Allowed choices are text, json'}   | ${'an unknown format'}
    ${['--what']}          | ${"unknown option '--what'"}          | ${'an unknown flag'}
  `('ends with 2 for $why', async ({ args, error }) => {
    const { code, err } = await validate(args.map((arg: string) => arg.replace('DIR', root)));

    expect(code).toBe(2);
    expect(err).toContain(error);
  });

  it('takes the settings that change what is valid, from flags and from the environment', async () => {
    const text = aPool('a', ['azDoUrl: https://tfs.corp/Main']).replace(/ {2}image:.*\n/, '');
    await write('a.yaml', text);
    const environment = { AGENT_IMAGE: 'agent:1', AZDO_ALLOWED_URLS: 'https://dev.azure.com/, https://tfs.corp' };

    expect((await validate([root])).code).toBe(1);
    expect((await validate([root], { environment })).code).toBe(0);
    expect((await validate(['--agent-image', 'x', '--azdo-allowed-urls', 'https://tfs.corp', root])).code).toBe(0);
  });

  it('colours words on a terminal, and never with NO_COLOR', async () => {
    await write('a.yaml', 'x: [');

    expect((await validate([root], { isTTY: true })).out).toContain('\u001b[31merror\u001b[0m');
    expect((await validate([root], { isTTY: true, environment: { NO_COLOR: '1' } })).out).not.toContain('\u001b');
    expect((await validate([root])).out).not.toContain('\u001b');
  });

  it('reads directories like a repository, and a named file whatever its name is', async () => {
    await mkdir(join(root, '.hidden'));
    await write('.hidden/a.yaml', 'x: [');
    await write('notes.txt', 'x: [');
    await symlink('nowhere', join(root, 'link.yaml'));

    expect(await validate([root])).toMatchObject({
      code: 0,
      out: expect.stringContaining('DIR/link.yaml:1:1: warning'),
    });
    expect((await validate([join(root, 'notes.txt')])).out).toContain(
      'DIR/notes.txt:1:5: error: cannot be read as YAML',
    );
  });

  it('shows examples', async () => {
    const { code, out } = await validate(['--help']);

    expect(code).toBe(0);
    expect(out).toContain('$ poolkeeper validate --strict pools/');
  });
});
