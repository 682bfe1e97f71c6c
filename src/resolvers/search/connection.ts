import { CAMPAIGN } from '../../domain/activity.ts';
import type { IdKind } from '../../domain/ids.ts';
import type { Found } from '../../services/search/service.ts';
import { pageInfo } from '../paging.ts';
import { type Reference, referTo } from '../reference.ts';
import type {
  ActivitySearchConnectionResolvers,
  ActivitySearchEdgeResolvers,
  LeadSearchConnectionResolvers,
  LeadSearchEdgeResolvers,
  ResolversTypes,
} from './generated.ts';

/** A page of hits; references and cursors are made only where a document selects them. */
export type SearchConnection = {
  readonly kind: IdKind;
  readonly found: Found;
  readonly facets: ResolversTypes['Facet'][];
  /** The cursor before the page. */
  readonly after: string | null;
};

/** `score` and `highlights` are read from it as they are. */
export type SearchEdge = Omit<Found['items'][number], 'id' | 'position'> & {
  readonly node: Reference;
  readonly cursorOf: () => string;
};

/** Facets with their campaigns as references. */
export const facetsOf = ({ facets }: Found): SearchConnection['facets'] =>
  facets.map(({ values, ...facet }) => ({
    ...facet,
    values: values.map(({ campaignId, ...value }) => ({
      ...value,
      campaign: campaignId === null ? null : referTo(CAMPAIGN, campaignId),
    })),
  }));

/** Resolvers of both connections. */
export const connection = {
  edges: ({ kind, found }) =>
    found.items.map((hit) => ({
      node: referTo(kind, hit.id),
      score: hit.score,
      highlights: hit.highlights,
      cursorOf: () => found.cursorOf(hit),
    })),
  nodes: ({ kind, found }) => found.items.map(({ id }) => referTo(kind, id)),
  pageInfo: ({ found, after }) => pageInfo(found, after),
  async total({ found }, { exact }) {
    const { value, isExact } = await found.total(exact ?? false);
    return { value, relation: isExact ? 'EXACT' : 'AT_LEAST' };
  },
} satisfies ActivitySearchConnectionResolvers & LeadSearchConnectionResolvers;

/** Resolvers of the edges of both. */
export const edge = {
  // A digest costs more than the rest of an edge.
  cursor: ({ cursorOf }) => cursorOf(),
} satisfies ActivitySearchEdgeResolvers & LeadSearchEdgeResolvers;
