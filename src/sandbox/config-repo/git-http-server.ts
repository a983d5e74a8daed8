import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** How the server behaves, for tests of what goes wrong. */
export type GitServerMood =
  | { readonly kind: 'well' }
  /** Takes the request and never answers. */
  | { readonly kind: 'hangs' }
  | { readonly kind: 'answers'; readonly status: number; readonly headers?: Readonly<Record<string, string>> };

export interface GitHttpServer {
  readonly port: number;
  /** Authorization headers as they came in, newest last. */
  readonly authorizations: readonly (string | undefined)[];
  mood: GitServerMood;
  /** Password that is asked for; undefined serves everybody. */
  token: string | undefined;
  close(): Promise<void>;
}

export interface GitHttpServerOptions {
  /** Directory of the bare repositories. */
  readonly root: string;
  readonly port: number;
  readonly token?: string;
}

/** Serves bare repositories over HTTP on loopback with git's own server program. */
export async function startGitHttpServer(options: GitHttpServerOptions): Promise<GitHttpServer> {
  const { stdout } = await promisify(execFile)('git', ['--exec-path']);
  const program = join(stdout.trim(), 'git-http-backend');
  const children = new Set<ChildProcess>();
  const authorizations: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    answer(state, { request, response }, () => serve({ program, root: options.root, children }, request, response));
  });
  await listen(server, options.port);
  const state: GitHttpServer = {
    port: portOf(server),
    authorizations,
    mood: { kind: 'well' },
    token: options.token,
    async close() {
      for (const child of children) child.kill('SIGKILL');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return state;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function answer({ mood, token }: GitHttpServer, { request, response }: Exchange, serveGit: () => void): void {
  if (mood.kind === 'hangs') return;
  if (mood.kind === 'answers') {
    response.writeHead(mood.status, mood.headers).end();
    return;
  }
  if (token !== undefined && passwordOf(request) !== token) {
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="config repository"' }).end();
    return;
  }
  serveGit();
}

function passwordOf({ headers }: IncomingMessage): string | undefined {
  const [scheme, value = ''] = headers.authorization?.split(' ') ?? [];
  if (scheme === 'Bearer') return value;
  const text = Buffer.from(value, 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}

interface Backend {
  readonly program: string;
  readonly root: string;
  readonly children: Set<ChildProcess>;
}

function serve({ program, root, children }: Backend, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn(program, { env: cgiEnvironment(root, url, request), stdio: ['pipe', 'pipe', 'ignore'] });
  children.add(child);
  child.once('close', () => children.delete(child));
  child.once('error', () => response.writeHead(500).end());
  child.stdin.on('error', () => undefined);
  request.pipe(child.stdin);
  relayAnswer(child.stdout, response);
}

function cgiEnvironment(root: string, url: URL, { method, headers }: IncomingMessage): Record<string, string> {
  const protocol = headers['git-protocol'];
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    // Neither this machine's nor this user's git settings count.
    GIT_CONFIG_NOSYSTEM: '1',
    HOME: root,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    REMOTE_USER: 'sandbox',
    REQUEST_METHOD: method ?? 'GET',
    PATH_INFO: decodeURIComponent(url.pathname),
    QUERY_STRING: url.search.slice(1),
    CONTENT_TYPE: headers['content-type'] ?? '',
    ...(headers['content-length'] !== undefined && { CONTENT_LENGTH: headers['content-length'] }),
    ...(headers['content-encoding'] !== undefined && { HTTP_CONTENT_ENCODING: headers['content-encoding'] }),
    ...(typeof protocol === 'string' && { GIT_PROTOCOL: protocol }),
  };
}

/** The program writes header lines, an empty line, and the body. */
function relayAnswer(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head: Buffer = Buffer.alloc(0);
  const onHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    output.removeListener('data', onHead);
    writeHead(head.toString('latin1', 0, end), response);
    response.write(head.subarray(end + 4));
    output.pipe(response);
  };
  output.on('data', onHead);
  output.once('end', () => {
    if (!response.headersSent) response.writeHead(500);
    response.end();
  });
}

function writeHead(text: string, response: ServerResponse): void {
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
