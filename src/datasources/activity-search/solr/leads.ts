import type { LeadFilter } from '../../../domain/filter.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import { createHighlighter } from '../highlight.ts';
import type { LeadSort, SearchPage, SearchRequest } from '../port.ts';
import { readPosition } from '../position.ts';
import type { Solr } from './cluster/connection.ts';
import { visitStored } from './documents.ts';
import { beyond, countBound, RANKED, TEXT, totalOf } from './pages.ts';
import { combine, EVERYTHING, rangeQuery, type SolrQuery, textQuery } from './query.ts';
import { type Select, select } from './select.ts';
import { oneOf, valueIn } from './values.ts';

type Document = {
  readonly key: LeadKey;
  readonly first_seen_at: number;
  readonly last_seen_at: number;
  readonly score?: number;
  readonly texts?: string;
};

const TIMES = { firstSeenAt: 'first_seen_at', lastSeenAt: 'last_seen_at' } as const;

/** See `ActivitySearch.searchLeads`. */
export async function searchLeads(
  solr: Solr,
  tenant: Tenant,
  request: SearchRequest<LeadFilter, LeadSort>,
  signal: AbortSignal,
): Promise<SearchPage<LeadKey>> {
  const { query, after, first, pii } = request;
  const sort = request.sort === 'RELEVANCE' && query === null ? 'LAST_SEEN' : request.sort;
  const byScore = sort === 'RELEVANCE';
  const field = sort === 'FIRST_SEEN' ? 'first_seen_at' : 'last_seen_at';
  const text = query && textQuery(query, pii);
  const matches: Pick<Select, 'query' | 'filters' | 'params'> = {
    query: text === null ? EVERYTHING : TEXT,
    filters: request.filter ? [leadFilter(tenant.id, request.filter)] : [],
    params: text === null ? {} : { text, [RANKED]: TEXT },
  };
  const place = after && readPosition(after, [byScore ? 'score' : 'time', 'key']);
  const page: Select = {
    ...matches,
    filters: place
      ? [...matches.filters, beyond(byScore, place, byScore ? ['key'] : [field, 'key'], 'desc')]
      : matches.filters,
    limit: first === 0 ? 0 : first + 1,
    sort: `${byScore ? 'score' : field} desc, key desc`,
    fields: [
      'key',
      'first_seen_at',
      'last_seen_at',
      ...(text === null ? [] : ['score']),
      ...(text !== null && request.highlight ? ['texts'] : []),
    ],
    ...countBound(place ? null : request.total),
  };
  const [{ docs, found, exact }, all] = await Promise.all([
    select<Document>(solr, tenant, 'leads', page, signal),
    place && request.total
      ? select(solr, tenant, 'leads', { ...matches, limit: 0, ...countBound(request.total) }, signal)
      : null,
  ]);
  const highlightsOf = query && request.highlight ? createHighlighter(query, pii) : null;
  return {
    hits: docs.slice(0, first).map((doc) => {
      const score = query === null ? 1 : (doc.score ?? 0);
      return {
        id: doc.key,
        score,
        highlights:
          highlightsOf && doc.texts ? highlightsOf((visit) => visitStored(doc.texts ?? '[]', visit)) : [],
        position: [byScore ? score : doc[field], doc.key],
      };
    }),
    hasNextPage: first > 0 && docs.length > first,
    total: request.total && totalOf(request.total, all ?? { found, exact }),
    facets: [],
  };
}

/** Compiles a condition over documents of leads. */
function leadFilter(tenantId: string, filter: LeadFilter): SolrQuery {
  return combine(filter, (leaf) => {
    switch (leaf.op) {
      case 'in':
        return leaf.field === 'externalId'
          ? oneOf('external_ids', leaf.values)
          : oneOf(
              'email',
              leaf.values.map((email) => email.toLowerCase()),
            );
      case 'isKnown':
        return `is_known:${leaf.value}`;
      case 'time':
        return rangeQuery(TIMES[leaf.field], leaf.range);
      case 'trait':
        return valueIn(tenantId, leaf.name, leaf.values);
      default:
        return leaf satisfies never;
    }
  });
}
