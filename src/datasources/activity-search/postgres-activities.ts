import type { ActivityTypeDefinition } from '../../domain/activity-types.ts';
import { standardType } from '../../domain/activity-types.ts';
import type { ActivityFilter } from '../../domain/filter.ts';
import { activityId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Queryable } from '../db/db.ts';
import { visitActivity } from './activity-texts.ts';
import { createHighlighter } from './highlight.ts';
import {
  type ActivitySort,
  type FacetRequest,
  type Highlight,
  type Hit,
  type SearchRequest,
  TOTAL_BOUND,
} from './port.ts';
import { readPosition } from './position.ts';
import { type FacetRow, facetResults, facetsSql } from './postgres-facets.ts';
import { activityFilterSql, expandLeads } from './postgres-filter.ts';
import { Params } from './postgres-params.ts';
import { scoreSql, tsqueryText } from './postgres-tsquery.ts';

/** Of more matches than this, the newest so many are ranked; the others follow by time. */
const RANK_BOUND = 5_000;
/** `ts_rank` divided by 1 + log(length): a match in a short text counts more. */
const NORMALIZATION = 1;

export type ActivityRequest = SearchRequest<ActivityFilter, ActivitySort> & {
  readonly facets: readonly FacetRequest[];
};
type Row = {
  readonly lead_key: string;
  readonly occurred_at: number;
  readonly hash: string;
  readonly score: number;
};
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

  /** FROM and WHERE of the matches. */
  #matches(params: Params): string {
    const { query, pii } = this.#request;
    const tenant = params.bind(this.#tenantId);
    const tests = [`tenant_id = ${tenant}`];
    if (query) {
      // Says of the tenant what its column says already, in the words of the inverted index.
      tests.push(
        `ARRAY[tenant_id] @> ARRAY[${tenant}]`,
        `search @@ ${params.bind(tsqueryText(query, pii))}::tsquery`,
      );
    }
    if (this.#filter) tests.push(activityFilterSql(this.#filter, pii, params));
    return `FROM activities WHERE ${tests.join(' AND ')}`;
  }

  /** Up to one hit more than the page, which tells whether there is a next one. */
  async hits(): Promise<readonly Found[]> {
    const { query, sort, after, first } = this.#request;
    if (sort === 'RELEVANCE' && query) return this.#byRelevance();
    const from = after && readPosition(after, ['time', 'key']);
    return this.#byTime(sort === 'OLDEST' ? 'ASC' : 'DESC', from, first + 1, query ? 0 : 1);
  }

  async #byTime(
    direction: 'ASC' | 'DESC',
    after: readonly [number, string] | null,
    limit: number,
    score: number,
  ): Promise<Found[]> {
    const params = new Params();
    const source = this.#matches(params);
    const comparison = direction === 'ASC' ? '>' : '<';
    const beyond = after
      ? ` AND (occurred_at, hash) ${comparison} (${params.bind(after[0])}::int8, ${params.bind(after[1])})`
      : '';
    const rows = await this.#q.query<Omit<Row, 'score'>>(
      `SELECT lead_key, occurred_at, hash ${source}${beyond}
       ORDER BY occurred_at ${direction}, hash ${direction} LIMIT ${params.bind(limit)}`,
      params.values,
    );
    return rows.map((row) => ({ row: { ...row, score }, position: [row.occurred_at, row.hash] }));
  }

  /**
   * The ranked window, then the rest by time. The end of the window is part of every position: what comes in
   * between two pages changes nothing of what belongs to the window and what to the rest.
   */
  async #byRelevance(): Promise<Found[]> {
    const limit = this.#request.first + 1;
    const after =
      this.#request.after && readPosition(this.#request.after, ['score', 'time', 'key', 'time?', 'key?']);
    let floor: readonly [number, string] | null =
      after && after[3] !== null && after[4] !== null ? [after[3], after[4]] : null;
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
    return query ? scoreSql(query, pii, 'search', NORMALIZATION, params) : '1::float8';
  }

  /** Scalar subqueries, not joins: they run once, whatever the planner believes. */
  async #firstWindow(
    limit: number,
  ): Promise<{ rows: readonly Row[]; floor: readonly [number, string] | null }> {
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
    floor: readonly [number, string] | null,
    after: readonly [number, number, string],
    limit: number,
  ): Promise<{ rows: readonly Row[]; floor: readonly [number, string] | null }> {
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
    const params = new Params();
    const source = this.#matches(params);
    return facetResults(
      facets,
      await this.#q.query<FacetRow>(facetsSql(facets, pii, source, params), params.values),
    );
  }

  /** Highlights by activity id. */
  async highlights(rows: readonly Row[]): Promise<ReadonlyMap<string, readonly Highlight[]>> {
    const { query, highlight, pii } = this.#request;
    if (!query || !highlight || rows.length === 0) return new Map();
    const texts = await this.#q.query<TextRow>(
      `SELECT lead_key, occurred_at, hash, type, campaign_id, campaign_name, asset_id, channel, source, attributes, context
       FROM activities JOIN unnest($2::text[], $3::int8[], $4::text[]) AS k(l, o, h)
         ON lead_key = k.l AND occurred_at = k.o AND hash = k.h
       WHERE tenant_id = $1`,
      [
        this.#tenantId,
        rows.map((row) => row.lead_key),
        rows.map((row) => row.occurred_at),
        rows.map((row) => row.hash),
      ],
    );
    const typeOf = await this.#types(texts.map(({ type }) => type));
    const highlightsOf = createHighlighter(query, pii);
    return new Map(
      texts.map((row) => {
        const activity = {
          type: row.type,
          campaign: row.campaign_id === null ? null : { id: row.campaign_id, name: row.campaign_name },
          assetId: row.asset_id,
          channel: row.channel,
          source: row.source,
          attributes: row.attributes,
          context: row.context,
        };
        return [idOf(row), highlightsOf((visit) => visitActivity(activity, typeOf(row.type), visit))];
      }),
    );
  }

  /** Definitions by name, which say what is personal. */
  async #types(names: readonly string[]): Promise<(name: string) => ActivityTypeDefinition | undefined> {
    const own = [...new Set(names)].filter((name) => !standardType(name));
    const rows =
      own.length === 0
        ? []
        : await this.#q.query<{ name: string; definition: ActivityTypeDefinition }>(
            'SELECT name, definition FROM activity_types WHERE tenant_id = $1 AND name = ANY($2)',
            [this.#tenantId, own],
          );
    const byName = new Map(rows.map(({ name, definition }) => [name, definition]));
    return (name) => standardType(name) ?? byName.get(name);
  }
}

type TextRow = Omit<Row, 'score'> & {
  readonly type: string;
  readonly campaign_id: string | null;
  readonly campaign_name: string | null;
  readonly asset_id: string | null;
  readonly channel: string;
  readonly source: string;
  readonly attributes: JsonObject;
  readonly context: JsonObject;
};

export const idOf = (row: Omit<Row, 'score'>): string =>
  activityId({ leadKey: row.lead_key, occurredAt: row.occurred_at, hash: row.hash });

/** In the order of the list: newest first, and among the same time by hash (ASCII, as collation "C" has it). */
const isOlder = (a: readonly [number, string], b: readonly [number, string]): boolean =>
  a[0] !== b[0] ? a[0] < b[0] : a[1] < b[1];
