import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptRevision } from '../../src/definitions/accept.ts';
import { type AcceptedSet, parseAcceptedSet, serializeAcceptedSet } from '../../src/definitions/accepted-set.ts';
import { hostedServiceUrls } from '../../src/definitions/azure-devops-url.ts';
import { parseFile } from '../../src/definitions/parse-file.ts';
import { aFile, aPool, parse } from './a-definition.ts';

const options = { allowedUrls: hostedServiceUrls };

const withImages = aPool('linux', [
  'maxAgents: 3',
  'pvcs: [{name: a, mountPath: /a}]',
  'extraEnv: [{name: A, value: b}]',
  'capabilityAware: true',
  'capabilityImages: {Java: img}',
]);

const withClasses = aPool('linux', [
  'certTrustStore: [{secretName: ca}]',
  'schedules: [{name: a, days: [mon-fri], from: 08:00, to: "24:00", timeZone: UTC, minAgents: 1}]',
  'agentClasses: [{name: a}, {name: b, capabilities: {java: 3.10}, minAgents: 1, pvcs: [{name: a, mountPath: /a}]}]',
]);

/** Definitions with pieces cut out, doubled and put in: near enough to valid ones to reach every rule. */
const mangled = fc
  .tuple(
    fc.nat(),
    fc.nat(20),
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        ': ',
        '\n',
        '- ',
        '  ',
        '---\n',
        '&a ',
        '*a',
        '"',
        '[',
        '{',
        '!x ',
        '\t',
        '<<: ',
        '%',
        '#',
        '\uFEFF',
        '\u0000',
      ),
    ),
  )
  .map(([at, cut, put]) => {
    const text = at % 2 === 0 ? withImages : withClasses;
    const start = at % text.length;
    return text.slice(0, start) + put + text.slice(start + cut);
  });

const anyFile = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  mangled.map((text) => new TextEncoder().encode(text)),
);

describe('any bytes', () => {
  it('never throw, and every finding lies inside the file', () => {
    fc.assert(
      fc.property(anyFile, (bytes) => {
        const { findings } = parseFile(aFile('x.yaml', bytes), options);
        const lines = new TextDecoder().decode(bytes).split(/\r\n|\n/);
        for (const { line, column, message } of findings) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 2);
          expect(message).not.toBe('');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

type Files = Readonly<Record<string, string | Uint8Array>>;

async function accept(previous: AcceptedSet | undefined, files: Files, revision: string): Promise<AcceptedSet> {
  return acceptRevision({ previous, parsed: await parse(files), revision, pathExists: true }).set;
}

const effective = ({ pools }: AcceptedSet, name: string) => pools.find(({ spec }) => spec.name === name)?.spec;

/** One pool per file; some files missing, some broken, some pointing at another's pool. */
const repository = fc
  .array(fc.constantFrom('good', 'changed', 'classes', 'moved', 'broken', 'unreadable', 'missing', 'twice'), {
    minLength: 4,
    maxLength: 4,
  })
  .map((kinds) =>
    Object.fromEntries(kinds.flatMap((kind, i): [string, string][] => fileOf(kind, `p${i}`, `p${(i + 1) % 4}`))),
  );

function fileOf(kind: string, name: string, other: string): [string, string][] {
  const file = `${name}.yaml`;
  if (kind === 'missing') return [];
  if (kind === 'unreadable') return [[file, 'x: [']];
  if (kind === 'twice') return [[file, `${aPool(name)}---\n${aPool(name)}`]];
  if (kind === 'classes') return [[file, withClasses.replaceAll('linux', name)]];
  const lines = { changed: ['maxAgents: 3'], moved: [`pool: ${other}-agents`], broken: ['maxAgents: x'] }[kind] ?? [];
  return [[file, aPool(name, lines)]];
}

describe('accepting', () => {
  it('corrupting one file never changes the effective definition of a pool in another', async () => {
    const files = { 'a.yaml': aPool('a'), 'linux.yaml': aPool('linux'), 'z.yaml': aPool('z', ['maxAgents: 4']) };
    const before = await accept(undefined, files, '1');
    await fc.assert(
      fc.asyncProperty(anyFile, async (bytes) => {
        const after = await accept(before, { ...files, 'linux.yaml': bytes }, '2');
        for (const name of ['a', 'z']) expect(effective(after, name)).toEqual(effective(before, name));
      }),
      { numRuns: 200 },
    );
  });

  it('is stable, keeps names and Azure DevOps pools unique, and survives storing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(repository, { minLength: 1, maxLength: 5 }), async (revisions) => {
        let set: AcceptedSet | undefined;
        for (const [index, files] of revisions.entries()) {
          set = await accept(set, files, String(index));
          expect(await accept(set, files, String(index))).toEqual(set);
          expect(parseAcceptedSet(serializeAcceptedSet(set))).toEqual(set);
          const live = set.pools.filter(({ state }) => state !== 'draining');
          expect(new Set(live.map(({ spec }) => spec.name)).size).toBe(live.length);
          expect(new Set(live.map(({ spec }) => spec.connection.pool.toLowerCase())).size).toBe(live.length);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('a pool leaves only when its name is nowhere in a revision that could be read whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(repository, { minLength: 2, maxLength: 5 }), async (revisions) => {
        let set: AcceptedSet | undefined;
        for (const [index, files] of revisions.entries()) {
          const parsed = await parse(files);
          const next = acceptRevision({ previous: set, parsed, revision: String(index), pathExists: true }).set;
          const staying = next.pools.filter(({ state }) => state !== 'draining').map(({ spec }) => spec.name);
          const left = (set?.pools ?? []).filter(
            ({ state, spec }) => state !== 'draining' && !staying.includes(spec.name),
          );
          const named = new Set(parsed.pools.map(({ name }) => name));
          expect(left.filter(({ spec }) => named.has(spec.name))).toEqual([]);
          if (parsed.unreadableFiles.length > 0) expect(left).toEqual([]);
          set = next;
        }
      }),
      { numRuns: 100 },
    );
  });
});
