import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { eventually } from './controller-process.ts';

const run = promisify(execFile);
const environment = { PATH: process.env.PATH, HOME: process.env.HOME };

describe('poolkeeper sandbox', { timeout: 90_000 }, () => {
  it('serves jobs, ends by itself with a summary, leaves nothing, and takes a free port when its own is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    const args = ['src/main.ts', 'sandbox', '--for', '4s', '--jobs-per-minute', '20', '--port', String(port)];

    const { stdout } = await run(process.execPath, args, { env: environment });

    other.close();
    expect(stdout).toContain('Real ');
    expect(stdout).toContain('Simulated ');
    expect(stdout).not.toContain(`127.0.0.1:${port}/`);
    expect(stdout).toMatch(/pod linux-agent-0 is created/);
    expect(stdout).toMatch(/poolkeeper\/config is succeeded: 3 pools valid/);
    expect(stdout).toMatch(/linux-agents +1 +1 /);
    expect(stdout.trim().endsWith('Every job ran, and nothing was left behind.')).toBe(true);
  });
});

describe('Ctrl-C in the sandbox', { timeout: 90_000 }, () => {
  it('ends in order: every pool is removed, and the summary comes', async () => {
    const args = ['src/main.ts', 'sandbox', '--jobs-per-minute', '0', '--port', '0'];
    const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await eventually('an agent is online', () => output.includes('agent builders-agent-0 is online'));
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');

    expect(output.trim().endsWith('Every job ran, and nothing was left behind.')).toBe(true);
    expect(code).toBe(0);
  });
});

describe('an older Node', () => {
  it('is told in one sentence what to install', async () => {
    const pretend = 'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"22.1.0"}})';
    const attempt = run(process.execPath, ['--import', pretend, '.config/require-node.mjs'], { env: environment });

    await expect(attempt).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Poolkeeper needs Node 24 .*install it.*\n$/),
    });
  });
});
