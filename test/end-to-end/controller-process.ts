import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ConfigView, PoolDetailView, PoolView } from '../../src/ports/status-source.ts';

/** The real program in a process of its own. */
export class ControllerProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  url = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts `poolkeeper run` and waits until it listens. */
  static async start(environment: Readonly<Record<string, string>>): Promise<ControllerProcess> {
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HTTP_ADDRESS: '127.0.0.1:0',
      LOG_LEVEL: 'debug',
      ...environment,
    };
    const child = spawn(process.execPath, ['src/main.ts', 'run'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const controller = new ControllerProcess(child);
    // A test run that is cut off leaves no controller behind.
    process.once('exit', () => child.kill('SIGKILL'));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => controller.#read(text));
    }
    await eventually('the controller listens', () => controller.url !== '' || child.exitCode !== null);
    return controller;
  }

  #read(text: string): void {
    this.#lines.push(text);
    const url = /"url":"([^"]+)"/.exec(text)?.[1];
    if (this.url === '' && url !== undefined) this.url = url;
  }

  /** Everything that it has written so far. */
  get output(): string {
    return this.#lines.join('');
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async pools(): Promise<PoolView[]> {
    return (await fetch(`${this.url}/api/pools`)).json() as Promise<PoolView[]>;
  }

  async pool(name: string): Promise<PoolDetailView> {
    return (await fetch(`${this.url}/api/pools/${name}`)).json() as Promise<PoolDetailView>;
  }

  async config(): Promise<ConfigView> {
    return (await fetch(`${this.url}/api/config`)).json() as Promise<ConfigView>;
  }

  async text(path: string): Promise<{ readonly status: number; readonly body: string }> {
    const response = await fetch(`${this.url}${path}`);
    return { status: response.status, body: await response.text() };
  }

  /** SIGTERM, and the exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Nothing is said and nothing is tidied up. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
    return this.#child.exitCode;
  }
}

/** Resolves once it holds, looked at every 50 ms; rejects after the time-out. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
