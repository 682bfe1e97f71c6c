import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Db } from '../../../../src/datasources/db/db.ts';
import {
  bucketsOf,
  type Calendar,
  DAY_MS,
  type Grain,
  HOUR_MS,
  labelAt,
  startAt,
} from '../../../../src/domain/time/buckets.ts';
import { offsetAt, offsetsOf, timeZoneOf } from '../../../../src/domain/time/time-zones.ts';
import { drivers } from '../../../support/databases.ts';

const ZONES = Intl.supportedValuesOf('timeZone');
const GRAINS = ['HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'] as const;
const monday = (timeZone: string): Calendar => ({ timeZone, weekStart: 'MONDAY' });
const moments = (grain: Grain, timeZone: string, from: string, to: string): string[] =>
  bucketsOf(Date.parse(from), Date.parse(to), grain, monday(timeZone)).starts.map((start) =>
    new Date(start).toISOString().slice(0, 16),
  );
/** Both copies of the zone database have these years as they were. */
const time = fc.integer({ min: Date.UTC(2000, 0, 3), max: Date.UTC(2022, 0) });

describe('time zones', () => {
  test('names are taken in any case, aliases under one name; offsets and unknown names are none', () => {
    const names = [
      'europe/berlin',
      'Asia/Calcutta',
      'Asia/Kolkata',
      'US/Eastern',
      'utc',
      'Etc/UTC',
      'Europe/Kiev',
    ];
    assert.deepEqual(names.map(timeZoneOf), [
      'Europe/Berlin',
      'Asia/Kolkata',
      'Asia/Kolkata',
      'America/New_York',
      'UTC',
      'UTC',
      'Europe/Kyiv',
    ]);
    for (const name of ['+05:30', '-0800', '', 'Mars/Olympus', 'Europe/Berlin ', 'a'.repeat(1_000)])
      assert.equal(timeZoneOf(name), undefined, name);
  });

  test('every zone that Node knows has a name that is one again', () => {
    for (const zone of ZONES) {
      const name = timeZoneOf(zone);
      assert.ok(name, zone);
      assert.equal(timeZoneOf(name), name);
    }
  });
});

describe('parts of a period', () => {
  test('days have 23, 24 or 25 hours by the clocks of the zone', () => {
    assert.deepEqual(moments('DAY', 'Europe/Berlin', '2026-10-24T22:00Z', '2026-10-26T23:00Z'), [
      '2026-10-24T22:00',
      '2026-10-25T23:00',
    ]);
    assert.deepEqual(moments('DAY', 'America/New_York', '2026-03-08T12:00Z', '2026-03-09T12:00Z'), [
      '2026-03-08T05:00',
      '2026-03-09T04:00',
    ]);
  });

  test('a midnight that clocks leave out, strike twice or pass twice begins one day', () => {
    // 24:00 of 4 April is 23:00 again; 0:00 of 6 September is 1:00.
    assert.deepEqual(moments('DAY', 'America/Santiago', '2026-04-04T12:00Z', '2026-04-06T12:00Z'), [
      '2026-04-04T03:00',
      '2026-04-05T04:00',
      '2026-04-06T04:00',
    ]);
    assert.deepEqual(moments('DAY', 'America/Santiago', '2026-09-05T12:00Z', '2026-09-07T12:00Z'), [
      '2026-09-05T04:00',
      '2026-09-06T04:00',
      '2026-09-07T03:00',
    ]);
    assert.deepEqual(moments('DAY', 'Asia/Beirut', '2026-03-28T12:00Z', '2026-03-29T12:00Z'), [
      '2026-03-27T22:00',
      '2026-03-28T22:00',
    ]);
    // 0:01 of 7 November was 23:01 again: the 7th has begun.
    assert.deepEqual(moments('DAY', 'America/St_Johns', '2010-11-06T12:00Z', '2010-11-08T12:00Z'), [
      '2010-11-06T02:30',
      '2010-11-07T02:30',
      '2010-11-08T03:30',
    ]);
    // 1:00 is 0:00 again.
    assert.deepEqual(moments('DAY', 'America/Havana', '2026-10-31T12:00Z', '2026-11-01T12:00Z'), [
      '2026-10-31T04:00',
      '2026-11-01T04:00',
    ]);
  });

  test('clocks that change between the start of a part and the period count', () => {
    // 0:00 of 1 January 2004 was 1:00.
    assert.deepEqual(moments('YEAR', 'Asia/Khandyga', '2004-01-04T00:00Z', '2004-01-05T00:00Z'), [
      '2003-12-31T15:00',
    ]);
    assert.deepEqual(moments('QUARTER', 'Europe/Berlin', '2026-06-20T00:00Z', '2026-06-21T00:00Z'), [
      '2026-03-31T22:00',
    ]);
  });

  test('a date that the zone left out has no part', () => {
    assert.deepEqual(moments('DAY', 'Pacific/Apia', '2011-12-29T12:00Z', '2011-12-31T12:00Z'), [
      '2011-12-29T10:00',
      '2011-12-30T10:00',
      '2011-12-31T10:00',
    ]);
  });

  test('hours begin by the minutes of the zone', () => {
    assert.deepEqual(moments('HOUR', 'Asia/Kathmandu', '2026-06-10T10:00Z', '2026-06-10T12:00Z'), [
      '2026-06-10T09:15',
      '2026-06-10T10:15',
      '2026-06-10T11:15',
    ]);
    // Half an hour back at 15:00 UTC, from :00 to :30.
    assert.deepEqual(moments('HOUR', 'Australia/Lord_Howe', '2026-04-04T14:00Z', '2026-04-04T16:45Z'), [
      '2026-04-04T14:00',
      '2026-04-04T15:00',
      '2026-04-04T15:30',
      '2026-04-04T16:30',
    ]);
  });

  test('weeks begin on any day', () => {
    const week = (weekStart: Calendar['weekStart']) =>
      bucketsOf(Date.parse('2026-06-10T12:00Z'), Date.parse('2026-06-10T13:00Z'), 'WEEK', {
        timeZone: 'UTC',
        weekStart,
      })
        .starts.map((start) => new Date(start).toISOString().slice(0, 10))
        .join();
    assert.deepEqual((['MONDAY', 'SUNDAY', 'SATURDAY', 'WEDNESDAY', 'THURSDAY'] as const).map(week), [
      '2026-06-08',
      '2026-06-07',
      '2026-06-06',
      '2026-06-10',
      '2026-06-04',
    ]);
  });

  test('follow one another without a gap, each with one label that no other has', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom(...GRAINS),
        time,
        fc.nat(400),
        (timeZone, grain, from, days) => {
          const to = from + 1 + (grain === 'HOUR' ? days * HOUR_MS : days * DAY_MS);
          const buckets = bucketsOf(from, to, grain, monday(timeZone));
          const { starts } = buckets;
          assert.ok(starts.length > 0 && (starts[0] ?? to) <= from && (starts.at(-1) ?? to) < to);
          const labels = starts.map((start, index) => {
            const next = starts[index + 1] ?? to;
            assert.ok(start < next);
            const inside = [start, Math.floor((start + next) / 2), next - 1];
            for (const moment of inside)
              assert.equal(labelAt(buckets, moment), labelAt(buckets, start), `${timeZone} ${grain}`);
            return labelAt(buckets, start);
          });
          assert.equal(new Set(labels).size, labels.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});

const [, postgres] = drivers;
describe("against PostgreSQL's own arithmetic", () => {
  let db: Db;
  before(async () => {
    assert.ok(postgres);
    db = await postgres.open();
  });
  after(() => db.close());

  test('each part begins where date_trunc has it, in every zone', async () => {
    const known = new Set(
      (await db.query<{ name: string }>('SELECT name FROM pg_timezone_names')).map(({ name }) => name),
    );
    const zones = ZONES.filter((zone) => known.has(zone));
    assert.ok(zones.length > 300, `${zones.length} zones`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(time, { minLength: 200, maxLength: 200 }),
        fc.nat(zones.length),
        async (times, skip) => {
          const asked = times.map((moment, index) => {
            const timeZone = zones[(skip + index * 7) % zones.length] ?? 'UTC';
            return { moment, timeZone, grain: GRAINS[index % GRAINS.length] ?? 'DAY' };
          });
          const rows = await db.query<{ start: number }>(
            `SELECT (extract(epoch FROM date_trunc(grain, to_timestamp(moment / 1000.0), zone)) * 1000)::int8 AS start
           FROM unnest($1::int8[], $2::text[], $3::text[]) WITH ORDINALITY AS asked (moment, zone, grain, place) ORDER BY place`,
            [asked.map((one) => one.moment), asked.map((one) => one.timeZone), asked.map((one) => one.grain)],
          );
          for (const [index, { moment, timeZone, grain }] of asked.entries()) {
            const mine =
              startAt(bucketsOf(moment, moment + 1, grain, monday(timeZone)), moment) ?? Number.NaN;
            const theirs = rows[index]?.start ?? Number.NaN;
            const offsets = offsetsOf(timeZone, moment, moment);
            // Of a midnight that comes twice PostgreSQL takes the second, of which we take the first; an hour that
            // the minutes of the clock change in begins before them there.
            const isTwice =
              grain !== 'HOUR' && theirs + offsetAt(offsets, theirs) === mine + offsetAt(offsets, mine);
            const isCut = grain === 'HOUR' && offsets.some(({ since }) => since === mine);
            if (!isTwice && !isCut)
              assert.equal(mine, theirs, `${grain} of ${new Date(moment).toISOString()} in ${timeZone}`);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});
