import type { ActivitySearch, SearchPage } from '../../datasources/activity-search/port.ts';

const emptyPage = ({ total }: { readonly total: 'exact' | 'bounded' | null }): SearchPage<never> => ({
  hits: [],
  hasNextPage: false,
  total: total && { value: 0, exact: true },
  facets: [],
});

/** A search in which nothing is found: for a query of symbols, which would else find everything. */
export const nothing: ActivitySearch = {
  searchActivities: async (_tenant, request) => ({
    ...emptyPage(request),
    facets: request.facets.map(({ name }) => ({ name, values: [], totals: { others: 0, missing: 0 } })),
  }),
  searchLeads: async (_tenant, request) => emptyPage(request),
};
