import { describe, expect, it } from 'vitest';
import { aPool, inShort, parse } from './a-definition.ts';

const office = 'name: office, days: [mon-fri], from: 08:00, to: 18:00, timeZone: Europe/Berlin';

async function readSchedules(...spec: string[]) {
  const { pools, findings } = await parse({ 'linux.yaml': aPool('linux', spec) });
  return { schedules: pools[0]?.spec?.schedules, errors: inShort(findings) };
}

describe('schedules', () => {
  it('are read in the order of the file', async () => {
    const { schedules, errors } = await readSchedules(
      `schedules: [{${office}, minAgents: 5, standbyAgents: 1}, {name: night, days: [Sunday, sat], from: "22:30", to: "06:00", timeZone: UTC, maxAgents: 3}]`,
    );

    expect(errors).toEqual([]);
    expect(schedules).toEqual([
      {
        name: 'office',
        days: ['mon', 'tue', 'wed', 'thu', 'fri'],
        fromMinute: 480,
        toMinute: 1080,
        timeZone: 'Europe/Berlin',
        minAgents: 5,
        standbyAgents: 1,
      },
      { name: 'night', days: ['sat', 'sun'], fromMinute: 1350, toMinute: 360, timeZone: 'UTC', maxAgents: 3 },
    ]);
  });

  it.each`
    days                | read                                                 | why
    ${'[mon]'}          | ${['mon']}                                           | ${'one day'}
    ${'[Mon, FRIDAY]'}  | ${['mon', 'fri']}                                    | ${'names in any case, short or whole'}
    ${'[fri-mon]'}      | ${['mon', 'fri', 'sat', 'sun']}                      | ${'a range over the end of the week'}
    ${'[monday - tue]'} | ${['mon', 'tue']}                                    | ${'blanks around the dash'}
    ${'[mon-sun]'}      | ${['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']} | ${'every day'}
    ${'[mon-wed, tue]'} | ${['mon', 'tue', 'wed']}                             | ${'a day given twice counts once'}
    ${'[wed-wed]'}      | ${['wed']}                                           | ${'a range of one day'}
  `('days $days: $why', async ({ days, read }) => {
    const { schedules, errors } = await readSchedules(
      `schedules: [{name: a, days: ${days}, from: 00:00, to: 24:00, timeZone: UTC, minAgents: 1}]`,
    );

    expect(errors).toEqual([]);
    expect(schedules?.[0]).toMatchObject({ days: read, fromMinute: 0, toMinute: 1440 });
  });

  it.each`
    change                                         | error                                                                                                                         | why
    ${'days: [mon-fri] → days: mon-fri'}           | ${'[0].days: must be a list (is "mon-fri")'}                                                                                  | ${'no list'}
    ${'days: [mon-fri] → days: []'}                | ${'[0].days: must have at least 1 entry'}                                                                                     | ${'no day'}
    ${'days: [mon-fri] → days: [mon, tues]'}       | ${'[0].days[1]: must be a day such as mon or monday, or a range such as mon-fri (is "tues"); did you mean "tue"?'}            | ${'a slip'}
    ${'days: [mon-fri] → days: [mo]'}              | ${'range such as mon-fri (is "mo")'}                                                                                          | ${'too short for a guess'}
    ${'days: [mon-fri] → days: [mon-]'}            | ${'(is "mon-")'}                                                                                                              | ${'half a range'}
    ${'days: [mon-fri] → days: [mon-tue-wed]'}     | ${'(is "mon-tue-wed")'}                                                                                                       | ${'a range of three'}
    ${'days: [mon-fri] → days: [1]'}               | ${'[0].days[0]: must be text; put quotes around 1'}                                                                           | ${'a number'}
    ${'from: 08:00 → from: 8:00'}                  | ${'[0].from: must be a time of day with two digits each for hours and minutes, for example 08:00 (is "8:00"); write "08:00"'} | ${'one digit'}
    ${'from: 08:00 → from: 0800'}                  | ${'[0].from: must be a time of day'}                                                                                          | ${'a number to YAML'}
    ${'from: 08:00 → from: 8am'}                   | ${'[0].from: must be a time of day'}                                                                                          | ${'twelve hours'}
    ${'from: 08:00 → from: 08:60'}                 | ${'[0].from: must be a time of day'}                                                                                          | ${'too many minutes'}
    ${'from: 08:00 → from:'}                       | ${'[0].from: must be a time of day, for example 08:00 (is null)'}                                                             | ${'no value'}
    ${'from: 08:00 → from: 24:00'}                 | ${'[0].from: must be before 24:00; write 00:00 and the day after'}                                                            | ${'the end of a day is no beginning'}
    ${'to: 18:00 → to: 24:01'}                     | ${'[0].to: must be a time of day'}                                                                                            | ${'after the end of the day'}
    ${'to: 18:00 → to: 25:00'}                     | ${'[0].to: must be a time of day'}                                                                                            | ${'no such hour'}
    ${'to: 18:00 → to: 08:00'}                     | ${'[0].to: is the same as from, so the window is empty; for a whole day write'}                                               | ${'an empty window'}
    ${'Europe/Berlin → Europe/Berln'}              | ${'[0].timeZone: must be a time zone such as Europe/Berlin or UTC (is "Europe/Berln"); did you mean "Europe/Berlin"?'}        | ${'a slip in the zone'}
    ${'Europe/Berlin → UCT2'}                      | ${'did you mean "UTC"?'}                                                                                                      | ${'a slip in UTC'}
    ${'Europe/Berlin → "+02:00"'}                  | ${'must be a time zone such as'}                                                                                              | ${'an offset knows no summer time'}
    ${'Europe/Berlin → ""'}                        | ${'must be a time zone such as'}                                                                                              | ${'an empty zone'}
    ${', timeZone: Europe/Berlin → '}              | ${'[0].timeZone: is missing; it must be given'}                                                                               | ${'no zone'}
    ${'name: office → name: Office hours'}         | ${'[0].name: must be lower-case letters, digits and "-", for example office-hours'}                                           | ${'a name that is none'}
    ${'minAgents: 5 → minAgnts: 5'}                | ${'unknown key "minAgnts"; did you mean "minAgents"?'}                                                                        | ${'a slip in a key'}
    ${', minAgents: 5 → '}                         | ${'[0]: changes nothing; give minAgents, maxAgents or standbyAgents'}                                                         | ${'no bound'}
    ${'minAgents: 5 → minAgents: 11'}              | ${"[0].minAgents: must be at most the pool's maxAgents (10; is 11)"}                                                          | ${'above the pool'}
    ${'minAgents: 5 → minAgents: 5, maxAgents: 4'} | ${'[0].minAgents: must be at most maxAgents (4; is 5)'}                                                                       | ${'above its own maximum'}
    ${'minAgents: 5 → maxAgents: 1'}               | ${"[0].maxAgents: must be at least the pool's minAgents (2; is 1), or give minAgents here too"}                               | ${'below what the pool keeps'}
    ${'minAgents: 5 → maxAgents: 0'}               | ${'[0].maxAgents: must be at least 1 (is 0)'}                                                                                 | ${'a maximum of nothing'}
  `('$why: $change', async ({ change, error }) => {
    const [from, to] = change.split(' → ');
    const { errors } = await readSchedules('minAgents: 2', `schedules: [{${office}, minAgents: 5}]`.replace(from, to));

    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(error);
    expect(errors[0]).toMatch(/^error spec\.schedules\[0\]/);
  });

  it.each`
    zone                  | why
    ${'UTC'}              | ${'not in the list of the platform, but known'}
    ${'Etc/UTC'}          | ${'another name of it'}
    ${'Europe/Kyiv'}      | ${'a newer name than the list has'}
    ${'america/new_york'} | ${'case does not count'}
  `('knows $zone: $why', async ({ zone }) => {
    const { errors } = await readSchedules(`schedules: [{${office}, minAgents: 5}]`.replace('Europe/Berlin', zone));

    expect(errors).toEqual([]);
  });

  it('each has its own name; the place is that in the file, whatever else is wrong', async () => {
    const text = aPool('linux', [
      'schedules:',
      `  - {${office}, minAgents: 1, color: red}`,
      `  - {${office}, minAgents: 2}`,
      `  - {${office}, minAgents: 20}`,
    ]);
    const { findings } = await parse({ 'linux.yaml': text });

    expect(findings.map(({ line, column, path, rule }) => `${line}:${column} ${path} ${rule}`)).toEqual([
      '11:102 spec.schedules[0].color unknown-key',
      '13:14 spec.schedules[2].name repeated-schedule',
      '13:99 spec.schedules[2].minAgents min-above-max',
    ]);
  });

  it('warns of standby agents that never run', async () => {
    const { errors } = await readSchedules(`schedules: [{${office}, maxAgents: 3, standbyAgents: 4}]`);

    expect(errors).toEqual([expect.stringContaining('warning spec.schedules[0].standbyAgents: minAgents and')]);
  });

  it('count the minimums of classes, the first one with what the schedule gives it', async () => {
    const classes = 'agentClasses: [{name: plain, maxAgents: 6}, {name: java, capabilities: {java: 17}, minAgents: 4}]';
    const of = async (bounds: string) => (await readSchedules(classes, `schedules: [{${office}, ${bounds}}]`)).errors;

    expect(await of('minAgents: 6')).toEqual([]);
    expect(await of('minAgents: 7')).toEqual([
      "error spec.schedules[0].minAgents: must be at most the maxAgents of the first class, where the pool's minimum is kept (6; is 7); raise that, or give the classes minimums of their own",
    ]);
    expect(await of('maxAgents: 3')).toEqual([
      'error spec.schedules[0].maxAgents: leaves too little room in this window: the minimums of the classes add up to 4, and maxAgents is 3',
    ]);
    expect(await of('minAgents: 5, maxAgents: 8')).toHaveLength(1);
  });
});

describe('other sizing fields', () => {
  it.each`
    spec                              | error                                                     | why
    ${'removalsPerMinute: 0'}         | ${'spec.removalsPerMinute: must be at least 1 (is 0)'}    | ${'it would never shrink'}
    ${'removalsPerMinute: unlimited'} | ${'spec.removalsPerMinute: must be a number'}             | ${'a word'}
    ${'keepFinishedPods: -1'}         | ${'spec.keepFinishedPods: must be at least 0 (is -1)'}    | ${'fewer than none'}
    ${'respectParallelJobs: true'}    | ${'respectParallelJobs is not supported in this version'} | ${'never accepted without effect'}
  `('$why: $spec', async ({ spec, error }) => {
    expect((await readSchedules(spec)).errors).toEqual([expect.stringContaining(error)]);
  });

  it('are taken', async () => {
    const { pools } = await parse({
      'a.yaml': aPool('a', ['removalsPerMinute: 4', 'keepFinishedPods: 2']),
    });

    expect(pools[0]?.spec).toMatchObject({ removalsPerMinute: 4, keepFinishedPods: 2 });
  });
});
