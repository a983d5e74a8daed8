import { describe, expect, it } from 'vitest';
import { boundsAt, type Schedule, weekdays } from '../../src/pool/schedule.ts';

const bounds = { minAgents: 1, maxAgents: 10, standbyAgents: 0 };
const workdays = weekdays.slice(0, 5);

const office: Schedule = {
  name: 'office',
  days: workdays,
  fromMinute: 8 * 60,
  toMinute: 18 * 60,
  timeZone: 'Europe/Berlin',
  minAgents: 5,
};
const night: Schedule = {
  name: 'night',
  days: ['fri'],
  fromMinute: 22 * 60,
  toMinute: 6 * 60,
  timeZone: 'Europe/Berlin',
  minAgents: 7,
};
const early: Schedule = {
  name: 'early',
  days: ['sun'],
  fromMinute: 2 * 60,
  toMinute: 3 * 60,
  timeZone: 'Europe/Berlin',
  minAgents: 9,
};

describe('schedules', () => {
  it.each`
    now                       | schedules   | min  | why
    ${'2026-01-05T07:00:00Z'} | ${[office]} | ${5} | ${'Monday 8:00 in Berlin is the first minute'}
    ${'2026-01-05T06:59:59Z'} | ${[office]} | ${1} | ${'a second before'}
    ${'2026-01-05T17:00:00Z'} | ${[office]} | ${1} | ${'18:00 is not part of the window'}
    ${'2026-01-04T10:00:00Z'} | ${[office]} | ${1} | ${'a Sunday'}
    ${'2026-07-06T06:00:00Z'} | ${[office]} | ${5} | ${'in summer 8:00 in Berlin is 6:00 in UTC'}
    ${'2026-01-09T21:30:00Z'} | ${[night]}  | ${7} | ${'Friday 22:30 has begun'}
    ${'2026-01-10T04:30:00Z'} | ${[night]}  | ${7} | ${'Saturday 5:30 still belongs to Friday night'}
    ${'2026-01-10T05:00:00Z'} | ${[night]}  | ${1} | ${'Saturday 6:00 is over'}
    ${'2026-01-10T21:30:00Z'} | ${[night]}  | ${1} | ${'a Saturday night is not a Friday night'}
    ${'2026-03-29T00:30:00Z'} | ${[early]}  | ${1} | ${'clocks go forward: 1:30 comes before the window'}
    ${'2026-03-29T01:00:00Z'} | ${[early]}  | ${1} | ${'2:00 does not exist that day, it is 3:00 at once'}
    ${'2026-10-25T00:30:00Z'} | ${[early]}  | ${9} | ${'clocks go back: 2:30 the first time'}
    ${'2026-10-25T01:30:00Z'} | ${[early]}  | ${9} | ${'2:30 the second time'}
    ${'2026-10-25T02:00:00Z'} | ${[early]}  | ${1} | ${'3:00'}
  `('$now gives minAgents $min: $why', ({ now, schedules, min }) => {
    expect(boundsAt(bounds, schedules, Date.parse(now)).minAgents).toBe(min);
  });

  it('the last matching one wins, and a minimum never exceeds the maximum', () => {
    const small: Schedule = { ...office, name: 'small', maxAgents: 3 };
    const now = Date.parse('2026-01-05T10:00:00Z');
    expect(boundsAt(bounds, [office, small], now)).toEqual({ minAgents: 3, maxAgents: 3, standbyAgents: 0 });
    expect(boundsAt(bounds, [small, office], now)).toEqual({ minAgents: 5, maxAgents: 10, standbyAgents: 0 });
  });
});
