import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join('src', name));

const imports: readonly Import[] = sources.flatMap((file) => importsOf(file));

/** Every `import … from` and `export … from`, with relative paths resolved from `src`. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^(import|export)\s+(type\s+)?[^;]*?from\s+'([^']+)'/gms)].map(
    ([, , type, target = '']) => ({
      from: relative('src', file),
      to: target.startsWith('.') ? relative('src', join(dirname(file), target)) : target,
      typeOnly: type !== undefined,
    }),
  );
}

/** Room → rooms it may import from. A file at the top of `src` is a room of its own. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'invariant.ts': [],
  pool: ['invariant.ts'],
  definitions: ['invariant.ts', 'pool'],
  feedback: ['pool', 'definitions', 'ports'],
  ports: ['pool', 'definitions', 'feedback'],
  control: ['invariant.ts', 'pool', 'definitions', 'feedback', 'ports'],
  adapters: ['invariant.ts', 'ports', 'pool', 'definitions', 'feedback'],
  sandbox: [],
  'setting-kinds.ts': [],
  'settings.ts': ['setting-kinds.ts'],
  'code-host-choice.ts': ['adapters', 'settings.ts'],
  'config-source-choice.ts': ['adapters', 'ports', 'settings.ts'],
  'app.ts': [
    'adapters',
    'control',
    'ports',
    'pool',
    'definitions',
    'settings.ts',
    'code-host-choice.ts',
    'config-source-choice.ts',
  ],
  commands: ['app.ts', 'settings.ts', 'sandbox', 'adapters', 'control', 'ports', 'definitions', 'feedback', 'pool'],
  'main.ts': ['commands'],
};

function roomOf(path: string): string {
  return path.split('/')[0] ?? path;
}

function isLocal(target: string): boolean {
  return /\.(ts|json)$/.test(target) && !target.startsWith('node:') && !/^[@a-z][^/]*(\/[^/]+)*\.js$/.test(target);
}

describe('who imports whom', () => {
  const local = imports.filter(({ to }) => isLocal(to));

  it('finds the imports at all', () => {
    expect(local.length).toBeGreaterThan(100);
  });

  it('each room imports only from the rooms below it', () => {
    const wrong = local.filter(({ from, to }) => {
      const room = roomOf(from);
      return room !== roomOf(to) && !(allowed[room] ?? []).includes(roomOf(to));
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('the pure rooms know no library but types of Kubernetes, and zod and yaml for definitions', () => {
    const pure = imports.filter(({ from }) => ['pool', 'definitions', 'feedback'].includes(roomOf(from)));
    const libraries = pure.filter(({ to }) => !isLocal(to));
    const known: Readonly<Record<string, readonly string[]>> = {
      pool: ['node:crypto'],
      definitions: ['zod', 'yaml', 'fastest-levenshtein', 'node:timers/promises'],
      feedback: [],
    };
    const wrong = libraries.filter(({ from, to, typeOnly }) => {
      if (to === '@kubernetes/client-node') return !typeOnly;
      return !(known[roomOf(from)] ?? []).includes(to);
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('control reaches the outside only through ports', () => {
    const wrong = imports.filter(
      ({ from, to }) => roomOf(from) === 'control' && !isLocal(to) && !['p-queue', 'zod'].includes(to),
    );
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });
});

describe('the house', () => {
  it('no file is longer than 300 lines', () => {
    const long = sources.filter((file) => readFileSync(file, 'utf8').split('\n').length > 301);
    expect(long).toEqual([]);
  });

  it('no barrels, no catch-all rooms', () => {
    const wrong = sources.filter((file) => /(^|\/)(index|utils?|helpers?|common|misc)(\.ts$|\/)/.test(file));
    expect(wrong).toEqual([]);
  });

  it('only main and the adapters know the process', () => {
    const wrong = sources.filter((file) => {
      const outside = file.startsWith('src/adapters/') || file.startsWith('src/sandbox/') || file === 'src/main.ts';
      return !outside && /\bprocess\.(env|argv|exit|cwd)/.test(readFileSync(file, 'utf8'));
    });
    expect(wrong).toEqual([]);
  });
});
