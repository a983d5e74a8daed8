import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileRecorder } from '../../src/adapters/system/file-recorder.ts';
import { runProgram } from '../../src/commands/program.ts';
import { parseRecording } from '../../src/control/recording.ts';
import { planPool } from '../../src/pool/plan.ts';
import { TransientError } from '../../src/ports/errors.ts';
import { eventually } from '../end-to-end/controller-process.ts';
import { PoolWorld } from '../support/pool-world.ts';
import { silentLogger } from '../support/silent-logger.ts';

/** The recordings of a busy pool's passes, through jobs, failures and drift. */
async function recordedPasses(): Promise<{ readonly texts: readonly string[]; readonly world: PoolWorld }> {
  const texts: string[] = [];
  const world = new PoolWorld({ spec: { minAgents: 2, ttlIdleSeconds: 60, maxAgents: 4 } });
  const recorder = { record: (_pool: string, text: () => string) => void texts.push(text()) };
  world.reconciler = world.startController({}, { recorder });
  await world.pass();
  world.bringOnline();
  world.queueJobs(3);
  world.takeJobs();
  await world.advance(2);
  const pod = world.pod(2);
  pod.scheduled = true;
  pod.container = { kind: 'waiting', reason: 'ImagePullBackOff', message: 'no such tag' };
  await world.advance(2);
  world.azureDevOps.failNext('listJobRequests', new TransientError('500'));
  await world.advance(3);
  return { texts, world };
}

describe('recordings', () => {
  it('make the same plan again', async () => {
    const { texts, world } = await recordedPasses();
    const plans = world.passes.flatMap(({ report }) => report.plan ?? []);

    expect(texts).toHaveLength(plans.length);
    for (const [position, text] of texts.entries()) expect(planPool(parseRecording(text))).toEqual(plans[position]);
  });

  it('hold no secret', async () => {
    const { texts } = await recordedPasses();
    expect(texts.join()).not.toContain('secret-token');
  });

  it.each`
    text               | why
    ${''}              | ${'nothing'}
    ${'{}'}            | ${'an object of another kind'}
    ${'{"version":2}'} | ${'another version'}
    ${'null'}          | ${'no object'}
  `('$why is told to be no recording', ({ text }) => {
    expect(() => parseRecording(text)).toThrow('this is no recording of a pass');
  });

  it('are kept in bounds, oldest first out, and replayed by the command', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'poolkeeper-recordings-'));
    let now = Date.parse('2026-01-05T08:00:00Z');
    const recorder = createFileRecorder({ directory, now: () => now, logger: silentLogger, perPool: 3 });
    const { texts } = await recordedPasses();
    for (const text of texts.slice(0, 5)) {
      now += 1000;
      const written = `${new Date(now).toISOString().replaceAll(':', '-')}.json`;
      await eventually('it is written', async () => {
        recorder.record('linux', () => text);
        return (await readdir(join(directory, 'linux')).catch((): string[] => [])).includes(written);
      });
    }
    await eventually('old ones are gone', async () => (await readdir(join(directory, 'linux'))).length === 3);
    const [first = ''] = (await readdir(join(directory, 'linux'))).toSorted();
    expect(first).toBe('2026-01-05T08-00-03.000Z.json');
    expect(JSON.parse(await readFile(join(directory, 'linux', first), 'utf8'))).toMatchObject({ version: 1 });

    let output = '';
    const sink = { write: (text: string) => (output += text) };
    const io = {
      environment: {},
      stdout: sink,
      stderr: sink,
      stop: new AbortController().signal,
      endWithin: () => undefined,
    };
    expect(await runProgram(['replay', join(directory, 'linux', first)], io)).toBe(0);
    expect(output).toContain('pool linux: min 2, max 4');
    expect(output).toMatch(/linux-agent-0: busy, request \d+/);
    expect(await runProgram(['replay', join(directory, 'absent')], io)).toBe(2);
    await rm(directory, { recursive: true });
  });
});
