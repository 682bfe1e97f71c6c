import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock } from '../../../../src/domain/time/clock.ts';

test('time never steps back; it goes on at half its speed until the machine has caught up', () => {
  let [wall, elapsed] = [1_000_000, 0];
  const clock = createClock(
    () => wall,
    () => elapsed,
  );
  assert.equal(clock.now(), 1_000_000);
  wall -= 600_000;
  assert.equal(clock.now(), 1_000_000);
  const times: number[] = [];
  for (let second = 0; second < 2_000; second += 1) {
    wall += 1_000;
    elapsed += 1_000;
    times.push(clock.now());
  }
  assert.deepEqual(
    times.toSorted((a, b) => a - b),
    times,
  );
  assert.equal(times[1], 1_001_000);
  assert.equal(times.at(-1), wall);
});

test('nothing is dated before what the log has', () => {
  const clock = createClock(
    () => 1_000,
    () => 0,
  );
  clock.atLeast(5_000);
  assert.equal(clock.now(), 5_000);
});

test('a clock that is off by seconds follows the shared one; less is the way there', () => {
  let wall = 1_000_000;
  const clock = createClock(
    () => wall,
    () => 0,
  );
  clock.follow(600_000);
  assert.equal(clock.now(), 1_600_000);
  clock.follow(1_500);
  wall = 2_000_000;
  assert.equal(clock.now(), 2_000_000);
});
