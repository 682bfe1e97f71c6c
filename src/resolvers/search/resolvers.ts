import { requireViewer } from '../../auth/viewer.ts';
import { ACTIVITY } from '../../domain/activity.ts';
import { LEAD } from '../../domain/lead.ts';
import type { KeywordFacet } from '../../services/search/facets.ts';
import { scalars } from '../scalars.ts';
import { selects } from '../selection.ts';
import { connection, edge, facetsOf } from './connection.ts';
import type { FacetField, QueryResolvers, Resolvers } from './generated.ts';

/** The names of `FacetField` for the fields of search. */
const FIELDS = {
  TYPE: 'type',
  CAMPAIGN: 'campaignId',
  ASSET: 'assetId',
  CHANNEL: 'channel',
  SOURCE: 'source',
  COUNTRY: 'country',
  DEVICE: 'device',
} as const satisfies Record<FacetField, KeywordFacet>;

const searchActivities: QueryResolvers['searchActivities'] = async (_parent, args, context, info) => {
  const question = {
    ...args,
    facets: args.facets?.map((facet) => ({ ...facet, field: facet.field ? FIELDS[facet.field] : null })),
    needs: {
      highlights: selects(info, 'highlights'),
      total: selects(info, 'total'),
      facets: selects(info, 'facets'),
      facetTotals: selects(info, 'otherCount', 'missingCount'),
    },
  };
  const found = await context.services.search.activities(requireViewer(context), question, context.signal);
  return { kind: ACTIVITY, found, facets: facetsOf(found), after: args.after ?? null };
};

const searchLeads: QueryResolvers['searchLeads'] = async (_parent, args, context, info) => {
  const needs = { highlights: selects(info, 'highlights'), total: selects(info, 'total') };
  const question = { ...args, needs };
  const found = await context.services.search.leads(requireViewer(context), question, context.signal);
  return { kind: LEAD, found, facets: [], after: args.after ?? null };
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
