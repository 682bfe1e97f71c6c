import type { ActivityFilter } from '../../../domain/filter.ts';
import type { Queryable } from '../../db/db.ts';
import { type ActivitySort, type FacetRequest, type Hit, type SearchRequest, TOTAL_BOUND } from '../port.ts';
import { readPosition } from '../position.ts';
import { RANK_BOUND } from '../ranking.ts';
import { isTimeFacet, spansOf } from '../time-spans.ts';
import { type FacetRow, facetResults, facetsSql, type Spans } from './facets.ts';
import { activityFilterSql, expandLeads } from './filter.ts';
import type { RowKey } from './keys.ts';
import { Params } from './params.ts';
import { activityScoreSql, tsqueryText } from './tsquery.ts';

/** Common words are found among the next so many activities by time; for rare words that is little to read. */
const WALK = 2_000;
/** Of all times that a row can have. */
const MAX_TIME = 2 ** 48;

export type ActivityRequest = SearchRequest<ActivityFilter, ActivitySort> & {
  readonly facets: readonly FacetRequest[];
};
type Row = RowKey & { readonly score: number };
type Place = readonly [occurredAt: number, hash: string];
type Found = { readonly row: Row; readonly position: Hit<string>['position'] };

/** One search over the activities of a tenant: each method runs one statement over the same matches. */
export class ActivityMatches {
  readonly #q: Queryable;
  readonly #tenantId: string;
  readonly #request: ActivityRequest;
  readonly #filter: ActivityFilter | null;

  private constructor(
    q: Queryable,
    tenantId: string,
    request: ActivityRequest,
    filter: ActivityFilter | null,
  ) {
    this.#q = q;
    this.#tenantId = tenantId;
    this.#request = request;
    this.#filter = filter;
  }

  static async of(q: Queryable, tenantId: string, request: ActivityRequest): Promise<ActivityMatches> {
    return new ActivityMatches(
      q,
      tenantId,
      request,
      request.filter && (await expandLeads(request.filter, tenantId, q)),
    );
  }

  /**
   * The condition of a match. `byIndex`: in the words of the inverted index alone, so that no other index fits. The
   * array and the column name the same tenant.
   */
  #condition(params: Params, byIndex = false): string {
    const { query, pii } = this.#request;
    const tenant = params.bind(this.#tenantId);
    const tests = query && byIndex ? [] : [`tenant_id = ${tenant}`];
    if (query)
      tests.push(
        `ARRAY[tenant_id] @> ARRAY[${tenant}]`,
        `search @@ ${params.bind(tsqueryText(query, pii))}::tsquery`,
      );
    if (this.#filter) tests.push(activityFilterSql(this.#filter, pii, params));
    return tests.join(' AND ');
  }

  #matches(params: Params): string {
    return `FROM activities WHERE ${this.#condition(params)}`;
  }

  /** Up to one hit more than the page, which shows whether a next page exists. */
  async hits(): Promise<readonly Found[]> {
    const { query, sort, after, first } = this.#request;
    if (sort === 'RELEVANCE' && query) return this.#byRelevance();
    const from = after && readPosition(after, ['time', 'key']);
    return this.#byTime(sort === 'OLDEST' ? 'ASC' : 'DESC', from, first + 1, query ? 0 : 1);
  }

  /**
   * Matches in the order of time. First it reads the next few activities, which contain common words. Rarer words are
   * read from the inverted index and sorted. The planner would choose by statistics that know nothing of rare words.
   */
  async #byTime(direction: Direction, after: Place | null, limit: number, score: number): Promise<Found[]> {
    const near = this.#request.query ? await this.#walk(direction, after, limit) : [];
    const rows = near.length === limit ? near : await this.#sorted(direction, after, limit);
    return rows.map((row) => ({ row: { ...row, score }, position: [row.occurred_at, row.hash] }));
  }

  /**
   * The bound is a row of three columns, not an equality of the tenant. With it the planner uses the order of the index
   * even without statistics. Rows of the next tenant fall to the condition.
   */
  #walk(direction: Direction, after: Place | null, limit: number): Promise<RowKey[]> {
    const params = new Params();
    const [occurredAt, hash] = after ?? [direction === 'DESC' ? MAX_TIME : -1, ''];
    const from = beginOf(this.#filter, direction);
    const start: Place =
      from !== null && isBeyond(from, occurredAt, direction) ? [from, ''] : [occurredAt, hash];
    const place = `(${params.bind(this.#tenantId)}, ${params.bind(start[0])}::int8, ${params.bind(start[1])})`;
    return this.#q.query<RowKey>(
      `SELECT lead_key, occurred_at, hash FROM (
         SELECT * FROM activities WHERE (tenant_id, occurred_at, hash) ${BEYOND[direction]} ${place}
         ORDER BY tenant_id ${direction}, occurred_at ${direction}, hash ${direction} LIMIT ${WALK}) AS near
       WHERE ${this.#condition(params)}
       ORDER BY occurred_at ${direction}, hash ${direction} LIMIT ${params.bind(limit)}`,
      params.values,
    );
  }

  #sorted(direction: Direction, after: Place | null, limit: number): Promise<RowKey[]> {
    const params = new Params();
    const condition = this.#condition(params, true);
    const beyond = after
      ? ` AND (occurred_at, hash) ${BEYOND[direction]} (${params.bind(after[0])}::int8, ${params.bind(after[1])})`
      : '';
    return this.#q.query<RowKey>(
      `SELECT lead_key, occurred_at, hash FROM activities WHERE ${condition}${beyond}
       ORDER BY occurred_at ${direction}, hash ${direction} LIMIT ${params.bind(limit)}`,
      params.values,
    );
  }

  /**
   * The ranked window, then the rest by time. The end of the window is part of every position. So activities that
   * arrive between two pages don't move it.
   */
  async #byRelevance(): Promise<Found[]> {
    const limit = this.#request.first + 1;
    const after =
      this.#request.after && readPosition(this.#request.after, ['score', 'time', 'key', 'time?', 'key?']);
    let floor: Place | null = after && after[3] !== null && after[4] !== null ? [after[3], after[4]] : null;
    const inRest = after !== null && floor !== null && isOlder([after[1], after[2]], floor);
    const found: Found[] = [];
    if (!inRest) {
      const page = after
        ? await this.#window(floor, [after[0], after[1], after[2]], limit)
        : await this.#firstWindow(limit);
      floor = page.floor;
      for (const row of page.rows)
        found.push({
          row,
          position: [row.score, row.occurred_at, row.hash, floor?.[0] ?? null, floor?.[1] ?? null],
        });
    }
    if (floor === null || found.length >= limit) return found;
    const rest = await this.#byTime(
      'DESC',
      inRest && after ? [after[1], after[2]] : floor,
      limit - found.length,
      0,
    );
    const [floorTime, floorHash] = floor;
    return [
      ...found,
      ...rest.map(({ row }) => ({ row, position: [0, row.occurred_at, row.hash, floorTime, floorHash] })),
    ];
  }

  #score(params: Params): string {
    const { query, pii } = this.#request;
    return query ? activityScoreSql(query, pii, 'search', params) : '1::float8';
  }

  /** Scalar subqueries, not joins: they run once, whatever the planner believes. */
  async #firstWindow(limit: number): Promise<{ rows: readonly Row[]; floor: Place | null }> {
    const params = new Params();
    const source = this.#matches(params);
    const rows = await this.#q.query<Row & { floor_at: number | null; floor_hash: string | null }>(
      `WITH newest AS MATERIALIZED (
         SELECT lead_key, occurred_at, hash, search ${source}
         ORDER BY occurred_at DESC, hash DESC LIMIT ${RANK_BOUND + 1}),
       floor AS MATERIALIZED (
         SELECT occurred_at, hash FROM newest
         WHERE (SELECT count(*) FROM newest) > ${RANK_BOUND}
         ORDER BY occurred_at DESC, hash DESC OFFSET ${RANK_BOUND - 1} LIMIT 1)
       SELECT lead_key, occurred_at, hash, ${this.#score(params)} AS score,
              (SELECT occurred_at FROM floor) AS floor_at, (SELECT hash FROM floor) AS floor_hash
       FROM newest
       WHERE (SELECT hash FROM floor) IS NULL
          OR (occurred_at, hash) >= ((SELECT occurred_at FROM floor), (SELECT hash FROM floor))
       ORDER BY score DESC, occurred_at DESC, hash DESC LIMIT ${params.bind(limit)}`,
      params.values,
    );
    const [row] = rows;
    const floor =
      row && row.floor_at !== null && row.floor_hash !== null
        ? ([row.floor_at, row.floor_hash] as const)
        : null;
    return { rows, floor };
  }

  async #window(
    floor: Place | null,
    after: readonly [number, number, string],
    limit: number,
  ): Promise<{ rows: readonly Row[]; floor: Place | null }> {
    const params = new Params();
    const source = this.#matches(params);
    const within = floor
      ? ` AND (occurred_at, hash) >= (${params.bind(floor[0])}::int8, ${params.bind(floor[1])})`
      : '';
    const [score, occurredAt, hash] = after;
    const rows = await this.#q.query<Row>(
      `SELECT lead_key, occurred_at, hash, score FROM (
         SELECT lead_key, occurred_at, hash, ${this.#score(params)} AS score ${source}${within}) AS ranked
       WHERE (score, occurred_at, hash) < (${params.bind(score)}::float8, ${params.bind(occurredAt)}::int8, ${params.bind(hash)})
       ORDER BY score DESC, occurred_at DESC, hash DESC LIMIT ${params.bind(limit)}`,
      params.values,
    );
    return { rows, floor };
  }

  async total(kind: 'exact' | 'bounded'): Promise<{ value: number; exact: boolean }> {
    const params = new Params();
    const source = this.#matches(params);
    const bound = kind === 'bounded' ? `LIMIT ${TOTAL_BOUND + 1}` : '';
    const [row] = await this.#q.query<{ n: number }>(
      `SELECT count(*) AS n FROM (SELECT 1 ${source} ${bound}) AS matches`,
      params.values,
    );
    const n = row?.n ?? 0;
    return kind === 'bounded' && n > TOTAL_BOUND
      ? { value: TOTAL_BOUND, exact: false }
      : { value: n, exact: true };
  }

  async facets() {
    const { facets, pii } = this.#request;
    if (facets.length === 0) return [];
    const spans = await this.#spans();
    const params = new Params();
    const source = this.#matches(params);
    const text = facetsSql(facets, spans, pii, source, params);
    return facetResults(facets, spans, await this.#q.query<FacetRow>(text, params.values));
  }

  async #spans(): Promise<Spans> {
    const asked = this.#request.facets.flatMap((facet, index) =>
      isTimeFacet(facet) ? [[index, facet] as const] : [],
    );
    if (asked.length === 0) return new Map();
    const params = new Params();
    const source = this.#matches(params);
    const [row] = await this.#q.query<{ first: number | null; last: number | null }>(
      `SELECT min(occurred_at) AS first, max(occurred_at) AS last ${source}`,
      params.values,
    );
    const { first = null, last = null } = row ?? {};
    const extent = first === null || last === null ? null : { first, last };
    return new Map(asked.map(([index, facet]) => [index, spansOf(facet, extent)]));
  }
}

type Direction = 'ASC' | 'DESC';
const BEYOND = { ASC: '>', DESC: '<' } as const;

/** The time before which, in the direction, nothing passes the filter; null when it says nothing of it. */
function beginOf(filter: ActivityFilter | null, direction: Direction): number | null {
  if (filter?.op === 'and') {
    const begins = filter.filters.flatMap((part) => beginOf(part, direction) ?? []);
    if (begins.length === 0) return null;
    return direction === 'DESC' ? Math.min(...begins) : Math.max(...begins);
  }
  if (filter?.op !== 'time' || filter.field !== 'occurredAt') return null;
  const { gt, gte, lt, lte } = filter.range;
  // One more, so that the bound itself is read; the filter judges it.
  if (direction === 'DESC')
    return lt !== undefined || lte !== undefined ? Math.min(lt ?? MAX_TIME, lte ?? MAX_TIME) + 1 : null;
  return gt !== undefined || gte !== undefined ? Math.max(gt ?? 0, gte ?? 0) - 1 : null;
}

const isBeyond = (time: number, than: number, direction: Direction): boolean =>
  direction === 'DESC' ? time < than : time > than;

/** In the order of the list: newest first, and among the same time by hash (ASCII, as collation "C" has it). */
const isOlder = (a: readonly [number, string], b: readonly [number, string]): boolean =>
  a[0] !== b[0] ? a[0] < b[0] : a[1] < b[1];
