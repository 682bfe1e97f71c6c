import type { Hit, SearchPage } from '../../datasources/activity-search/port.ts';
import { type CursorScope, encodeCursor } from '../../domain/cursor.ts';
import type { IdKind } from '../../domain/ids.ts';
import { pageInfo } from '../paging.ts';
import { type Reference, referTo } from '../reference.ts';
import type {
  ActivitySearchConnectionResolvers,
  ActivitySearchEdgeResolvers,
  LeadSearchConnectionResolvers,
  LeadSearchEdgeResolvers,
  ResolversTypes,
} from './generated.ts';

type Total = SearchPage<string>['total'];

/** A page of what was found; references and cursors are made only where they are asked for. */
export type SearchConnection = {
  readonly kind: IdKind;
  readonly scope: CursorScope;
  readonly page: SearchPage<string>;
  /** The cursor the page began behind. */
  readonly after: string | null;
  readonly facets: ResolversTypes['Facet'][];
  /** Counts what the page did not; it is asked only for a total beyond the page's own. */
  readonly countAll: () => Promise<Total>;
};

/** `score` and `highlights` are read from it as they are. */
export type SearchEdge = Omit<Hit<string>, 'id'> & {
  readonly node: Reference;
  readonly scope: CursorScope;
};

/** Resolvers of both connections. */
export const connection = {
  edges: ({ kind, scope, page }) =>
    page.hits.map(({ id, score, highlights, position }) => ({
      node: referTo(kind, id),
      score,
      highlights,
      position,
      scope,
    })),
  nodes: ({ kind, page }) => page.hits.map(({ id }) => referTo(kind, id)),
  pageInfo: ({ scope, page, after }) =>
    pageInfo(
      {
        items: page.hits,
        hasNextPage: page.hasNextPage,
        cursorOf: ({ position }) => encodeCursor(scope, position),
      },
      after,
    ),
  async total({ page, countAll }, { exact }) {
    const known = page.total && (page.total.exact || !exact) ? page.total : await countAll();
    return known
      ? { value: known.value, relation: known.exact ? 'EXACT' : 'AT_LEAST' }
      : { value: 0, relation: 'AT_LEAST' };
  },
} satisfies ActivitySearchConnectionResolvers & LeadSearchConnectionResolvers;

/** Resolvers of the edges of both. */
export const edge = {
  // A digest costs more than the rest of an edge.
  cursor: ({ scope, position }) => encodeCursor(scope, position),
} satisfies ActivitySearchEdgeResolvers & LeadSearchEdgeResolvers;
