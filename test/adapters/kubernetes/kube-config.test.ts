import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadKubeConfig, resolveNamespace } from '../../../src/adapters/kubernetes/kube-config.ts';
import { PermanentError } from '../../../src/ports/errors.ts';

describe('the connection to the cluster', () => {
  let directory: string;
  let places: { readonly serviceAccountToken: string; readonly home: string };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'poolkeeper-kube-config-'));
    places = { serviceAccountToken: join(directory, 'token'), home: join(directory, 'home') };
  });
  afterEach(() => rm(directory, { recursive: true }));

  const config = (name: string, server: string) =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server } }],
      users: [{ name, user: { token: 'x' } }],
      contexts: [{ name, context: { cluster: name, user: name, namespace: `${name}-namespace` } }],
      'current-context': name,
    });

  async function write(name: string, text: string): Promise<string> {
    const file = join(directory, name);
    await writeFile(file, text);
    return file;
  }

  it('reads the file that is named, before anything else', async () => {
    const kubeconfig = await write('one', config('one', 'https://one:6443'));
    await writeFile(places.serviceAccountToken, 'x');

    expect(loadKubeConfig({ kubeconfig, places }).getCurrentCluster()?.server).toBe('https://one:6443');
  });

  it('takes several files, and the context that is asked for', async () => {
    const files = [await write('one', config('one', 'https://one')), await write('two', config('two', 'https://two'))];

    const both = loadKubeConfig({ kubeconfig: files.join(':'), places });
    const second = loadKubeConfig({ kubeconfig: files.join(':'), context: 'two', places });

    expect(both.getCurrentCluster()?.server).toBe('https://one');
    expect(second.getCurrentCluster()?.server).toBe('https://two');
  });

  it('is the service account in a pod', async () => {
    await writeFile(places.serviceAccountToken, 'x');

    expect(loadKubeConfig({ places }).getCurrentContext()).toBe('inClusterContext');
  });

  it('is the usual file of kubectl elsewhere', async () => {
    await mkdir(join(places.home, '.kube'), { recursive: true });
    await writeFile(join(places.home, '.kube', 'config'), config('home', 'https://home'));

    expect(loadKubeConfig({ places }).getCurrentCluster()?.server).toBe('https://home');
  });

  it('allows a server without TLS, which the library refuses unless told', async () => {
    const kubeconfig = await write('plain', config('plain', 'http://127.0.0.1:8001'));

    expect(loadKubeConfig({ kubeconfig, places }).getCurrentCluster()?.skipTLSVerify).toBe(true);
  });

  it.each`
    kubeconfig   | context      | says                                                     | why
    ${undefined} | ${undefined} | ${/no Kubernetes cluster is configured.*set KUBECONFIG/} | ${'nothing is configured'}
    ${'absent'}  | ${undefined} | ${/absent cannot be read .*check KUBECONFIG/}            | ${'the file is not there'}
    ${'garbled'} | ${undefined} | ${/garbled cannot be read/}                              | ${'the file is no kubeconfig'}
    ${'one'}     | ${'other'}   | ${/no context "other".*one of: one/}                     | ${'the context does not exist'}
  `('says what to do when $why', async ({ kubeconfig, context, says }) => {
    await write('garbled', ': : :');
    await write('one', config('one', 'https://one'));
    const load = () => loadKubeConfig({ kubeconfig: kubeconfig && join(directory, kubeconfig), context, places });

    expect(load).toThrow(PermanentError);
    expect(load).toThrow(says);
  });

  it('does not tell the token of a file that cannot be parsed', async () => {
    const kubeconfig = await write('broken', 'users:\n- user:\n    token: s3cret\n   name: [');
    const failure = (): unknown => {
      try {
        return loadKubeConfig({ kubeconfig, places });
      } catch (error) {
        return error;
      }
    };

    expect(failure()).toBeInstanceOf(PermanentError);
    expect(inspect(failure(), { depth: 5 })).not.toContain('s3cret');
  });

  it.each`
    setting      | podNamespace | inContext | namespace          | why
    ${'agents'}  | ${'own'}     | ${true}   | ${'agents'}        | ${'the setting wins'}
    ${undefined} | ${'own'}     | ${true}   | ${'own'}           | ${'then where the controller runs'}
    ${undefined} | ${undefined} | ${true}   | ${'one-namespace'} | ${'then the context'}
    ${''}        | ${''}        | ${false}  | ${'default'}       | ${'then what kubectl would take'}
  `('finds the namespace: $why', async ({ setting, podNamespace, inContext, namespace }) => {
    const text = config('one', 'https://one');
    const kubeconfig = await write('one', inContext ? text : text.replace('"namespace":"one-namespace"', '"x":"y"'));

    expect(resolveNamespace({ setting, podNamespace, kubeConfig: loadKubeConfig({ kubeconfig, places }) })).toBe(
      namespace,
    );
  });
});
