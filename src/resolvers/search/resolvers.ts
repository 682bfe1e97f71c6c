import type { GraphQLResolveInfo } from 'graphql';
import { hasScope, requireViewer } from '../../auth/viewer.ts';
import type {
  ActivitySearch,
  ActivitySort,
  FacetRequest,
  LeadSort,
  SearchRequest,
} from '../../datasources/activity-search/port.ts';
import { type CursorScope, decodeCursor } from '../../domain/cursor.ts';
import type { ActivityFilter, LeadFilter } from '../../domain/filter.ts';
import type { Json } from '../../domain/json.ts';
import { parseTextQuery } from '../../domain/text-query-parser.ts';
import type { QueryResolvers, Resolvers } from '../../generated/search.ts';
import type { RequestContext } from '../context.ts';
import { requireAttributes } from '../known-attributes.ts';
import { pageSize } from '../paging.ts';
import { scalars } from '../scalars.ts';
import { selects } from '../selection.ts';
import { attributesIn, type Privacy, readActivityFilter } from './activity-filter.ts';
import { connection, edge } from './connection.ts';
import { attributesOf, readFacets, showFacets } from './facets.ts';
import { readLeadFilter } from './lead-filter.ts';

const MAX_PAGE = 200;
const DEFAULT_PAGE = 20;

/** The attributes that a type of the tenant declares personal, and whether the caller may see such. */
async function privacyOf(context: RequestContext): Promise<Privacy> {
  if (hasScope(context.viewer, 'leads:pii')) return { pii: true, personalAttributes: new Set() };
  const types = await context.services.types.list(requireViewer(context).tenant, context.signal);
  const personal = types.flatMap(({ attributes }) =>
    attributes.filter(({ pii }) => pii).map(({ name }) => name),
  );
  return { pii: false, personalAttributes: new Set(personal) };
}

type Common = Pick<SearchRequest<unknown, unknown>, 'query' | 'first' | 'highlight' | 'total'>;

const common = (
  args: { readonly query?: string | null; readonly first?: number | null },
  info: GraphQLResolveInfo,
): Common => ({
  query: args.query ? parseTextQuery(args.query) : null,
  first: pageSize(args.first, MAX_PAGE, DEFAULT_PAGE),
  highlight: selects(info, 'highlights'),
  total: selects(info, 'total') ? 'bounded' : null,
});

const searchActivities: QueryResolvers['searchActivities'] = async (_parent, args, context, info) => {
  const { tenant } = requireViewer(context);
  const { search }: { search: ActivitySearch } = context.services;
  const privacy = await privacyOf(context);
  const asked = common(args, info);
  const filter: ActivityFilter | null = readActivityFilter(args.filter, privacy);
  const facets: FacetRequest[] = readFacets(args.facets, privacy);
  await requireAttributes([...attributesIn(args.filter), ...attributesOf(facets)], context);
  const sort: ActivitySort = args.sort ?? (asked.query ? 'RELEVANCE' : 'NEWEST');
  const scope: CursorScope = {
    tenantId: tenant.id,
    query: ['searchActivities', asked.query, filter as Json, sort, privacy.pii],
  };
  const request = {
    ...asked,
    filter,
    sort,
    pii: privacy.pii,
    after: args.after ? decodeCursor(scope, args.after) : null,
    facets: selects(info, 'facets') ? facets : [],
  };
  const page = await search.searchActivities(tenant, request, context.signal);
  const countAll = async () =>
    (
      await search.searchActivities(
        tenant,
        { ...request, first: 0, after: null, highlight: false, facets: [], total: 'exact' },
        context.signal,
      )
    ).total;
  const shown = showFacets(request.facets, page.facets, privacy.pii);
  return { type: 'Activity', scope, page, after: args.after ?? null, facets: shown, countAll };
};

const searchLeads: QueryResolvers['searchLeads'] = async (_parent, args, context, info) => {
  const { tenant } = requireViewer(context);
  const { search }: { search: ActivitySearch } = context.services;
  const pii = hasScope(context.viewer, 'leads:pii');
  const asked = common(args, info);
  const filter: LeadFilter | null = readLeadFilter(args.filter, pii);
  const sort: LeadSort = args.sort ?? (asked.query ? 'RELEVANCE' : 'LAST_SEEN');
  const scope: CursorScope = {
    tenantId: tenant.id,
    query: ['searchLeads', asked.query, filter as Json, sort, pii],
  };
  const request = { ...asked, filter, sort, pii, after: args.after ? decodeCursor(scope, args.after) : null };
  const page = await search.searchLeads(tenant, request, context.signal);
  const countAll = async () =>
    (
      await search.searchLeads(
        tenant,
        { ...request, first: 0, after: null, highlight: false, total: 'exact' },
        context.signal,
      )
    ).total;
  return { type: 'Lead', scope, page, after: args.after ?? null, facets: [], countAll };
};

/** Resolvers of `schema/search.graphql`. Found activities and people are references; their subgraph reads them. */
export const resolvers: Resolvers = {
  ...scalars,
  Query: { searchActivities, searchLeads },
  ActivitySearchConnection: connection,
  ActivitySearchEdge: edge,
  LeadSearchConnection: connection,
  LeadSearchEdge: edge,
};
