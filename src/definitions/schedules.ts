import { type Schedule, type Weekday, weekdays } from '../pool/schedule.ts';
import type { LenientSpec } from './lenient-spec.ts';
import { type RuleBreach, repeatedAt } from './rule-breach.ts';
import { quoted } from './secrets.ts';
import { didYouMean } from './suggest.ts';

type Entry = LenientSpec['fields']['schedules'][number];

/** The schedules of a definition that is valid, in the order of the file. */
export function schedulesOf(entries: readonly Entry[]): Schedule[] {
  return entries.map(({ days, from, to, ...rest }) => ({
    ...rest,
    days: daysOf(days),
    fromMinute: parseTimeOfDay(from) ?? 0,
    toMinute: parseTimeOfDay(to) ?? 0,
  }));
}

/** Rules for `schedules`, except for their bounds. */
export function checkSchedules({ fields, positionInFile }: LenientSpec): RuleBreach[] {
  const { schedules } = fields;
  const at = (index: number, ...rest: (string | number)[]) => [
    'schedules',
    positionInFile('schedules', index),
    ...rest,
  ];
  const own = schedules.flatMap((schedule, index) =>
    [...checkDays(schedule), ...checkTimes(schedule), ...checkTimeZone(schedule)].map((breach) => ({
      ...breach,
      path: at(index, ...breach.path),
    })),
  );
  const repeated = repeatedAt(schedules.map(({ name }) => name)).map((index) => ({
    path: at(index, 'name'),
    rule: 'repeated-schedule',
    message: 'another entry has this name; give each schedule its own',
  }));
  return [...own, ...repeated];
}

const fullNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** A day, or two with "-" between them; the second may come earlier in the week. */
function parseDays(text: string): readonly Weekday[] | undefined {
  const [first, last, ...more] = text.split('-').map((word) => parseDay(word));
  if (first === undefined || more.length > 0 || (last === undefined && text.includes('-'))) return undefined;
  const start = weekdays.indexOf(first);
  const length = last === undefined ? 1 : ((weekdays.indexOf(last) - start + 7) % 7) + 1;
  return [...weekdays, ...weekdays].slice(start, start + length);
}

function parseDay(word: string): Weekday | undefined {
  const name = word.trim().toLowerCase();
  return weekdays.find((day, index) => name === day || name === fullNames[index]);
}

/** Each day once, Monday first, so that the same days written otherwise are no change. */
function daysOf(texts: readonly string[]): Weekday[] {
  const chosen = new Set(texts.flatMap((text) => parseDays(text) ?? []));
  return weekdays.filter((day) => chosen.has(day));
}

function checkDays({ days }: Entry): RuleBreach[] {
  return days.flatMap((text, index) => {
    if (parseDays(text) !== undefined) return [];
    // Three letters are near to too many others.
    const hint = text.length > 3 ? didYouMean(text, [...weekdays, ...fullNames]) : '';
    const message = `must be a day such as mon or monday, or a range such as mon-fri (is ${quoted(text)})${hint}`;
    return [{ path: ['days', index], rule: 'bad-day', message }];
  });
}

/** Minutes since midnight, 24:00 included. */
function parseTimeOfDay(text: string): number | undefined {
  const [, hours = '', minutes = ''] = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return hours === '' || minute > 24 * 60 ? undefined : minute;
}

function checkTimes({ from, to }: Entry): RuleBreach[] {
  const wrong = [...checkTime('from', from), ...checkTime('to', to)];
  if (wrong.length > 0) return wrong;
  if (parseTimeOfDay(from) === 24 * 60) {
    return [{ path: ['from'], rule: 'bad-time', message: 'must be before 24:00; write 00:00 and the day after' }];
  }
  if (from !== to) return [];
  const message = `is the same as from, so the window is empty; for a whole day write from: "00:00" and to: "24:00"`;
  return [{ path: ['to'], rule: 'empty-window', message }];
}

function checkTime(field: 'from' | 'to', text: string): RuleBreach[] {
  if (parseTimeOfDay(text) !== undefined) return [];
  const padded = `0${text}`;
  const hint = parseTimeOfDay(padded) === undefined ? '' : `; write "${padded}"`;
  const message = `must be a time of day with two digits each for hours and minutes, for example 08:00 (is ${quoted(text)})${hint}`;
  return [{ path: [field], rule: 'bad-time', message }];
}

function checkTimeZone({ timeZone }: Entry): RuleBreach[] {
  if (isTimeZone(timeZone)) return [];
  const message = `must be a time zone such as Europe/Berlin or UTC (is ${quoted(timeZone)})${didYouMean(timeZone, timeZones())}`;
  return [{ path: ['timeZone'], rule: 'unknown-time-zone', message }];
}

/** An offset such as +02:00 is no time zone here: it would be wrong for half of the year. */
function isTimeZone(name: string): boolean {
  if (!/^[a-z]/i.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function timeZones(): readonly string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')];
}
