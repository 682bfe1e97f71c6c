import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Prepared } from '../src/protocol/responses.ts';
import { createPool } from '../src/session/pool.ts';
import { createStatementCache, isReusable } from '../src/session/statements.ts';

const forever = new AbortController().signal;

test('a thing is lent to one at a time, never more are made than allowed, and who asked first is served first', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.constantFrom('ask', 'give', 'abort'), { maxLength: 60 }),
      async (size, steps) => {
        let made = 0;
        const pool = createPool(size, () => ({ number: made++ }));
        const held: { number: number }[] = [];
        const served: number[] = [];
        const asked: { turn: number; controller: AbortController; over: boolean }[] = [];
        const waiting = () => asked.filter(({ over }) => !over);
        let turn = 0;
        for (const step of steps) {
          if (step === 'ask') {
            const one = { turn: turn++, controller: new AbortController(), over: false };
            asked.push(one);
            pool.acquire(one.controller.signal).then(
              (item) => {
                assert.ok(!held.includes(item), 'lent twice');
                one.over = true;
                held.push(item);
                served.push(one.turn);
              },
              (reason) => {
                assert.equal(reason, one.controller.signal.reason);
                one.over = true;
              },
            );
          } else if (step === 'give') {
            const item = held.shift();
            if (item) pool.release(item);
          } else waiting().at(-1)?.controller.abort(new Error('gone'));
          await new Promise(setImmediate);
          assert.ok(made <= size);
          assert.ok(held.length <= size);
          if (waiting().length > 0) assert.equal(held.length, size, 'nobody waits in vain');
        }
        assert.deepEqual(
          served,
          served.toSorted((a, b) => a - b),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('closing refuses whoever waits or comes later, and waits for what is lent', async () => {
  const pool = createPool(1, () => 'thing');
  const item = await pool.acquire(forever);
  const waiting = assert.rejects(pool.acquire(forever), /closed/);
  let closed = false;
  const closing = pool.close(new Error('closed')).then((idle) => {
    closed = true;
    return idle;
  });
  await waiting;
  await assert.rejects(pool.acquire(forever), /closed/);
  assert.equal(closed, false);
  pool.release(item);
  assert.deepEqual(await closing, ['thing']);
});

test('of more statements than are kept the one unused for longest goes', () => {
  const cache = createStatementCache(3);
  const prepared = (statementId: number): Prepared => ({
    statementId,
    signature: { columns: [], parameters: [] },
  });
  for (const id of [1, 2, 3]) assert.equal(cache.set(`text ${id}`, prepared(id)), undefined);
  assert.equal(cache.get('text 1')?.statementId, 1);
  assert.equal(cache.set('text 4', prepared(4))?.statementId, 2);
  assert.equal(cache.get('text 2'), undefined);
  cache.delete('text 3');
  assert.equal(cache.set('text 5', prepared(5)), undefined);
  cache.clear();
  assert.equal(cache.get('text 1'), undefined);
});

test('only statements that are run again with other values are kept', () => {
  for (const text of [
    'SELECT 1',
    ' upsert INTO T VALUES (?)',
    '\nDELETE FROM T',
    'WITH X AS (SELECT 1) SELECT 2',
  ])
    assert.ok(isReusable(text), text);
  for (const text of [
    'CREATE TABLE T (K INTEGER)',
    'DROP TABLE T',
    'ALTER TABLE T',
    'SELECTED',
    'EXPLAIN SELECT 1',
  ])
    assert.ok(!isReusable(text), text);
});
