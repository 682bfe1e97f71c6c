import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isoTime, parseTime } from '../../../../src/domain/time/iso-time.ts';

const MAX = 8_640_000_000_000_000;

test('writes every time there is as a Date does', () => {
  const agrees = (ms: number) => assert.equal(isoTime(ms), new Date(ms).toISOString());
  fc.assert(fc.property(fc.integer({ min: -MAX, max: MAX }), agrees), { numRuns: 2_000 });
  fc.assert(fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), agrees), { numRuns: 2_000 });
  fc.assert(fc.property(fc.double({ min: -MAX, max: MAX, noNaN: true }), agrees));
  for (const ms of [
    0,
    -0,
    -1,
    999,
    86_399_999,
    86_400_000,
    -86_400_000,
    MAX,
    -MAX,
    Date.UTC(-1, 11, 31),
    0.5,
  ])
    agrees(ms);
});

test('keeps no more days than it may, and is right about those it forgot', () => {
  for (const round of [0, 1])
    for (let day = 0; day < 25_000; day += 1) {
      const ms = day * 86_400_000 + round;
      assert.equal(isoTime(ms).slice(0, 10), new Date(ms).toISOString().slice(0, 10));
    }
});

test('refuses what is no time', () => {
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, MAX + 1, -MAX - 1])
    assert.throws(() => isoTime(ms), RangeError);
});

/** Days from 1970-01-01 to a date, by counting (the proleptic Gregorian calendar). */
function dayNumber(year: number, month: number, day: number): number {
  const isLeap = (y: number) => (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
  const before = (y: number) => 365 * y + Math.ceil(y / 4) - Math.ceil(y / 100) + Math.ceil(y / 400);
  const months = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  const inYear = months.slice(0, month - 1).reduce((sum, days) => sum + days, 0);
  return before(year) - before(1970) + inYear + day - 1;
}
const lastDay = (year: number, month: number): number =>
  month === 12 ? 31 : dayNumber(year, month + 1, 1) - dayNumber(year, month, 1);
const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

test('a time is read when a calendar and a clock have it, and only then', () => {
  const parts = fc.record({
    year: fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.constantFrom(1900, 2000, 2024, 2026, 2100)),
    month: fc.integer({ min: 0, max: 13 }),
    day: fc.integer({ min: 0, max: 32 }),
    hour: fc.integer({ min: 0, max: 25 }),
    minute: fc.integer({ min: 0, max: 61 }),
    second: fc.integer({ min: 0, max: 61 }),
    fraction: fc.oneof(
      fc.constant(''),
      fc.integer({ min: 0, max: 999 }).map((ms) => `.${pad(ms, 3)}999`),
    ),
    sign: fc.constantFrom('+', '-'),
    zone: fc.integer({ min: 0, max: 24 * 60 }),
    colon: fc.constantFrom(':', ''),
  });
  fc.assert(
    fc.property(parts, ({ year, month, day, hour, minute, second, fraction, sign, zone, colon }) => {
      const offset = `${sign}${pad(Math.floor(zone / 60))}${colon}${pad(zone % 60)}`;
      const clock = `${pad(hour)}:${pad(minute)}:${pad(second)}${fraction}`;
      const text = `${pad(year, 4)}-${pad(month)}-${pad(day)}T${clock}${offset}`;
      const isDate = month >= 1 && month <= 12 && day >= 1 && day <= lastDay(year, month);
      const isMidnight = hour === 24 && minute === 0 && second === 0 && fraction === '';
      const isClock = (hour < 24 || isMidnight) && minute < 60 && second < 60;
      const ms = Number(fraction.slice(1, 4));
      const local = ((dayNumber(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
      const expected = local * 1_000 + ms - (sign === '+' ? 1 : -1) * zone * 60_000;
      assert.equal(parseTime(text), isDate && isClock && zone < 24 * 60 ? expected : undefined, text);
    }),
    { numRuns: 5_000 },
  );
});

test('every time that a Date writes is read as that time', () => {
  const years = { min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
  fc.assert(
    fc.property(fc.date({ ...years, noInvalidDate: true }), (date) => {
      assert.equal(parseTime(date.toISOString()), date.getTime());
    }),
    { numRuns: 2_000 },
  );
});

test('what has no zone, or no time of day, is no moment', () => {
  for (const text of [
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-01-31 12:00:00Z',
    '2026-01-31T12Z',
    '2026-01-31T24:00:00.001Z',
    '2026-01-31T23:59:60Z',
    '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+01:60',
    '20260131T120000Z',
    ' 2026-01-31T12:00:00Z',
    '1750000000000',
    '',
  ])
    assert.equal(parseTime(text), undefined, text);
});
