import { type Privacy, privacyOf } from '../../auth/privacy.ts';
import type { Viewer } from '../../auth/viewer.ts';
import type {
  ActivitySearch,
  ActivitySort,
  FacetRequest,
  Hit,
  LeadSort,
  SearchPage,
  SearchRequest,
} from '../../datasources/activity-search/port.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import type { ActivityFilter } from '../../domain/filter.ts';
import type { Json } from '../../domain/json.ts';
import { parseTextQuery } from '../../domain/text/text-query-parser.ts';
import type { ActivityTypes } from '../../ingest/door/activity-types.ts';
import { type Optional, pageSize } from '../../lib/bounds.ts';
import type { RequireAttributes } from '../known-attributes.ts';
import type { Page } from '../page.ts';
import { type ActivityConditions, type Asker, attributesIn, readActivityFilter } from './activity-filter.ts';
import {
  attributesOf,
  countApart,
  type FacetQuestion,
  type FoundFacet,
  readFacets,
  showFacets,
} from './facets.ts';
import { type LeadConditions, readLeadFilter } from './lead-filter.ts';
import { nothing } from './nothing.ts';

/** A question for matches; its fields have defaults. */
type SearchQuestion<Conditions, Sort> = {
  /** In the query language of `domain/text`. */
  readonly query?: Optional<string>;
  readonly filter?: Optional<Conditions>;
  readonly sort?: Optional<Sort>;
  readonly first?: Optional<number>;
  /** A cursor of a page of the same question. */
  readonly after?: Optional<string>;
  /** The parts of the answer that cost extra work. */
  readonly needs: { readonly highlights: boolean; readonly total: boolean };
};
type LeadSearchQuestion = SearchQuestion<LeadConditions, LeadSort>;
type ActivitySearchQuestion = SearchQuestion<ActivityConditions, ActivitySort> & {
  readonly facets?: Optional<readonly FacetQuestion[]>;
  readonly needs: {
    readonly highlights: boolean;
    readonly total: boolean;
    readonly facets: boolean;
    /** Of facets, the matches beyond their values. */
    readonly facetTotals: boolean;
  };
};

/** Hits as the viewer may see them. */
export type Found = Page<Hit<string>> & {
  readonly facets: readonly FoundFacet[];
  /** The number of matches. @param isExact whether a lower bound of a large number is not enough */
  total(isExact: boolean): Promise<{ readonly value: number; readonly isExact: boolean }>;
};

/**
 * Search as far as a viewer may ask and see. Personal data is neither found nor shown without `leads:pii`.
 * @throws DomainError `BAD_USER_INPUT` or `FORBIDDEN` at the field of the question that is wrong or personal
 */
export type Search = {
  activities(viewer: Viewer, question: ActivitySearchQuestion, signal: AbortSignal): Promise<Found>;
  leads(viewer: Viewer, question: LeadSearchQuestion, signal: AbortSignal): Promise<Found>;
};

const MAX_PAGE = 200;
const DEFAULT_PAGE = 20;

export type SearchOptions = {
  readonly search: ActivitySearch;
  readonly types: Pick<ActivityTypes, 'list'>;
  readonly requireAttributes: RequireAttributes;
};

export const createSearch = (options: SearchOptions): Search => ({
  activities: (viewer, question, signal) => searchActivities(options, viewer, question, signal),
  leads: (viewer, question, signal) => searchLeads(options, viewer, question, signal),
});

type Common = Pick<SearchRequest<unknown, unknown>, 'query' | 'first' | 'highlight' | 'total'>;

const commonOf = ({ query, first, needs }: SearchQuestion<unknown, unknown>): Common => ({
  query: query ? parseTextQuery(query) : null,
  first: pageSize(first, MAX_PAGE, DEFAULT_PAGE),
  highlight: needs.highlights,
  total: needs.total ? 'bounded' : null,
});

/** A query without a letter or digit finds nothing, and a blank query asks for everything. */
const searchOf = (text: Optional<string>, { query }: Common, search: ActivitySearch): ActivitySearch =>
  query === null && text?.trim() ? nothing : search;

/** The viewer's privacy, with the types of the tenant where they decide about it. */
async function askerOf({ types }: SearchOptions, viewer: Viewer, signal: AbortSignal): Promise<Asker> {
  const privacy = privacyOf(viewer);
  return { privacy, types: privacy.pii ? [] : await types.list(viewer.tenant, signal) };
}

async function searchActivities(
  options: SearchOptions,
  viewer: Viewer,
  question: ActivitySearchQuestion,
  signal: AbortSignal,
): Promise<Found> {
  const { tenant } = viewer;
  const asker = await askerOf(options, viewer, signal);
  const { privacy } = asker;
  const common = commonOf(question);
  const search = searchOf(question.query, common, options.search);
  const filter = readActivityFilter(question.filter, asker);
  const read = readFacets(question.facets, asker, question.needs.facetTotals);
  const facets = question.needs.facets ? read : [];
  const asked = [...attributesIn(question.filter), ...attributesOf(read)];
  await options.requireAttributes(viewer, asked, signal);
  const sort: ActivitySort = question.sort ?? (common.query ? 'RELEVANCE' : 'NEWEST');
  const scope: CursorScope = {
    tenantId: tenant.id,
    query: ['searchActivities', common.query, filter as Json, sort, privacy.pii],
  };
  const request = {
    ...common,
    filter,
    sort,
    pii: privacy.pii,
    after: question.after ? decodeCursor(scope, question.after) : null,
    facets: facets.filter(({ ignoreOwnFilter }) => !ignoreOwnFilter),
  };
  const withoutHits = { ...request, first: 0, after: null, highlight: false };
  const countFacets = async (remaining: ActivityFilter | null, counted: readonly FacetRequest[]) => {
    const count = { ...withoutHits, filter: remaining, total: null, facets: counted };
    return (await search.searchActivities(tenant, count, signal)).facets;
  };
  const [page, apart] = await Promise.all([
    search.searchActivities(tenant, request, signal),
    countApart(facets, filter, countFacets),
  ]);
  const within = page.facets.values();
  const counts = apart.flatMap((result) => result ?? within.next().value ?? []);
  const countAll = () =>
    search.searchActivities(tenant, { ...withoutHits, facets: [], total: 'exact' }, signal);
  return foundOf(page, scope, privacy, countAll, showFacets(facets, counts, privacy));
}

async function searchLeads(
  { search: everywhere }: SearchOptions,
  viewer: Viewer,
  question: LeadSearchQuestion,
  signal: AbortSignal,
): Promise<Found> {
  const { tenant } = viewer;
  const privacy = privacyOf(viewer);
  const { pii } = privacy;
  const common = commonOf(question);
  const search = searchOf(question.query, common, everywhere);
  const filter = readLeadFilter(question.filter, privacy);
  const sort: LeadSort = question.sort ?? (common.query ? 'RELEVANCE' : 'LAST_SEEN');
  const scope: CursorScope = {
    tenantId: tenant.id,
    query: ['searchLeads', common.query, filter as Json, sort, pii],
  };
  const after = question.after ? decodeCursor(scope, question.after) : null;
  const request = { ...common, filter, sort, pii, after };
  const all = { ...request, first: 0, after: null, highlight: false, total: 'exact' } as const;
  const page = await search.searchLeads(tenant, request, signal);
  return foundOf(page, scope, privacy, () => search.searchLeads(tenant, all, signal), []);
}

function foundOf(
  page: SearchPage<string>,
  scope: CursorScope,
  privacy: Privacy,
  countAll: () => Promise<Pick<SearchPage<string>, 'total'>>,
  facets: readonly FoundFacet[],
): Found {
  return {
    items: page.hits.map((hit) => showHighlights(hit, privacy)),
    hasNextPage: page.hasNextPage,
    cursorOf: ({ position }) => encodeCursor(scope, position),
    facets,
    async total(isExact) {
      const known = page.total && (page.total.exact || !isExact) ? page.total : (await countAll()).total;
      return { value: known?.value ?? 0, isExact: known?.exact ?? false };
    },
  };
}

/** Names of attributes are part of the names of fields, and a sender chooses them. */
const showHighlights = (hit: Hit<string>, privacy: Privacy): Hit<string> => ({
  ...hit,
  highlights: hit.highlights.map((highlight) => ({ ...highlight, field: privacy.text(highlight.field) })),
});
