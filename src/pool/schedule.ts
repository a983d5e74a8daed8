/** `schedules[]`: other bounds for a window of the week in a time zone. */
export interface Schedule {
  readonly name: string;
  /** Days on which the window begins. */
  readonly days: readonly Weekday[];
  /** Minutes since midnight, 0 to 1439. A window that ends at or before its beginning crosses midnight. */
  readonly fromMinute: number;
  /** Minutes since midnight, 0 to 1440; not part of the window. */
  readonly toMinute: number;
  /** IANA name, for example `Europe/Berlin`. */
  readonly timeZone: string;
  readonly minAgents?: number;
  readonly maxAgents?: number;
  readonly standbyAgents?: number;
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

export const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export interface Bounds {
  readonly minAgents: number;
  readonly maxAgents: number;
  readonly standbyAgents: number;
}

/** The pool's bounds at that time (milliseconds since 1970): the last schedule whose window holds wins, as a whole. */
export function boundsAt(bounds: Bounds, schedules: readonly Schedule[], now: number): Bounds {
  const schedule = schedules.findLast((candidate) => isOpen(candidate, now));
  if (schedule === undefined) return bounds;
  const maxAgents = schedule.maxAgents ?? bounds.maxAgents;
  return {
    maxAgents,
    minAgents: Math.min(schedule.minAgents ?? bounds.minAgents, maxAgents),
    standbyAgents: schedule.standbyAgents ?? bounds.standbyAgents,
  };
}

/** Judged by the wall clock of the zone: when clocks change, a window begins and ends where people see it do so. */
function isOpen({ days, fromMinute, toMinute, timeZone }: Schedule, now: number): boolean {
  const { day, minute } = localTime(timeZone, now);
  const crossesMidnight = toMinute <= fromMinute;
  if (!crossesMidnight) return days.includes(day) && minute >= fromMinute && minute < toMinute;
  return (days.includes(day) && minute >= fromMinute) || (days.includes(dayBefore(day)) && minute < toMinute);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(timeZone: string, now: number): { readonly day: Weekday; readonly minute: number } {
  const format = formats.get(timeZone) ?? weekFormat(timeZone);
  formats.set(timeZone, format);
  const parts = new Map(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const day = weekdays.find((name) => name === parts.get('weekday')?.toLowerCase()) ?? 'mon';
  return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) };
}

function weekFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
}

function dayBefore(day: Weekday): Weekday {
  return weekdays[(weekdays.indexOf(day) + 6) % 7] ?? day;
}
