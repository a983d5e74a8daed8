import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { settingDefinitions } from '../../../src/settings.ts';

const files = readdirSync('manifests').filter((file) => file.endsWith('.yaml'));
const read = (file: string): unknown => parse(readFileSync(`manifests/${file}`, 'utf8'));

const Manifest = z.object({ kind: z.string(), metadata: z.object({ name: z.string(), namespace: z.string() }) });
const EnvVar = z.object({ name: z.string(), value: z.string().optional() });
const Deployment = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.tuple([
          z.object({ env: z.array(EnvVar), volumeMounts: z.array(z.object({ mountPath: z.string() })) }),
        ]),
      }),
    }),
  }),
});

describe('the manifests', () => {
  it.each(files)('%s holds one object of that kind, in the namespace of all', (file) => {
    const { kind, metadata } = Manifest.parse(read(file));

    expect(`${kind.replaceAll(/(?<=.)([A-Z])/g, '-$1').toLowerCase()}.yaml`).toBe(file);
    expect(metadata).toMatchObject({ name: 'poolkeeper', namespace: 'poolkeeper' });
  });

  it('are all explained', () => {
    const readme = readFileSync('manifests/README.md', 'utf8');

    for (const file of files) expect(readme).toContain(`\`${file}\``);
  });

  it('set only variables that the controller knows, with files that are mounted', () => {
    const [{ env, volumeMounts }] = Deployment.parse(read('deployment.yaml')).spec.template.spec.containers;
    const known = new Set(['HOME', ...Object.values(settingDefinitions).map(({ variable }) => variable)]);

    expect(env.filter(({ name }) => !known.has(name))).toEqual([]);
    for (const { name, value = '' } of env.filter((variable) => variable.name.endsWith('_FILE'))) {
      expect(
        volumeMounts.some(({ mountPath }) => value.startsWith(`${mountPath}/`)),
        name,
      ).toBe(true);
    }
  });
});
