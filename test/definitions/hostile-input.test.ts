import { describe, expect, it } from 'vitest';
import { hostedServiceUrls } from '../../src/definitions/azure-devops-url.ts';
import { parseFile } from '../../src/definitions/parse-file.ts';
import { parseRevision } from '../../src/definitions/parse-revision.ts';
import { aFile, aPool, parse } from './a-definition.ts';

const head = 'apiVersion: poolkeeper.dev/v1\nkind: AgentPool\nmetadata: {name: bad}\nspec:\n';
const letters = 'abcdefghijklmnopqrst';
const bomb = [...letters].map(
  (letter, i) => `  ${letter}: &${letter} [*${letters[i - 1] ?? 'x'},*${letters[i - 1] ?? 'x'}]`,
);

/** The last column says whether the file hides whether its pool still exists. */
const hostileFiles: readonly (readonly [why: string, text: string | Uint8Array, rule: string, unreadable: boolean])[] =
  [
    ['10 MB', 'a: 1\n'.repeat(2_000_000), 'file-too-large', true],
    ['200,000 items', `a:\n${'- a\n'.repeat(65_000)}`, 'too-many-items', true],
    ['many short documents', '---\na\n'.repeat(1000), 'too-many-documents', true],
    ['deep flow nesting', `${head}  a: ${'['.repeat(5000)}`, 'yaml-syntax', true],
    ['deep block nesting', '- '.repeat(5000), 'yaml-syntax', true],
    ['nesting that can be read', `${head}  a: ${'['.repeat(60)}${']'.repeat(60)}`, 'too-deep', false],
    ['alias bomb', `${head}${bomb.join('\n')}\n`, 'alias', false],
    ['an alias of itself', `${head}  a: &a [*a]\n`, 'alias', false],
    ['__proto__', `${head}  __proto__: {polluted: true}\n`, 'forbidden-key', false],
    ['merge key', `${head}  <<: {maxAgents: 3}\n`, 'merge-key', false],
    ['repeated key', `${head}  maxAgents: 3\n  maxAgents: 4\n`, 'repeated-key', false],
    ['unknown tag', `${head}  pool: !env HOME\n`, 'unknown-tag', false],
    ['a key that is no text', `${head}  ? {a: 1}\n  : 2\n`, 'non-text-key', false],
    ['YAML 1.1', `%YAML 1.1\n---\n${head}  suspend: yes\n`, 'yaml-version', false],
    ['bidi', `${head}  pool: "\u202Egnp"\n`, 'hidden-character', false],
    ['invalid UTF-8', new Uint8Array([0x61, 0x3a, 0x20, 0xff]), 'not-utf-8', true],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x61, 0x00]), 'not-utf-8', true],
    ['a tab as indentation', `${head}\tpool: x\n`, 'yaml-syntax', true],
    ['an open quote', `${head}  pool: "x\n`, 'yaml-syntax', true],
    ['a "%" line only', '%foo\n', 'yaml-syntax', true],
  ];

describe('S62: hostile files', () => {
  it.each(hostileFiles)(
    '%s: a finding, and the other pool takes the revision',
    async (_why, text, rule, unreadable) => {
      const { pools, findings, unreadableFiles } = await parse({ 'bad.yaml': text, 'good.yaml': aPool('good') });

      expect(findings.map((finding) => finding.rule)).toContain(rule);
      expect(findings.every(({ file }) => file === 'bad.yaml')).toBe(true);
      expect(pools.find(({ name }) => name === 'good')?.spec).toBeDefined();
      expect(pools.find(({ name }) => name === 'bad')?.spec).toBeUndefined();
      expect(unreadableFiles).toEqual(unreadable ? [{ file: 'bad.yaml', forbidsRemoval: true }] : []);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    },
  );

  it.each`
    reason         | severity     | forbidsRemoval | why
    ${'too-large'} | ${'error'}   | ${true}        | ${'it may have held a pool'}
    ${'bad-path'}  | ${'error'}   | ${true}        | ${'it may have held a pool'}
    ${'symlink'}   | ${'warning'} | ${false}       | ${'it never was a definition'}
    ${'submodule'} | ${'warning'} | ${false}       | ${'it never was a definition'}
  `('a file that was refused as $reason: $why', async ({ reason, severity, forbidsRemoval }) => {
    const files = [{ kind: 'refused', path: 'x.yaml', reason, detail: 'is not read' } as const];
    const { findings, unreadableFiles } = await parseRevision(files, { allowedUrls: [] });

    expect(findings).toMatchObject([{ severity, file: 'x.yaml', rule: reason, message: 'is not read' }]);
    expect(unreadableFiles).toEqual([{ file: 'x.yaml', forbidsRemoval }]);
  });

  it.each`
    from                 | to                            | why
    ${'  name: linux'}   | ${'  name: linux\n  name: b'} | ${'the name is given twice'}
    ${'kind: AgentPool'} | ${'kind: X\nkind: AgentPool'} | ${'the kind is given twice'}
    ${'  name: linux'}   | ${'  name: *linux'}           | ${'the name is an alias'}
    ${'  name: linux'}   | ${'  name: 12'}               | ${'the name is no text'}
    ${'  name: linux'}   | ${'  title: linux'}           | ${'the name is missing'}
  `('nobody knows which pool is meant when $why', async ({ from, to }) => {
    const { pools, unnamedDocuments, counts } = await parse({ 'a.yaml': aPool('linux').replace(from, to) });

    expect(pools).toEqual([]);
    expect(unnamedDocuments).toHaveLength(1);
    expect(counts).toMatchObject({ valid: 0, invalid: 1 });
  });

  it('one file cannot fill the report', async () => {
    const lines = Array.from({ length: 1000 }, (_, i) => `wrong${i}: 1`);
    const { findings } = await parse({ 'a.yaml': aPool('linux', lines) });

    expect(findings).toHaveLength(101);
    expect(findings.map(({ message }) => message)).toContain('900 more findings in this file are not shown');
  });

  it('no file keeps the loop for long', () => {
    const costly = [
      aPool(
        'linux',
        Array.from({ length: 2000 }, (_, i) => `key${i}: 1`),
      ),
      aPool('linux', [`agentClasses: [${'{name: a},'.repeat(1500)}]`]),
      aPool('linux', [
        `pvcs: [${'{name: a, mountPath: /azp},'.repeat(400)}]`,
        `agentClasses: [${'{name: a, certTrustStore: []},'.repeat(50)}]`,
      ]),
      aPool('linux', [
        `schedules: [${`{name: a, days: [x], from: 1, to: 1, timeZone: ${'x'.repeat(36)}},`.repeat(50)}]`,
      ]),
      `${head}  a: ${'['.repeat(4900)}${']'.repeat(4900)}`,
      '&a '.repeat(7400),
      'x: [a,'.repeat(4900),
      Array.from({ length: 1500 }, (_, i) => `k${i}: &a${i} 1\nj${i}: *a${i}\n`).join(''),
    ];
    for (const text of costly) {
      // The best of three, in processor time of this thread: the machine may be busy with other tests.
      expect(Math.min(timeToParse(text), timeToParse(text), timeToParse(text))).toBeLessThan(200);
    }
  });
});

function timeToParse(text: string): number {
  const before = process.threadCpuUsage();
  parseFile(aFile('a.yaml', text), { allowedUrls: hostedServiceUrls });
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

const secrets: readonly (readonly [what: string, secret: string])[] = [
  ['an older personal access token', 'ab2cd3ef4gh5ij6kl7mn2op3qr4st5uv6wx7yz2ab3cd4ef5gh6i'],
  ['a personal access token', `${'a1B2'.repeat(19)}AZDOx1Y2`],
  ['a GitHub token', `ghp_${'a1B2'.repeat(9)}`],
  ['a GitLab token', `glpat-${'a1B2'.repeat(5)}`],
  ['a private key', '-----BEGIN RSA PRIVATE KEY-----'],
  ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl'],
  ['a URL with a password', 'https://user:hunter22@host/x'],
  ['a storage key', `AccountKey=${'a1B2'.repeat(10)}==`],
  ['a shared access signature', `https://host/x?sv=1&sig=${'a1B2'.repeat(10)}`],
];

describe('S63: secrets', () => {
  it.each(secrets)('%s is refused wherever it stands, and never printed', async (_what, secret) => {
    const places = {
      'value.yaml': aPool('value', [`extraEnv: [{name: A, value: "${secret}"}]`]),
      'comment.yaml': `# ${secret}\n${aPool('comment')}`,
      'end.yaml': `${aPool('end')}# ${secret}\n`,
      'key.yaml': aPool('key', [`"${secret}": 1`]),
      'wrong.yaml': aPool('wrong', [`maxAgents: "${secret}"`, `imagePullPolicy: "${secret}"`]),
      'name.yaml': aPool('linux').replace('name: linux', `name: "${secret}"`),
      'url.yaml': aPool('url', [`azDoUrl: "${secret}"`]),
      'kind.yaml': aPool('kind').replace('AgentPool', `"${secret}"`),
      'version.yaml': aPool('version').replace('poolkeeper.dev/v1', `"poolkeeper.dev/${secret}"`),
      'syntax.yaml': `a: "${secret}\n`,
    };
    const result = await parse(places);

    for (const file of Object.keys(places).filter((name) => name !== 'syntax.yaml')) {
      const found = result.findings.filter((finding) => finding.file === file && finding.rule === 'secret');
      expect(found.length, file).toBeGreaterThan(0);
      expect(found[0]?.message).toContain('rotate it');
    }
    expect(result.pools.every(({ spec }) => spec === undefined)).toBe(true);
    const printed = result.findings.map(({ message, path }) => `${message} ${path}`).join('\n');
    expect(printed).not.toContain(secret.slice(0, 20));
  });

  it('a digest and a long name are no secrets', async () => {
    const image = `agent@sha256:${'0123456789abcdef'.repeat(4)}`;
    const { findings } = await parse({
      'a.yaml': aPool('linux', [`image: ${image}`, `extraEnv: [{name: A, value: ${'x'.repeat(52)}}]`]),
    });

    expect(findings).toEqual([]);
  });
});

describe('S69: documents of others', () => {
  it('are skipped and counted, whatever YAML they use', async () => {
    const { findings, counts, unnamedDocuments } = await parse({
      'azure-pipelines.yml': 'trigger: [main]\npool: {name: linux}\n',
      'ci.yml': 'on: push\nx: &a {b: 1}\ny: {<<: *a}\nz: !reference [a]\n',
      'kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n',
      'list.yaml': '- 1\n',
      'empty.yaml': '',
      'comment.yaml': '# nothing\n',
    });

    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(counts).toEqual({ valid: 0, invalid: 0, skipped: 4 });
    expect(unnamedDocuments).toEqual([]);
  });

  it.each`
    apiVersion             | kind            | hint                                    | why
    ${'poolkeper.dev/v1'}  | ${'AgentPool'}  | ${'did you mean "poolkeeper.dev/v1"?'}  | ${'a slip in the group'}
    ${'PoolKeeper.dev/v1'} | ${'AgentPool'}  | ${'did you mean "poolkeeper.dev/v1"?'}  | ${'capital letters'}
    ${'poolkeper.dev/v1'}  | ${'Whatever'}   | ${'did you mean "poolkeeper.dev/v1"?'}  | ${'a slip, whatever the kind'}
    ${'poolkeeper.dev/v2'} | ${'AgentPool'}  | ${'write poolkeeper.dev/v1'}            | ${'another version'}
    ${'poolkeeper.dev/v1'} | ${'AgentPol'}   | ${'did you mean "AgentPool"?'}          | ${'a slip in the kind'}
    ${'poolkeeper.dev/v1'} | ${'agentpool'}  | ${'did you mean "AgentPool"?'}          | ${'small letters'}
    ${'apps/v1'}           | ${'AgentPool'}  | ${'needs apiVersion poolkeeper.dev/v1'} | ${'our kind under another group'}
    ${'v1'}                | ${'RunnerPool'} | ${'needs apiVersion poolkeeper.dev/v1'} | ${'our kind without a group'}
  `('an error for one that is nearly ours: $why', async ({ apiVersion, kind, hint }) => {
    const text = aPool('linux').replace('poolkeeper.dev/v1', apiVersion).replace('AgentPool', kind);
    const { pools, findings, counts } = await parse({ 'a.yaml': text });

    expect(findings[0]).toMatchObject({ severity: 'error', pool: 'linux' });
    expect(findings[0]?.message).toContain(hint);
    expect(pools).toMatchObject([{ name: 'linux', spec: undefined }]);
    expect(counts.invalid).toBe(1);
  });
});
