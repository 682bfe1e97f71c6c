import type { TextQuery } from '../../domain/text/text-query.ts';
import type { Weight } from './activity-texts.ts';

/**
 * How well a document matches: the same number from every search adapter, so that all give the same order.
 *
 * Each word, phrase or beginning of a word adds a constant for each weight of text it stands in, however often. Other
 * documents have no effect. With statistics of the index, as in BM25, each new document would change the scores of all
 * others and the order between two pages. A tenant's scores would also reveal other tenants' words. Of activities, a
 * match in a short document counts more (`lengthNorm`); people are short all.
 *
 * Powers of two: their sums are exact, so that a score is the same number in whatever order it is added up.
 */
export const POINTS: Readonly<Record<Weight, number>> = { A: 1, B: 0.5, C: 0.25, D: 0.125 };

/** The weights that are searched, the most telling first; D is personal data. */
export const weightsFor = (pii: boolean): readonly Weight[] => (pii ? ['A', 'B', 'C', 'D'] : ['A', 'B', 'C']);

/** Of more activities than this that match, the newest so many are ranked; the others follow by time. */
export const RANK_BOUND = 5_000;

/**
 * The factor of an activity's points, as a float of 32 bits, as Lucene keeps it.
 * @param tokens the number of its different searchable tokens
 */
export const lengthNorm = (tokens: number): number => Math.fround(1 / (1 + Math.log(Math.max(1, tokens))));

/**
 * The points of a query: `leaf` gives those of a word, a phrase or a prefix. Excluded words give none. A group counts
 * only where it holds as a whole; `whenHolds` checks that for groups that need only one member.
 */
export function pointsOf<T>(
  query: TextQuery,
  build: {
    readonly none: T;
    leaf(query: TextQuery): T;
    sum(parts: readonly T[]): T;
    whenHolds(query: TextQuery, points: T): T;
  },
  isSure = true,
): T {
  switch (query.op) {
    case 'word':
    case 'prefix':
    case 'phrase':
      return build.leaf(query);
    case 'not':
      return build.none;
    case 'or':
      return build.sum(query.parts.map((part) => pointsOf(part, build, false)));
    case 'and': {
      const points = build.sum(query.parts.map((part) => pointsOf(part, build, true)));
      return isSure ? points : build.whenHolds(query, points);
    }
    default:
      return query satisfies never;
  }
}
