import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBreaker } from '../../../src/lib/breaker.ts';

test('after a failure nobody asks for a while, then one at a time, until one succeeds', () => {
  let now = 0;
  const breaker = createBreaker(500, () => now);
  assert.ok(breaker.allows() && breaker.allows());
  breaker.failed();
  assert.ok(!breaker.allows());
  now = 499;
  assert.ok(!breaker.allows());
  now = 500;
  assert.ok(breaker.allows());
  assert.ok(!breaker.allows());
  breaker.failed();
  now = 999;
  assert.ok(!breaker.allows());
  now = 1_000;
  assert.ok(breaker.allows());
  // Whoever was asked never said how it went: another may try.
  now = 1_500;
  assert.ok(breaker.allows());
  breaker.succeeded();
  assert.ok(breaker.allows() && breaker.allows());
});
