import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstTime, nextTime } from '../../../../src/domain/campaigns/batch.ts';
import { aDefinition } from '../../../support/campaigns.ts';

const at = (text: string): number => Date.parse(text);

test('a schedule comes again at the same time of day, also when the clocks change', () => {
  const schedule = { at: at('2026-03-27T09:00:00+01:00'), everyDays: 1 };
  const berlin = { timeZone: 'Europe/Berlin' };
  assert.equal(nextTime(schedule, berlin, schedule.at), at('2026-03-28T09:00:00+01:00'));
  assert.equal(nextTime(schedule, berlin, at('2026-03-28T12:00:00Z')), at('2026-03-29T09:00:00+02:00'));
  assert.equal(nextTime(schedule, berlin, at('2027-01-01T00:00:00Z')), at('2027-01-01T09:00:00+01:00'));
});

test('a time that the clocks leave out is the moment after the gap; of a time that comes twice the first counts', () => {
  const berlin = { timeZone: 'Europe/Berlin' };
  const spring = { at: at('2026-03-28T02:30:00+01:00'), everyDays: 1 };
  assert.equal(nextTime(spring, berlin, spring.at), at('2026-03-29T03:00:00+02:00'));
  const autumn = { at: at('2026-10-24T02:30:00+02:00'), everyDays: 1 };
  assert.equal(nextTime(autumn, berlin, autumn.at), at('2026-10-25T02:30:00+02:00'));
});

test('missed times are left out, and a schedule without repetition does not come again', () => {
  const weekly = { at: at('2026-01-05T10:00:00Z'), everyDays: 7 };
  assert.equal(nextTime(weekly, { timeZone: 'UTC' }, at('2026-02-03T00:00:00Z')), at('2026-02-09T10:00:00Z'));
  assert.equal(nextTime({ ...weekly, everyDays: null }, { timeZone: 'UTC' }, 0), null);
});

test('a version runs first at its schedule, and at once where that is over', () => {
  const first = (schedule: { at: number; everyDays: number | null } | null) =>
    firstTime({ validFrom: 1_000, definition: aDefinition({ schedule, timeZone: 'UTC' }) });
  assert.equal(first(null), null);
  assert.equal(first({ at: 5_000, everyDays: null }), 5_000);
  assert.equal(first({ at: 500, everyDays: null }), 1_000);
  assert.equal(first({ at: 500, everyDays: 1 }), 500 + 86_400_000);
});
