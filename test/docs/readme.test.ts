import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPrometheusMetrics } from '../../src/adapters/prometheus/prometheus-metrics.ts';
import { settingDefinitions } from '../../src/settings.ts';

const readme = readFileSync('README.md', 'utf8');

function section(name: string): string {
  const [, text] = new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)<!-- /${name} -->`).exec(readme) ?? [];
  return text ?? '';
}

/** The table as it should stand in the README; printed by the failing test, ready to be pasted. */
function settingsTable(): string {
  const rows = Object.values(settingDefinitions).map(
    ({ variable, fallback, description }) =>
      `| \`${variable}\` | ${fallback === undefined ? '–' : `\`${fallback}\``} | ${description} |`,
  );
  return ['| variable | default | |', '|---|---|---|', ...rows, ''].join('\n');
}

async function metricsTable(): Promise<string> {
  const { registry } = createPrometheusMetrics({ version: '0', cacheAgeSeconds: () => 0 });
  const metrics = await registry.getMetricsAsJSON();
  const rows = metrics.map(({ name, help, type }) => `| \`${name}\` | ${type} | ${help} |`).toSorted();
  return ['| metric | type | |', '|---|---|---|', ...rows, ''].join('\n');
}

describe('the README', () => {
  it('lists every setting with its default', () => {
    expect(section('settings')).toBe(settingsTable());
  });

  it('lists every metric', async () => {
    expect(section('metrics')).toBe(await metricsTable());
  });

  it('names commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => !(name !== undefined && name in scripts))).toEqual([]);
  });

  it('links to files that exist', () => {
    for (const [, path = ''] of readme.matchAll(/\]\(([a-z][^)#:]*)\)/g))
      expect(() => readFileSync(path)).not.toThrow();
  });
});
