import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createShares } from '../../../../../src/datasources/activity-metrics/druid/shares.ts';
import { DomainError } from '../../../../../src/lib/errors.ts';

const never = new AbortController().signal;

/** Work that is done when it is told to, and the order in which it began. */
function desk(places: number, ofOne: number) {
  const shares = createShares(places, ofOne);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    ask: (owner: string, name: string, signal = never) =>
      shares.run(
        owner,
        () => {
          begun.push(name);
          return new Promise<void>((resolve) => ends.set(name, resolve));
        },
        signal,
      ),
    async end(name: string) {
      await turn();
      ends.get(name)?.();
      await turn();
    },
  };
}

test('one owner never has all places, however much it asks for', async () => {
  const { ask, begun, end } = desk(4, 2);
  const all = Array.from({ length: 10 }, (_, n) => ask('a', `a${n}`));
  const other = ask('b', 'b0');
  await turn();
  assert.deepEqual(begun, ['a0', 'a1', 'b0']);
  for (let n = 0; n < 10; n++) await end(`a${n}`);
  await end('b0');
  await Promise.all([...all, other]);
  assert.equal(begun.length, 11);
});

test('who has the fewest places gets the next one, and among those who came first', async () => {
  const { ask, begun, end } = desk(2, 2);
  void ask('a', 'a0');
  void ask('a', 'a1');
  void ask('a', 'a2');
  void ask('b', 'b0');
  void ask('c', 'c0');
  await end('a0');
  assert.deepEqual(begun, ['a0', 'a1', 'b0']);
  await end('a1');
  assert.deepEqual(begun, ['a0', 'a1', 'b0', 'a2']);
  await end('b0');
  assert.deepEqual(begun, ['a0', 'a1', 'b0', 'a2', 'c0']);
});

test('who no longer waits gets no place, and work that fails gives its place back', async () => {
  const { ask, begun, end } = desk(1, 1);
  const first = ask('a', 'a0');
  const gone = new AbortController();
  const waits = ask('b', 'b0', gone.signal);
  gone.abort(new DomainError('TIMEOUT', 'Too long.'));
  await assert.rejects(waits, { code: 'TIMEOUT' });
  await end('a0');
  await first;
  const shares = createShares(1, 1);
  await assert.rejects(
    shares.run('a', () => Promise.reject(new Error('no')), never),
    /no/,
  );
  assert.equal(await shares.run('a', async () => 'again', never), 'again');
  assert.deepEqual(begun, ['a0']);
});
