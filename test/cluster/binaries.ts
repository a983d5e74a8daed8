import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The programs of a control plane, by path. */
export interface Binaries {
  readonly etcd: string;
  readonly apiServer: string;
  readonly kubectl: string;
}

const moduleDirectory = fileURLToPath(new URL('./control-plane', import.meta.url));
const kubernetesVersion = 'v1.34.4';
const versionPackage = 'k8s.io/component-base/version';

const programs = {
  etcd: { package: 'go.etcd.io/etcd/server/v3', takes: 'under a minute' },
  'kube-apiserver': { package: 'k8s.io/kubernetes/cmd/kube-apiserver', takes: 'about 4 minutes' },
  kubectl: { package: 'k8s.io/kubernetes/cmd/kubectl', takes: 'about 2 minutes' },
} as const;
type Program = keyof typeof programs;

/** Builds what is not in the cache yet. */
export async function prepareBinaries(say: (line: string) => void): Promise<Binaries> {
  const cache = await cacheDirectory();
  return {
    etcd: await prepare('etcd', cache, say),
    apiServer: await prepare('kube-apiserver', cache, say),
    kubectl: isOnPath('kubectl') ? 'kubectl' : await prepare('kubectl', cache, say),
  };
}

/** Another set of module versions is another cache. */
async function cacheDirectory(): Promise<string> {
  const sums = await readFile(join(moduleDirectory, 'go.sum'));
  const key = createHash('sha256').update(sums).digest('hex').slice(0, 16);
  const root = process.env.POOLKEEPER_CACHE ?? fileURLToPath(new URL('../../.cache', import.meta.url));
  const directory = join(root, `control-plane-${key}`);
  await mkdir(directory, { recursive: true });
  return directory;
}

async function prepare(program: Program, cache: string, say: (line: string) => void): Promise<string> {
  const file = join(cache, program);
  if (existsSync(file)) return file;
  if (!isOnPath('go')) {
    throw new Error(
      `${program} must be built once, which needs Go 1.24 or newer: install it from https://go.dev/dl and run this again`,
    );
  }
  const { package: packagePath, takes } = programs[program];
  say(`Building ${program} from its Go module (${takes} the first time, then cached in ${cache}) …`);
  const started = performance.now();
  // Under another name until it is whole, so that a build that is cut off leaves nothing that looks finished.
  const unfinished = `${file}.${process.pid}`;
  const args = ['build', '-trimpath', '-ldflags', linkerFlags, '-o', unfinished, packagePath];
  await promisify(execFile)('go', args, { cwd: moduleDirectory, maxBuffer: 64 * 1024 * 1024 });
  await rename(unfinished, file);
  say(`Built ${program} in ${Math.round((performance.now() - started) / 1000)} s.`);
  return file;
}

/** kubectl cannot parse the version of a server that was linked without one. */
const linkerFlags = [
  '-s -w',
  `-X ${versionPackage}.gitVersion=${kubernetesVersion}`,
  `-X ${versionPackage}.gitMajor=1`,
  `-X ${versionPackage}.gitMinor=${kubernetesVersion.split('.')[1]}`,
].join(' ');

function isOnPath(command: string): boolean {
  const probe = command === 'go' ? ['version'] : ['version', '--client'];
  return spawnSync(command, probe, { stdio: 'ignore' }).status === 0;
}
