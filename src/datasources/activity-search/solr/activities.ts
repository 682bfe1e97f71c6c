import type { ActivityFilter, AttributeFilter } from '../../../domain/filter.ts';
import { type ActivityId, activityId } from '../../../domain/ids.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import { createHighlighter } from '../highlight.ts';
import { STORED_NAME } from '../keyword-fields.ts';
import { withAllIdentities } from '../lead-identities.ts';
import type { ActivitySort, FacetRequest, SearchPage, SearchRequest } from '../port.ts';
import type { Solr } from './cluster/connection.ts';
import { visitStored } from './documents.ts';
import { countSpans, countTotals, planFacets } from './facets.ts';
import { readHits } from './hits.ts';
import { countBound, RANKED, ranked, TEXT, totalOf } from './pages.ts';
import { combine, EVERYTHING, not, rangeQuery, type SolrQuery, textQuery } from './query.ts';
import { type Select, select } from './select.ts';
import { oneOf, valueExists, valueIn, valueInRange, valueStartsWith } from './values.ts';

type Request = SearchRequest<ActivityFilter, ActivitySort> & { readonly facets: readonly FacetRequest[] };
const TIMES = { occurredAt: 'occurred_at', receivedAt: 'received_at' } as const;

/** See `ActivitySearch.searchActivities`. */
export async function searchActivities(
  solr: Solr,
  tenant: Tenant,
  request: Request,
  signal: AbortSignal,
): Promise<SearchPage<ActivityId>> {
  const { query, sort, after, first, pii } = request;
  const filter =
    request.filter &&
    (await withAllIdentities(request.filter, (keys) => identitiesOf(solr, tenant, keys, signal)));
  const text = query && textQuery(query, pii);
  const matches: Pick<Select, 'query' | 'filters' | 'params'> = {
    query: text === null ? EVERYTHING : TEXT,
    filters: filter ? [activityFilter(tenant.id, filter, pii)] : [],
    params: text === null ? {} : { text, [RANKED]: ranked(pii) },
  };
  const plan = planFacets(request.facets, tenant.id, pii);
  const shards = request.facets.length > 0 ? await solr.shardsOf(tenant, 'activities', signal) : null;
  const inOneShard = shards?.shards.length === 1 ? { ...plan.request, collection: shards.collection } : null;
  const counts: Partial<Select> = { ...countBound(request.total), ...inOneShard };
  const [hits, all, facets, spans, addTotals] = await Promise.all([
    readHits(
      solr,
      tenant,
      {
        sort,
        ranked: text === null ? null : ranked(pii),
        after,
        limit: first === 0 ? 0 : first + 1,
        matches,
        fields: text !== null && request.highlight ? ['texts'] : [],
        counts,
      },
      signal,
    ),
    // Of a later page only what is beyond the place is counted: what is said of all takes a search of its own.
    after && (request.total || inOneShard)
      ? select(solr, tenant, 'activities', { ...matches, ...counts, limit: 0 }, signal)
      : null,
    shards && !inOneShard ? plan.countIn(solr, tenant, matches, shards, signal) : null,
    countSpans(solr, tenant, request.facets, matches, signal),
    countTotals(solr, tenant, request.facets, matches, pii, signal),
  ]);
  const counted = all ?? hits.all;
  const highlightsOf = query && request.highlight ? createHighlighter(query, pii) : null;
  return {
    hits: hits.found.slice(0, first).map(({ document, score, position }) => {
      const { lead_key: leadKey, occurred_at: occurredAt, hash, texts } = document;
      return {
        id: activityId({ leadKey, occurredAt, hash }),
        score,
        highlights: highlightsOf && texts ? highlightsOf((visit) => visitStored(texts, visit)) : [],
        position,
      };
    }),
    hasNextPage: first > 0 && hits.found.length > first,
    total: request.total && counted && totalOf(request.total, counted),
    facets: addTotals(
      (facets ?? (counted ? plan.read(counted) : [])).map((counts, at) => spans[at] ?? counts),
    ),
  };
}

/** The lead keys of each person that has one of these, as the index of leads knows them. */
async function identitiesOf(
  solr: Solr,
  tenant: Tenant,
  keys: readonly LeadKey[],
  signal: AbortSignal,
): Promise<readonly (readonly LeadKey[])[]> {
  const { docs } = await select<{ readonly identity_keys: readonly LeadKey[] }>(
    solr,
    tenant,
    'leads',
    {
      query: EVERYTHING,
      filters: [oneOf('identity_keys', keys)],
      // A key has one document, or two for a moment while it is being linked.
      limit: 2 * keys.length,
      fields: ['identity_keys'],
    },
    signal,
  );
  return docs.map((doc) => doc.identity_keys);
}

/** Compiles a condition over documents of activities. */
function activityFilter(tenantId: string, filter: ActivityFilter, pii: boolean): SolrQuery {
  return combine(filter, (leaf) => {
    switch (leaf.op) {
      case 'in':
        return oneOf(STORED_NAME[leaf.field], leaf.values);
      case 'isBot':
        return `is_bot:${leaf.value}`;
      case 'time':
        return rangeQuery(TIMES[leaf.field], leaf.range);
      case 'attribute':
        return attributeFilter(tenantId, leaf, pii);
      default:
        return leaf satisfies never;
    }
  });
}

function attributeFilter(tenantId: string, leaf: AttributeFilter, pii: boolean): SolrQuery {
  switch (leaf.test) {
    case 'in':
      return valueIn(tenantId, leaf.name, leaf.values);
    case 'exists': {
      const exists = valueExists(tenantId, leaf.name);
      return leaf.value ? exists : not(exists);
    }
    case 'range':
      return valueInRange(tenantId, leaf.name, leaf.range);
    case 'prefix':
      return valueStartsWith(tenantId, leaf.name, leaf.value, pii);
    default:
      return leaf satisfies never;
  }
}
