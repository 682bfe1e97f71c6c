import type { GraphQLResolveInfo } from 'graphql';
import { type Privacy, privacyOf } from '../../auth/privacy.ts';
import { requireViewer } from '../../auth/viewer.ts';
import type {
  ActivitySearch,
  ActivitySort,
  FacetRequest,
  LeadSort,
  SearchPage,
  SearchRequest,
} from '../../datasources/activity-search/port.ts';
import { ACTIVITY } from '../../domain/activity.ts';
import { type CursorScope, decodeCursor } from '../../domain/cursor.ts';
import type { ActivityFilter, LeadFilter } from '../../domain/filter.ts';
import type { Json } from '../../domain/json.ts';
import { LEAD } from '../../domain/lead.ts';
import { parseTextQuery } from '../../domain/text/text-query-parser.ts';
import { pageSize } from '../../lib/bounds.ts';
import type { RequestContext } from '../context.ts';
import { scalars } from '../scalars.ts';
import { selects } from '../selection.ts';
import { type Asker, attributesIn, readActivityFilter } from './activity-filter.ts';
import { connection, edge } from './connection.ts';
import { attributesOf, countApart, readFacets, showFacets } from './facets.ts';
import type { QueryResolvers, Resolvers } from './generated.ts';
import { readLeadFilter } from './lead-filter.ts';
import { nothing } from './nothing.ts';

const MAX_PAGE = 200;
const DEFAULT_PAGE = 20;

/** Who asks, with the types of the tenant where they decide about anything. */
async function askerOf(context: RequestContext): Promise<Asker> {
  const privacy = privacyOf(context.viewer);
  if (privacy.pii) return { privacy, types: [] };
  return { privacy, types: await context.services.types.list(requireViewer(context).tenant, context.signal) };
}

/** Names of attributes are part of the names of fields, and a sender chooses them. */
const showHighlights = <Id>(page: SearchPage<Id>, privacy: Privacy): SearchPage<Id> => ({
  ...page,
  hits: page.hits.map((hit) => ({
    ...hit,
    highlights: hit.highlights.map((highlight) => ({ ...highlight, field: privacy.text(highlight.field) })),
  })),
});

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

/** Where to search: a query without a letter or digit finds nothing, and a blank one asks for everything. */
const searchOf = (
  text: string | null | undefined,
  { query }: Common,
  context: RequestContext,
): ActivitySearch => (query === null && text?.trim() ? nothing : context.services.search);

const searchActivities: QueryResolvers['searchActivities'] = async (_parent, args, context, info) => {
  const { tenant } = requireViewer(context);
  const asker = await askerOf(context);
  const { privacy } = asker;
  const asked = common(args, info);
  const search = searchOf(args.query, asked, context);
  const filter: ActivityFilter | null = readActivityFilter(args.filter, asker);
  const asFacets = readFacets(args.facets, asker, selects(info, 'otherCount', 'missingCount'));
  const facets = selects(info, 'facets') ? asFacets : [];
  await context.services.requireAttributes(
    requireViewer(context),
    [...attributesIn(args.filter), ...attributesOf(asFacets)],
    context.signal,
  );
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
    facets: facets.filter(({ ignoreOwnFilter }) => !ignoreOwnFilter),
  };
  const countFacets = async (remaining: ActivityFilter | null, counted: readonly FacetRequest[]) =>
    (
      await search.searchActivities(
        tenant,
        {
          ...request,
          filter: remaining,
          first: 0,
          after: null,
          highlight: false,
          total: null,
          facets: counted,
        },
        context.signal,
      )
    ).facets;
  const [found, apart] = await Promise.all([
    search.searchActivities(tenant, request, context.signal),
    countApart(facets, filter, countFacets),
  ]);
  const page = showHighlights(found, privacy);
  const countAll = async () =>
    (
      await search.searchActivities(
        tenant,
        { ...request, first: 0, after: null, highlight: false, facets: [], total: 'exact' },
        context.signal,
      )
    ).total;
  const within = page.facets.values();
  const counts = apart.flatMap((result) => result ?? within.next().value ?? []);
  const shown = showFacets(facets, counts, privacy);
  return { kind: ACTIVITY, scope, page, after: args.after ?? null, facets: shown, countAll };
};

const searchLeads: QueryResolvers['searchLeads'] = async (_parent, args, context, info) => {
  const { tenant } = requireViewer(context);
  const privacy = privacyOf(context.viewer);
  const { pii } = privacy;
  const asked = common(args, info);
  const search = searchOf(args.query, asked, context);
  const filter: LeadFilter | null = readLeadFilter(args.filter, privacy);
  const sort: LeadSort = args.sort ?? (asked.query ? 'RELEVANCE' : 'LAST_SEEN');
  const scope: CursorScope = {
    tenantId: tenant.id,
    query: ['searchLeads', asked.query, filter as Json, sort, pii],
  };
  const request = { ...asked, filter, sort, pii, after: args.after ? decodeCursor(scope, args.after) : null };
  const page = showHighlights(await search.searchLeads(tenant, request, context.signal), privacy);
  const countAll = async () =>
    (
      await search.searchLeads(
        tenant,
        { ...request, first: 0, after: null, highlight: false, total: 'exact' },
        context.signal,
      )
    ).total;
  return { kind: LEAD, scope, page, after: args.after ?? null, facets: [], countAll };
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
