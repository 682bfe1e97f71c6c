import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bucketsOf, UTC_CALENDAR } from '../../../../src/domain/time/buckets.ts';
import { earlierPeriod } from '../../../../src/services/figures/comparison.ts';

const at = (text: string): number => Date.parse(`${text}Z`);
const shown = ({ from, to }: { from: number; to: number }): string[] =>
  [from, to].map((time) => new Date(time).toISOString().slice(0, 16));
const calendar = UTC_CALENDAR;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How much of each of its hours, days or weeks a period covers. */
function coverage(from: number, to: number, grain: 'HOUR' | 'DAY' | 'WEEK'): number[] {
  const length = { HOUR, DAY, WEEK: 7 * DAY }[grain];
  return bucketsOf(from, to, grain, UTC_CALENDAR).starts.map(
    (start) => Math.min(to, start + length) - Math.max(from, start),
  );
}

describe('the period before', () => {
  test('has the same parts, each as long as the one it is compared with, and ends before the other begins', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at('2020-01-01T00:00'), max: at('2030-01-01T00:00') }),
        fc.integer({ min: 1, max: 60 * DAY }),
        fc.constantFrom('HOUR', 'DAY', 'WEEK'),
        (from, length, grain) => {
          const to = from + length;
          const earlier = earlierPeriod('PREVIOUS_PERIOD', { from, to, grain, calendar });
          assert.deepEqual(coverage(earlier.from, earlier.to, grain), coverage(from, to, grain));
          assert.ok(earlier.to <= from);
        },
      ),
    );
  });

  test('of thirty days by week is five weeks earlier: a week of five days meets five days', () => {
    const period = { from: at('2026-10-27T09:00'), to: at('2026-11-26T09:00'), grain: 'WEEK' } as const;
    assert.deepEqual(shown(earlierPeriod('PREVIOUS_PERIOD', { ...period, calendar })), [
      '2026-09-22T09:00',
      '2026-10-22T09:00',
    ]);
  });

  test('by month is whole months earlier, from and to the same days', () => {
    const cut = { from: at('2026-10-27T00:00'), to: at('2026-11-26T00:00'), grain: 'MONTH' } as const;
    assert.deepEqual(shown(earlierPeriod('PREVIOUS_PERIOD', { ...cut, calendar })), [
      '2026-08-27T00:00',
      '2026-09-26T00:00',
    ]);
    const whole = { from: at('2026-01-01T00:00'), to: at('2026-04-01T00:00'), grain: 'MONTH' } as const;
    assert.deepEqual(shown(earlierPeriod('PREVIOUS_PERIOD', { ...whole, calendar })), [
      '2025-10-01T00:00',
      '2026-01-01T00:00',
    ]);
  });

  test('without a grain ends where the other begins', () => {
    const period = { from: at('2026-11-01T06:00'), to: at('2026-11-04T09:00'), grain: null };
    assert.deepEqual(shown(earlierPeriod('PREVIOUS_PERIOD', { ...period, calendar })), [
      '2026-10-29T03:00',
      '2026-11-01T06:00',
    ]);
  });
});

describe('in a zone', () => {
  const berlin = { timeZone: 'Europe/Berlin', weekStart: 'MONDAY' } as const;
  const local = (text: string): number => Date.parse(text);

  test('days are compared with days by the clock, across its changes', () => {
    const week = { from: local('2026-10-26T00:00+01:00'), to: local('2026-11-02T00:00+01:00') };
    for (const grain of ['DAY', 'WEEK', null] as const)
      assert.deepEqual(earlierPeriod('PREVIOUS_PERIOD', { ...week, grain, calendar: berlin }), {
        from: local('2026-10-19T00:00+02:00'),
        to: local('2026-10-26T00:00+01:00'),
      });
  });

  test('quarters are compared with quarters, and a year with the year before', () => {
    const quarter = { from: local('2026-04-01T00:00+02:00'), to: local('2026-07-01T00:00+02:00') };
    assert.deepEqual(earlierPeriod('PREVIOUS_PERIOD', { ...quarter, grain: 'QUARTER', calendar: berlin }), {
      from: local('2026-01-01T00:00+01:00'),
      to: local('2026-04-01T00:00+02:00'),
    });
    assert.deepEqual(earlierPeriod('PREVIOUS_YEAR', { ...quarter, grain: 'DAY', calendar: berlin }), {
      from: local('2025-04-01T00:00+02:00'),
      to: local('2025-07-01T00:00+02:00'),
    });
  });
});

describe('the year before', () => {
  test('has the same dates, by week the same weekdays', () => {
    const days = { from: at('2024-02-29T00:00'), to: at('2024-03-31T00:00'), grain: 'DAY' } as const;
    assert.deepEqual(shown(earlierPeriod('PREVIOUS_YEAR', { ...days, calendar })), [
      '2023-02-28T00:00',
      '2023-03-31T00:00',
    ]);
    const weeks = { from: at('2026-11-23T00:00'), to: at('2026-11-26T00:00'), grain: 'WEEK' } as const;
    assert.deepEqual(shown(earlierPeriod('PREVIOUS_YEAR', { ...weeks, calendar })), [
      '2025-11-24T00:00',
      '2025-11-27T00:00',
    ]);
  });
});
