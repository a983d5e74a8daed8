import { describe, expect, it } from 'vitest';
import { weekdays } from '../../src/pool/schedule.ts';
import { PoolWorld } from '../support/pool-world.ts';

describe('bounds over time', () => {
  it('a schedule brings agents when its window begins and lets them go when it ends', async () => {
    const office = {
      name: 'office',
      days: weekdays,
      fromMinute: 9 * 60,
      toMinute: 10 * 60,
      timeZone: 'UTC',
      minAgents: 3,
    };
    const world = new PoolWorld({ spec: { schedules: [office], ttlIdleSeconds: 60 } });
    await world.advance(2, 29 * 60_000);
    expect(world.podNames()).toEqual([]);

    await world.advance(1, 2 * 60_000);
    expect(world.podNames()).toHaveLength(3);
    expect(world.passes.at(-1)?.report.target.spec.minAgents).toBe(3);
    world.bringOnline();
    await world.advance(1, 30 * 60_000);
    expect(world.podNames()).toHaveLength(3);

    for (let n = 0; n < 4; n += 1) {
      await world.advance(1, 10 * 60_000);
      world.kubelet();
    }
    await world.advance(2);
    expect(world.podNames()).toEqual([]);
  });

  it('a schedule with a larger maximum is no breach of the smaller one', async () => {
    const night = { name: 'night', days: weekdays, fromMinute: 0, toMinute: 1440, timeZone: 'UTC', maxAgents: 6 };
    const world = new PoolWorld({ spec: { maxAgents: 2, schedules: [night] } });
    await world.pass();
    world.queueJobs(8);
    const pass = await world.pass();

    expect(pass.breaches).toEqual([]);
    expect(world.podNames()).toHaveLength(6);
  });

  it('S10: removalsPerMinute slows what is too many, whatever the passes in that minute', async () => {
    const world = new PoolWorld({ spec: { minAgents: 6, ttlIdleSeconds: 10, removalsPerMinute: 2 } });
    await world.pass();
    world.bringOnline();
    await world.advance(4);
    world.redefine({ minAgents: 1 });
    const left: number[] = [];
    for (let n = 0; n < 36; n += 1) {
      await world.advance(1);
      world.kubelet();
      left.push(world.podNames().length);
    }

    expect(left[5]).toBe(4);
    expect(left[10]).toBe(4);
    expect(left[17]).toBe(2);
    expect(left[35]).toBe(1);
  });
});
