import type { ActivityFilter, ActivityKeywordField, LeadFilter } from '../../domain/filter.ts';
import type { ActivityId } from '../../domain/ids.ts';
import type { Json } from '../../domain/json.ts';
import type { LeadKey } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import type { TextQuery } from '../../domain/text/text-query.ts';
import type { Calendar, Grain } from '../../domain/time/buckets.ts';

/**
 * A field to count by: a keyword field, or an attribute (its string, number or boolean values). With `types` only
 * activities of these types are counted.
 */
export type FacetField =
  | { readonly kind: 'field'; readonly field: Exclude<ActivityKeywordField, 'leadKey' | 'messageId'> }
  | { readonly kind: 'attribute'; readonly name: string; readonly types?: readonly string[] }
  | { readonly kind: 'time'; readonly grain: Grain; readonly calendar: Calendar };

export type FacetRequest = {
  readonly name: string;
  readonly field: FacetField;
  readonly limit: number;
  /** Whether to count matches without any of the values, too. */
  readonly totals?: boolean;
};
/**
 * Values with counts, most first, then by value. A `time` facet has the last `limit` spans between the first and the
 * last match, also spans without a match. Its values are ISO starts of spans.
 */
export type FacetResult = {
  readonly name: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** Of all matches, those that none of the values counts; there when it was asked for. */
  readonly totals?: {
    /** Matches with a value beyond `limit`; of time spans, before the first span. */
    readonly others: number;
    /** Matches without a value, or with a value that the caller may not see. */
    readonly missing: number;
  };
};

export type ActivitySort = 'RELEVANCE' | 'NEWEST' | 'OLDEST';
export type LeadSort = 'RELEVANCE' | 'LAST_SEEN' | 'FIRST_SEEN';

export type SearchRequest<Filter, Sort> = {
  /** Null: everything that passes the filter, all of score 1. */
  readonly query: TextQuery | null;
  readonly filter: Filter | null;
  readonly sort: Sort;
  /** 0: no hits are wanted, only the total or the facets. */
  readonly first: number;
  /** The `position` of the last hit of the page before. */
  readonly after: readonly Json[] | null;
  readonly highlight: boolean;
  /** Count all matches, or stop at `TOTAL_BOUND` and say "at least". Null: don't count. */
  readonly total: 'exact' | 'bounded' | null;
  /** Whether personal data (e-mail, traits, attributes declared `pii`) may be searched and highlighted. */
  readonly pii: boolean;
};

/** Counting stops here unless the exact total is asked for. */
export const TOTAL_BOUND = 10_000;

export type Highlight = { readonly field: string; readonly fragments: readonly string[] };
export type Hit<Id> = {
  readonly id: Id;
  readonly score: number;
  readonly highlights: readonly Highlight[];
  /** For the cursor: the values of the sort, ending in a unique one. */
  readonly position: readonly Json[];
};
export type SearchPage<Id> = {
  readonly hits: readonly Hit<Id>[];
  readonly hasNextPage: boolean;
  readonly total: { readonly value: number; readonly exact: boolean } | null;
  readonly facets: readonly FacetResult[];
};

/** Full-text search. A page with `hasNextPage` is never empty; pages neither repeat nor skip a hit. */
export interface ActivitySearch {
  searchActivities(
    tenant: Tenant,
    request: SearchRequest<ActivityFilter, ActivitySort> & { readonly facets: readonly FacetRequest[] },
    signal: AbortSignal,
  ): Promise<SearchPage<ActivityId>>;
  searchLeads(
    tenant: Tenant,
    request: SearchRequest<LeadFilter, LeadSort>,
    signal: AbortSignal,
  ): Promise<SearchPage<LeadKey>>;
}
