import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  byTimeline,
  idOfRow,
  isMark,
  markOf,
  notAfter,
  rangeOf,
  rowKey,
  withLead,
} from '../../src/datasources/activity-store/phoenix/keys.ts';
import { type ActivityKey, activityId } from '../../src/domain/ids.ts';

const hash = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('base64url'));
/** Few and close together, so that ties and neighbours happen; and the ends. */
const time = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: 1_780_000_000_000, max: 1_780_000_000_100 }),
  fc.integer({ min: 2 ** 48 - 3, max: 2 ** 48 - 1 }),
);
const leads = fc.constantFrom('AAAAAAAAAAAAAAAAAAAAAA', '-_-_-_-_-_-_-_-_-_-_-Q', 'zzzzzzzzzzzzzzzzzzzzzw');
const key = fc.record({ leadKey: leads, occurredAt: time, hash }) satisfies fc.Arbitrary<ActivityKey>;
const newestFirst = (a: ActivityKey, b: ActivityKey): number =>
  b.occurredAt - a.occurredAt || (a.hash < b.hash ? 1 : a.hash > b.hash ? -1 : 0);
const sign = Math.sign;

describe('row keys', () => {
  test('an id comes back from its row key, which has a length of its own', () => {
    fc.assert(
      fc.property(key, (one) => {
        assert.equal(idOfRow(rowKey(one)), activityId(one));
        assert.equal(rowKey(one).length, 52);
        assert.ok(!isMark(rowKey(one)) && isMark(markOf(one.leadKey)));
      }),
    );
  });

  test('the bytes of row keys sort as timelines do: lead, newest first, then hash descending', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const bytes = Buffer.compare(Buffer.from(rowKey(a)), Buffer.from(rowKey(b)));
        const order =
          a.leadKey === b.leadKey
            ? newestFirst(a, b)
            : Buffer.compare(Buffer.from(a.leadKey), Buffer.from(b.leadKey));
        assert.equal(sign(bytes), sign(order));
        assert.equal(sign(byTimeline(rowKey(a), rowKey(b))), sign(newestFirst(a, b)));
      }),
    );
  });

  test('a range holds exactly the rows after the position and within the times, and no other lead or mark', () => {
    const bound = fc.option(fc.oneof(time, fc.constantFrom(-1, 2 ** 48, 2 ** 53)), { nil: null });
    const after = fc.option(fc.record({ occurredAt: time, hash }), { nil: null });
    fc.assert(
      fc.property(
        leads,
        fc.array(key, { maxLength: 20 }),
        after,
        bound,
        bound,
        (lead, keys, position, from, to) => {
          const range = rangeOf(position, from, to);
          const isIn = (text: string): boolean => {
            if (!range) return false;
            const [above, below] = withLead(lead, range);
            return text > above && text < below;
          };
          for (const one of keys) {
            const { leadKey, occurredAt } = one;
            const expected =
              leadKey === lead &&
              (position === null || newestFirst({ leadKey, ...position }, one) < 0) &&
              occurredAt >= (from ?? 0) &&
              occurredAt < (to ?? Number.POSITIVE_INFINITY);
            assert.equal(isIn(rowKey(one)), expected);
          }
          assert.ok(!isIn(markOf(lead)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a range that ends before a row has what is newer than it, of any lead', () => {
    fc.assert(
      fc.property(key, key, (end, one) => {
        const range = rangeOf(null, null, null);
        assert.ok(range);
        const [above, below] = withLead(one.leadKey, notAfter(range, rowKey(end)));
        const text = rowKey(one);
        assert.equal(text > above && text < below, newestFirst(one, end) < 0);
      }),
    );
  });
});
