import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Terms } from '../../src/datasources/activity-search/solr/facets.ts';
import type { Bucket } from '../../src/datasources/activity-search/solr/select.ts';
import { topOfShards } from '../../src/datasources/activity-search/solr/top.ts';

type Shard = ReadonlyMap<string, number>;
const byCount = (a: Bucket, b: Bucket): number =>
  b.count - a.count || Buffer.compare(Buffer.from(String(a.val)), Buffer.from(String(b.val)));
const listOf = (shard: Shard, { limit }: Terms): Bucket[] => {
  const all = [...shard].map(([val, count]) => ({ val, count }));
  const sorted = all.sort(byCount);
  return limit < 0 ? sorted : sorted.slice(0, limit);
};

/** What a plain count over all shards gives, and what the shards are asked until it is known. */
async function both(shards: readonly Shard[], part: Terms) {
  const total = new Map<string, number>();
  for (const shard of shards) for (const [val, count] of shard) total.set(val, (total.get(val) ?? 0) + count);
  const depths: number[] = [];
  const [found] = await topOfShards(
    [part],
    shards.map((_, at) => String(at)),
    async (terms, name) => {
      depths.push(...terms.map(({ limit }) => limit));
      return terms.map((asked) => listOf(shards[Number(name)] ?? new Map(), asked));
    },
  );
  return { found, expected: listOf(total, part), depths };
}

describe('the highest counts over several shards', () => {
  test('are those of a plain count, ties by value, however the values are spread', async () => {
    // Small depths stand for large ones: what is asked is `limit` values and 100 more of up to 400.
    const shard = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 6 })), { maxLength: 400 })
      .map((pairs) => new Map(pairs.map(([value, count]) => [String(value), count])));
    await fc.assert(
      fc.asyncProperty(
        fc.array(shard, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 20 }),
        async (shards, limit) => {
          const { found, expected } = await both(shards, { field: 'f', limit });
          assert.deepEqual(found, expected);
        },
      ),
      { numRuns: 200 },
    );
  });

  test('find a value that is high in all shards and among the first of none', async () => {
    const shards = [0, 1].map(
      (at) =>
        new Map([
          ...Array.from({ length: 300 }, (_, n): [string, number] => [`own-${at}-${n}`, 10]),
          ['common', 9],
        ]),
    );
    const { found, depths } = await both(shards, { field: 'f', limit: 1 });
    assert.deepEqual(found, [{ val: 'common', count: 18 }]);
    assert.ok(Math.max(...depths) > 300, 'the first answers did not prove it');
  });

  test('ask no further where the first values prove the answer', async () => {
    const shards = [0, 1].map(
      () =>
        new Map(
          Array.from({ length: 5_000 }, (_, n): [string, number] => [`v${n}`, Math.ceil(9_000 / (n + 1))]),
        ),
    );
    const { depths } = await both(shards, { field: 'f', limit: 10 });
    assert.deepEqual(depths, [110, 110]);
  });
});
