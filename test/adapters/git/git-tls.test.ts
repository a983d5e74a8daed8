import { execFileSync, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PermanentError } from '../../../src/ports/errors.ts';
import { failure, never, startGitFixture } from './git-fixture.ts';

/** Nothing in Node makes a certificate. */
const canMakeCertificates = spawnSync('openssl', ['version']).status === 0;

function makeCertificate(key: string, certificate: string): void {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', key, '-out', certificate];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-nodes', '-days', '2', ...files, ...subject], { stdio: 'ignore' });
}

/** Puts TLS before a plain server. */
function startTls(port: number, options: { key: Buffer; cert: Buffer }): Promise<Server> {
  const server = createServer(options, (incoming, outgoing) => {
    const { url: path, method, headers } = incoming;
    const inner = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(inner);
  });
  return new Promise((resolve) => server.listen(0, () => resolve(server)));
}

it.skipIf(!canMakeCertificates)('trusts the authority in CONFIG_REPO_CA_FILE, and no unknown one', async () => {
  await using fixture = await startGitFixture();
  const [key, certificate] = [join(fixture.scratch, 'key'), join(fixture.scratch, 'certificate')];
  makeCertificate(key, certificate);
  const { port, pathname } = new URL(fixture.repo.url);
  const server = await startTls(Number(port), { key: await readFile(key), cert: await readFile(certificate) });
  const url = `https://localhost:${(server.address() as AddressInfo).port}${pathname}`;
  try {
    const error = await failure(fixture.source({ url }).fetch(undefined, never));
    expect(error).toBeInstanceOf(PermanentError);
    expect(error.message).toContain('CONFIG_REPO_CA_FILE');

    const trusting = fixture.source({ url, credentials: { caFile: certificate } });
    expect(await trusting.fetch(undefined, never)).toMatchObject({ files: [{ path: 'linux.yaml' }] });
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
