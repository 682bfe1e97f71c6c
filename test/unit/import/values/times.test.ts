import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { timeReader } from '../../../../src/import/values/times.ts';
import { clockOf } from '../../../../src/import/values/zones.ts';

const read = (text: string, format: string | string[] = 'iso', zone?: string) => {
  const time = timeReader([format].flat(), zone)(text);
  return typeof time === 'number' ? new Date(time).toISOString() : time;
};

/** Days since 1970 by counting months and leap years: nothing of Date's. */
function daysSince1970(year: number, month: number, day: number): number {
  const isLeap = (y: number) => (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
  let days = 0;
  for (let y = 1970; y < year; y += 1) days += isLeap(y) ? 366 : 365;
  const lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  for (let m = 1; m < month; m += 1) days += lengths[m - 1] ?? 0;
  return days + day - 1;
}
const two = (number: number) => String(number).padStart(2, '0');
const moment = fc.record({
  year: fc.integer({ min: 2000, max: 2099 }),
  month: fc.integer({ min: 1, max: 12 }),
  day: fc.integer({ min: 1, max: 28 }),
  hour: fc.integer({ min: 0, max: 23 }),
  minute: fc.integer({ min: 0, max: 59 }),
  second: fc.integer({ min: 0, max: 59 }),
  micros: fc.integer({ min: 0, max: 999_999 }),
});

describe('times of files', () => {
  test('every format gives what counting days and seconds gives', () => {
    fc.assert(
      fc.property(moment, fc.integer({ min: -14 * 60, max: 14 * 60 }), (at, offset) => {
        const { year, month, day, hour, minute, second, micros } = at;
        const seconds = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
        const ms = seconds * 1000 + Math.floor(micros / 1000);
        const date = `${year}-${two(month)}-${two(day)}`;
        const clock = `${two(hour)}:${two(minute)}:${two(second)}`;
        const fraction = String(micros).padStart(6, '0');
        const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
        const expect = (format: string, text: string, expected: number, local = 'UTC') =>
          assert.equal(timeReader([format], local)(text), expected, `${format} ${text}`);
        expect('iso', `${date}T${clock}.${fraction}Z`, ms);
        expect('iso', `${date} ${clock}.${fraction} UTC`, ms);
        expect('iso', `${date} ${clock}${zone}`, (seconds - offset * 60) * 1000);
        expect('iso', `${date} ${clock}`, seconds * 1000);
        expect('iso', `${year}${two(month)}${two(day)}T${clock.replaceAll(':', '')}Z`, seconds * 1000);
        expect('iso', date, daysSince1970(year, month, day) * 86_400_000);
        expect('dd/mm/yyyy', `${day}/${month}/${year} ${clock}.${fraction}`, ms);
        expect(
          'mm/dd/yyyy',
          `${two(month)}/${two(day)}/${year} ${hour % 12 || 12}:${two(minute)}:${two(second)} ${hour < 12 ? 'AM' : 'pm'}`,
          seconds * 1000,
        );
        expect('epoch-seconds', `${seconds}.${fraction}`, ms);
        expect('epoch-microseconds', `${BigInt(seconds) * 1_000_000n + BigInt(micros)}`, ms);
        expect(
          'spreadsheet',
          String(daysSince1970(year, month, day) + 25_569 + (hour * 3600 + minute * 60 + second) / 86_400),
          seconds * 1000,
        );
      }),
      { numRuns: 300 },
    );
  });

  test('a local time means the moment that shows it; skipped ones move on, doubled ones are the first', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'America/St_Johns',
      'Pacific/Apia',
    ];
    const shows = (zone: string, at: number) =>
      new Date(at).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T');
    for (const zone of zones) {
      const clock = clockOf(zone);
      fc.assert(
        fc.property(
          fc.integer({ min: Date.UTC(2000, 0, 2) / 1000, max: Date.UTC(2035, 0, 1) / 1000 }),
          (second) => {
            const local = Date.parse(`${shows(zone, second * 1000)}Z`);
            const found = clock(local);
            assert.equal(Date.parse(`${shows(zone, found)}Z`), local, 'it shows the local time');
            assert.ok(found <= second * 1000, 'the first of two');
          },
        ),
        { numRuns: 200 },
      );
    }
    assert.equal(read('2026-03-29 02:30', 'iso', 'Europe/Berlin'), '2026-03-29T01:30:00.000Z', 'skipped');
    assert.equal(read('2026-10-25 02:30', 'iso', 'Europe/Berlin'), '2026-10-25T00:30:00.000Z', 'doubled');
    assert.equal(
      read('2011-12-30 12:00', 'iso', 'Pacific/Apia'),
      '2011-12-30T22:00:00.000Z',
      'a day that was skipped',
    );
    assert.equal(read('2006-10-29 00:00:30', 'iso', 'America/St_Johns'), '2006-10-29T02:30:30.000Z');
  });

  test('times as warehouses, mails and spreadsheets write them', () => {
    for (const text of [
      ...[
        '2018-02-26 19:58:54 UTC',
        '2018-02-26 19:58:54.000 UTC',
        '2018-02-26 19:58:54+00',
        '2018-02-26T19:58:54Z',
      ],
      ...[
        '2018-02-26 20:58:54 +0100',
        '2018-02-26 19:58:54 +0000 UTC',
        '2018-02-26T20:58:54+01:00[Europe/Berlin]',
      ],
    ])
      assert.equal(read(text), '2018-02-26T19:58:54.000Z', text);
    assert.equal(read('20240501', 'iso', 'UTC'), '2024-05-01T00:00:00.000Z');
    assert.equal(read('2018-02-01', 'iso', 'America/New_York'), '2018-02-01T05:00:00.000Z');
    assert.equal(read('Wed, 10 Jun 2026 12:00:00 +0200', 'rfc2822'), '2026-06-10T10:00:00.000Z');
    assert.equal(read('10 Jun 26 06:00 EDT', 'rfc2822'), '2026-06-10T10:00:00.000Z');
    assert.equal(read('46183.4166667', 'spreadsheet', 'UTC'), '2026-06-10T10:00:00.000Z');
    assert.equal(read('46183,4166667', 'spreadsheet', 'UTC'), '2026-06-10T10:00:00.000Z');
    assert.equal(read('1', 'spreadsheet', 'UTC'), '1900-01-01T00:00:00.000Z');
    assert.equal(read('61', 'spreadsheet', 'UTC'), '1900-03-01T00:00:00.000Z');
    assert.equal(read('10-Jun-2026 10:00', 'dd-mon-yyyy', 'UTC'), '2026-06-10T10:00:00.000Z');
    assert.equal(read('10.06.26', 'dd.mm.yy', 'UTC'), '2026-06-10T00:00:00.000Z');
    assert.equal(read('1781085600000000', 'epoch-microseconds'), '2026-06-10T10:00:00.000Z');
    const mixed = ['iso', 'dd/mm/yyyy', 'spreadsheet'];
    for (const text of [
      '2026-06-10 10:00:00.000',
      '2026-06-10 10:00:00+00',
      '10/06/2026 10:00',
      '46183.4166667',
    ])
      assert.equal(read(text, mixed, 'UTC'), '2026-06-10T10:00:00.000Z', text);
  });

  test('what is refused is told with what is missing', () => {
    assert.match(read('2018-02-01'), /names no time zone.*"zone".*--zone/);
    assert.match(read('2026-02-30T00:00:00Z'), /No calendar has this day/);
    assert.match(read('60', 'spreadsheet', 'UTC'), /No calendar/);
    assert.match(read('2026-02-03T25:00:00Z'), /No clock/);
    assert.match(read('13/05/2026', 'iso', 'UTC'), /Expected: iso\. It fits "format": "dd\/mm\/yyyy"\./);
    assert.match(read('05/13/2026', 'dd/mm/yyyy', 'UTC'), /No calendar/);
    assert.match(read('13:30 pm', 'dd/mm/yyyy', 'UTC'), /no time/);
    assert.match(
      read('1781085600000', 'epoch-seconds'),
      /far off as epoch-seconds; as epoch-milliseconds it is 2026-06-10/,
    );
    assert.match(read('1781085600', 'epoch-milliseconds'), /as epoch-seconds it is 2026-06-10/);
    assert.match(read('1.78E+12', 'epoch-milliseconds'), /cut its digits/);
    assert.match(read('yesterday', ['iso', 'dd/mm/yyyy'], 'UTC'), /Expected: iso or dd\/mm\/yyyy/);
  });
});
