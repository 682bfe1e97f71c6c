import type { Terms } from './facets.ts';
import type { Bucket } from './select.ts';

/** More values of each shard than are wanted, at first. */
const MORE = 100;
/** And so many times more again, as long as the answer could still be another. */
const GROWTH = 16;
/** Beyond this, all. */
const MOST = 50_000;

/**
 * The values with the highest counts over several shards, exactly. Solr's own refinement can miss a value that is high
 * in all shards and first in none. Here each shard gives its first values, and more until no missing value could change
 * the result. The method follows Cao and Wang, "Efficient Top-K Query Calculation in Distributed Networks", 2004.
 * @param count asks one shard; its values come by count, then by value
 */
export async function topOfShards(
  terms: readonly Terms[],
  shards: readonly string[],
  count: (terms: readonly Terms[], shard: string) => Promise<readonly (readonly Bucket[])[]>,
): Promise<readonly (readonly Bucket[])[]> {
  const results: (readonly Bucket[])[] = terms.map(() => []);
  let open = terms.map((part, at) => ({ at, part, depth: part.limit + MORE }));
  while (open.length > 0) {
    const asked = open.map(({ part, depth }) => ({ ...part, limit: depth }));
    const answers = await Promise.all(shards.map((shard) => count(asked, shard)));
    open = open.filter((entry, index) => {
      const lists = answers.map((answer) => answer[index] ?? []);
      const top = highest(lists, entry.part.limit, entry.depth);
      if (top) results[entry.at] = top;
      else entry.depth = entry.depth * GROWTH > MOST ? -1 : entry.depth * GROWTH;
      return !top;
    });
  }
  return results;
}

type Sum = { count: number /** What the shards that did not name it may have of it. */; missing: number };

function sums(
  lists: readonly (readonly Bucket[])[],
  floors: readonly number[] = [],
): Map<Bucket['val'], Sum> {
  const all = floors.reduce((sum, floor) => sum + floor, 0);
  const known = new Map<Bucket['val'], Sum>();
  lists.forEach((list, shard) => {
    for (const { val, count } of list) {
      const sum = known.get(val) ?? { count: 0, missing: all };
      sum.count += count;
      sum.missing -= floors[shard] ?? 0;
      known.set(val, sum);
    }
  });
  return known;
}

/**
 * The highest of these lists, or null when they don't prove it.
 * @param depth how many each shard was asked for; -1: all
 */
function highest(
  lists: readonly (readonly Bucket[])[],
  limit: number,
  depth: number,
): readonly Bucket[] | null {
  // What a shard didn't name, it has at most as often as the last it named.
  const floors = lists.map((list) => (depth < 0 || list.length < depth ? 0 : (list.at(-1)?.count ?? 0)));
  const known = sums(lists, floors);
  const ranked = [...known]
    .map(([val, sum]) => ({ val, ...sum }))
    .sort(
      (a, b) => b.count - a.count || Buffer.compare(Buffer.from(String(a.val)), Buffer.from(String(b.val))),
    );
  const last = ranked[limit - 1]?.count ?? 0;
  const unseen = floors.reduce((sum, floor) => sum + floor, 0);
  if (unseen > 0 && unseen >= last) return null;
  if (ranked.some(({ count, missing }) => missing > 0 && count + missing >= last)) return null;
  return ranked.slice(0, limit).map(({ val, count }) => ({ val, count }));
}
