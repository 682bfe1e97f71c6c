import { assertTenant } from '../../../domain/tenant.ts';
import type { Db, Queryable } from '../../db/db.ts';
import type { ActivitySearch, Highlight } from '../port.ts';
import { ActivityMatches } from './activities.ts';
import { highlightActivities } from './highlights.ts';
import { idOf } from './keys.ts';
import { LeadMatches } from './leads.ts';

/**
 * Full-text search over the rows of the activity store on PostgreSQL or PGlite. Each row has a tsvector, made by
 * `activityVector` and `leadVector` when it is written. So stored rows are found at once.
 *
 * Plans depend on statistics: on PGlite, which has no autovacuum, ANALYZE has to be run after large loads.
 */
export function createPostgresSearch(db: Db): ActivitySearch {
  const withSignal = (signal: AbortSignal): Queryable => ({
    query: (text, values) => db.query(text, values, { signal }),
  });

  return {
    async searchActivities(tenant, request, signal) {
      assertTenant(tenant);
      const q = withSignal(signal);
      const matches = await ActivityMatches.of(q, tenant.id, request);
      const [found, total, facets] = await Promise.all([
        request.first > 0 ? matches.hits() : [],
        request.total && matches.total(request.total),
        matches.facets(),
      ]);
      const page = found.slice(0, request.first);
      const highlights =
        request.query && request.highlight
          ? await highlightActivities(
              q,
              tenant.id,
              page.map(({ row }) => row),
              request.query,
              request.pii,
            )
          : new Map<string, readonly Highlight[]>();
      return {
        hits: page.map(({ row, position }) => {
          const id = idOf(row);
          return { id, score: row.score, highlights: highlights.get(id) ?? [], position };
        }),
        hasNextPage: found.length > request.first,
        total,
        facets,
      };
    },

    async searchLeads(tenant, request, signal) {
      assertTenant(tenant);
      const matches = new LeadMatches(withSignal(signal), tenant.id, request);
      const [found, total] = await Promise.all([
        request.first > 0 ? matches.hits() : [],
        request.total && matches.total(request.total),
      ]);
      const page = found.slice(0, request.first);
      const highlights = await matches.highlights(page.map(({ key }) => key));
      return {
        hits: page.map(({ key, score, position }) => ({
          id: key,
          score,
          highlights: highlights.get(key) ?? [],
          position,
        })),
        hasNextPage: found.length > request.first,
        total,
        facets: [],
      };
    },
  };
}
