import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isoTime } from '../../../src/domain/iso-time.ts';

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
