import { open, scope } from '../../auth/rules.ts';
import { defineSubgraph } from '../subgraph.ts';
import { resolvers } from './resolvers.ts';

const readActivities = scope('activities:read');

/** Activities and people by words and conditions, from the search index. */
export const search = defineSubgraph({
  name: 'search',
  resolvers,
  rules: {
    Query: { searchActivities: readActivities, searchLeads: readActivities },
    PageInfo: open,
    ActivitySearchConnection: open,
    ActivitySearchEdge: open,
    LeadSearchConnection: open,
    LeadSearchEdge: open,
    Highlight: open,
    SearchTotal: open,
    Facet: open,
    FacetValue: open,
    Activity: open,
    Campaign: open,
    Lead: open,
  },
  costs: { 'Query.searchActivities': 10, 'Query.searchLeads': 10 },
});
