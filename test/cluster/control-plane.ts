import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { HttpMethod, IsomorphicFetchHttpLibrary, KubeConfig, RequestContext } from '@kubernetes/client-node';
import type { Binaries } from './binaries.ts';
import { freePort, type RunningProgram, startProgram, temporaryDirectory, untilReady } from './processes.ts';

/** etcd and an API server with RBAC on loopback. No controllers, no scheduler, no node: pods stay Pending. */
export interface ControlPlane extends AsyncDisposable {
  readonly url: string;
  readonly caFile: string;
  readonly adminToken: string;
  readonly kubeconfigFile: string;
  /** As the administrator. Returns what it printed. */
  kubectl(args: readonly string[]): Promise<string>;
  /** Ends the API server and starts it again on the same port with the same data. */
  restartApiServer(): Promise<void>;
}

/** What is needed to talk to a control plane, as plain data. */
export interface ControlPlaneAccess {
  readonly url: string;
  readonly caFile: string;
}

export function kubeConfigWithToken({ url, caFile }: ControlPlaneAccess, token: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: 'control-plane', server: url, caFile, skipTLSVerify: false },
    { name: 'user', token },
  );
  return config;
}

/** Starts both in a temporary directory of their own, and takes everything away at the end. */
export async function startControlPlane(binaries: Binaries): Promise<ControlPlane> {
  const temporary = await temporaryDirectory('poolkeeper-control-plane-');
  const directory = temporary.path;
  const files = await writeCredentials(directory);
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];
  const etcd = startProgram(binaries.etcd, etcdArguments(directory, etcdPort, peerPort), join(directory, 'etcd.log'));
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  await untilReady('etcd', etcd, async () => (await fetch(`${etcdUrl}/health`)).ok);

  const url = `https://127.0.0.1:${port}`;
  const caFile = join(directory, 'certificates', 'apiserver.crt');
  const args = apiServerArguments(directory, { etcdUrl, port, ...files });
  let apiServer: RunningProgram;
  async function startApiServer(): Promise<void> {
    apiServer = startProgram(binaries.apiServer, args, join(directory, 'kube-apiserver.log'));
    await untilReady('kube-apiserver', apiServer, () => isReady({ url, caFile }, files.adminToken));
  }
  await startApiServer();
  await writeFile(files.kubeconfigFile, kubeConfigWithToken({ url, caFile }, files.adminToken).exportConfig());
  return {
    url,
    caFile,
    adminToken: files.adminToken,
    kubeconfigFile: files.kubeconfigFile,
    async kubectl(given) {
      const all = ['--kubeconfig', files.kubeconfigFile, ...given];
      return (await promisify(execFile)(binaries.kubectl, all)).stdout;
    },
    async restartApiServer() {
      await apiServer.stop();
      await startApiServer();
    },
    async [Symbol.asyncDispose]() {
      await apiServer.stop();
      await etcd.stop();
      await temporary.remove();
    },
  };
}

interface Credentials {
  readonly adminToken: string;
  readonly tokenFile: string;
  readonly signingKeyFile: string;
  readonly verifyingKeyFile: string;
  readonly kubeconfigFile: string;
}

async function writeCredentials(directory: string): Promise<Credentials> {
  const files: Credentials = {
    adminToken: randomUUID(),
    tokenFile: join(directory, 'tokens.csv'),
    signingKeyFile: join(directory, 'service-accounts.key'),
    verifyingKeyFile: join(directory, 'service-accounts.pub'),
    kubeconfigFile: join(directory, 'admin.kubeconfig'),
  };
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writeFile(files.tokenFile, `${files.adminToken},admin,admin,"system:masters"\n`, { mode: 0o600 });
  await writeFile(files.signingKeyFile, privateKey, { mode: 0o600 });
  await writeFile(files.verifyingKeyFile, publicKey);
  return files;
}

function etcdArguments(directory: string, port: number, peerPort: number): readonly string[] {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${join(directory, 'etcd')}`,
    '--unsafe-no-fsync',
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ];
}

function apiServerArguments(
  directory: string,
  { etcdUrl, port, ...files }: Credentials & { readonly etcdUrl: string; readonly port: number },
): readonly string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    `--cert-dir=${join(directory, 'certificates')}`,
    `--service-account-key-file=${files.verifyingKeyFile}`,
    `--service-account-signing-key-file=${files.signingKeyFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--token-auth-file=${files.tokenFile}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
  ];
}

async function isReady(access: ControlPlaneAccess, token: string): Promise<boolean> {
  const request = new RequestContext(`${access.url}/readyz`, HttpMethod.GET);
  await kubeConfigWithToken(access, token).applySecurityAuthentication(request);
  const answer = await new IsomorphicFetchHttpLibrary().send(request).toPromise();
  return answer.httpStatusCode === 200;
}
