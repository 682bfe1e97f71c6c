import type { LeadFilter } from '../../../domain/filter.ts';
import type { TextQuery } from '../../../domain/text/text-query.ts';
import { currentTraits, GROUP_ID, isOfGroup, type TimedValues } from '../../../domain/trait-merge.ts';
import type { Queryable } from '../../db/db.ts';
import { visitLead, type Weight } from '../activity-texts.ts';
import { createHighlighter } from '../highlight.ts';
import { type Highlight, type Hit, type LeadSort, type SearchRequest, TOTAL_BOUND } from '../port.ts';
import { readPosition } from '../position.ts';
import { weightsFor } from '../ranking.ts';
import { combineSql, Params, rangeSql } from './params.ts';
import { hasSql, pointsSql, tsqueryText } from './tsquery.ts';

export type LeadRequest = SearchRequest<LeadFilter, LeadSort>;
type Row = { readonly key: string; readonly sorted: number; readonly score: number };
type Found = { readonly key: string; readonly score: number; readonly position: Hit<string>['position'] };

const SORT_VALUE = { RELEVANCE: 'score', LAST_SEEN: 'last_seen', FIRST_SEEN: 'first_seen' } as const;

/**
 * People, each made of the rows of all linked identities. Words and conditions apply to all rows of a person together.
 * So each word, and each condition, is a column of an aggregate over them.
 */
export class LeadMatches {
  readonly #q: Queryable;
  readonly #tenantId: string;
  readonly #request: LeadRequest;

  constructor(q: Queryable, tenantId: string, request: LeadRequest) {
    this.#q = q;
    this.#tenantId = tenantId;
    this.#request = request;
  }

  /** WITH … persons AS (key, score, first_seen, last_seen of all that match). */
  #persons(params: Params): string {
    const { query, filter, pii } = this.#request;
    const tenant = params.bind(this.#tenantId);
    const columns: string[] = [];
    const column = (sql: string): string => `c${columns.push(`${sql} AS c${columns.length}`) - 1}`;
    const tsquery = (node: TextQuery): string => `${params.bind(tsqueryText(node, pii))}::tsquery`;

    // Only people of whom some row has a word that a match can't do without. Subqueries and arrays, not joins:
    // they use indexes whatever the planner believes, which without statistics is far off.
    const needed = query && neededOf(query);
    const key = needed
      ? `coalesce((SELECT l.canonical_key FROM lead_links l WHERE l.tenant_id = ${tenant} AND l.lead_key = r.lead_key), r.lead_key)`
      : 'coalesce(l.canonical_key, r.lead_key)';
    const links = needed
      ? ''
      : `LEFT JOIN lead_links l ON l.tenant_id = ${tenant} AND l.lead_key = r.lead_key`;
    const keys = 'ARRAY(SELECT key FROM candidates)';
    const candidates = needed
      ? `candidates AS MATERIALIZED (
           SELECT DISTINCT ${key} AS key FROM leads r
           WHERE r.tenant_id = ${tenant} AND ARRAY[r.tenant_id] @> ARRAY[${tenant}] AND r.search @@ ${tsquery(needed)}),`
      : '';
    const among = needed
      ? `AND r.lead_key = ANY(${keys} || ARRAY(
           SELECT lead_key FROM lead_links WHERE tenant_id = ${tenant} AND canonical_key = ANY(${keys})))`
      : '';

    const has = once((leaf: TextQuery, weight: Weight) =>
      column(`bool_or(${hasSql(leaf, weight, 'search', params)})`),
    );
    const holds = (part: TextQuery): string =>
      textSql(
        part,
        (leaf) =>
          `(${weightsFor(pii)
            .map((weight) => has(leaf, weight))
            .join(' OR ')})`,
      );
    const tests: string[] = [];
    if (query) tests.push(holds(query));
    if (filter) tests.push(combineSql(filter, (leaf) => filterSql(leaf, column, params)));
    const score = query ? pointsSql(query, pii, has, holds) : '1::float8';
    const selected = [
      'key',
      'min(first_seen_at) AS first_seen',
      'max(last_seen_at) AS last_seen',
      ...columns,
    ];
    return `WITH ${candidates}
      identities AS (
        SELECT r.*, ${key} AS key FROM leads r ${links} WHERE r.tenant_id = ${tenant} ${among}),
      groups AS (SELECT ${selected.join(', ')} FROM identities GROUP BY key),
      persons AS (SELECT key, first_seen, last_seen, (${score}) AS score FROM groups WHERE ${tests.length === 0 ? 'true' : tests.join(' AND ')})`;
  }

  /** Up to one hit more than the page, which shows whether a next page exists. */
  async hits(): Promise<readonly Found[]> {
    const { query, after, first } = this.#request;
    const sort = this.#request.sort === 'RELEVANCE' && !query ? 'LAST_SEEN' : this.#request.sort;
    const from = after && readPosition(after, [sort === 'RELEVANCE' ? 'score' : 'time', 'key']);
    const params = new Params();
    const persons = this.#persons(params);
    const value = SORT_VALUE[sort];
    const type = sort === 'RELEVANCE' ? 'float8' : 'int8';
    const beyond = from
      ? `WHERE (${value}, key) < (${params.bind(from[0])}::${type}, ${params.bind(from[1])})`
      : '';
    const rows = await this.#q.query<Row>(
      `${persons} SELECT key, ${value} AS sorted, score FROM persons ${beyond}
       ORDER BY ${value} DESC, key DESC LIMIT ${params.bind(first + 1)}`,
      params.values,
    );
    return rows.map(({ key, sorted, score }) => ({ key, score, position: [sorted, key] }));
  }

  async total(kind: 'exact' | 'bounded'): Promise<{ value: number; exact: boolean }> {
    const params = new Params();
    const bound = kind === 'bounded' ? `LIMIT ${TOTAL_BOUND + 1}` : '';
    const [row] = await this.#q.query<{ n: number }>(
      `${this.#persons(params)} SELECT count(*) AS n FROM (SELECT 1 FROM persons ${bound}) AS matches`,
      params.values,
    );
    const n = row?.n ?? 0;
    return kind === 'bounded' && n > TOTAL_BOUND
      ? { value: TOTAL_BOUND, exact: false }
      : { value: n, exact: true };
  }

  /** Highlights by lead key. */
  async highlights(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Highlight[]>> {
    const { query, highlight, pii } = this.#request;
    if (!query || !highlight || keys.length === 0) return new Map();
    const rows = await this.#q.query<TextRow>(
      `SELECT m.key, r.lead_key, r.identity_kind, r.identity, r.email, r.traits
       FROM (SELECT k AS key, k AS lead_key FROM unnest($2::text[]) AS k
             UNION ALL SELECT canonical_key, lead_key FROM lead_links WHERE tenant_id = $1 AND canonical_key = ANY($2)) AS m
       JOIN leads r ON r.tenant_id = $1 AND r.lead_key = m.lead_key
       ORDER BY m.key, r.lead_key <> m.key, r.lead_key`,
      [this.#tenantId, keys],
    );
    const highlightsOf = createHighlighter(query, pii);
    return new Map(
      [...Map.groupBy(rows, (row) => row.key)].map(([key, group]) => [
        key,
        highlightsOf((visit) => {
          for (const row of group) {
            const isOwn = row.lead_key === key && row.identity_kind === 'known';
            visitLead(
              { identity: row.identity, email: row.email, traits: currentTraits(row.traits) },
              (field, text, weight) =>
                visit(field === 'externalId' && !isOwn ? 'aliases' : field, text, weight),
            );
          }
        }),
      ]),
    );
  }
}

type TextRow = {
  readonly key: string;
  readonly lead_key: string;
  readonly identity_kind: 'known' | 'anonymous';
  readonly identity: string;
  readonly email: string | null;
  readonly traits: TimedValues;
};

/** Gives the same column again for the same word and weight. */
function once(make: (leaf: TextQuery, weight: Weight) => string): typeof make {
  const made = new Map<TextQuery, Map<Weight, string>>();
  return (leaf, weight) => {
    const columns = made.get(leaf) ?? new Map<Weight, string>();
    made.set(leaf, columns);
    const column = columns.get(weight) ?? make(leaf, weight);
    columns.set(weight, column);
    return column;
  };
}

/** A query over columns that say, of each word and phrase, whether a person has it. */
function textSql(query: TextQuery, columnOf: (leaf: TextQuery) => string): string {
  if (query.op === 'not') return `(NOT ${textSql(query.part, columnOf)})`;
  if (query.op === 'and' || query.op === 'or')
    return `(${query.parts.map((part) => textSql(part, columnOf)).join(query.op === 'and' ? ' AND ' : ' OR ')})`;
  return columnOf(query);
}

/**
 * A word that at least one row of every match has: the longest required word, which is mostly the rarest. Null when a
 * person can match without words.
 */
function neededOf(query: TextQuery): TextQuery | null {
  switch (query.op) {
    case 'word':
    case 'prefix':
    case 'phrase':
      return query;
    case 'not':
      return null;
    case 'or': {
      const parts = query.parts.flatMap((part) => neededOf(part) ?? []);
      return parts.length === query.parts.length ? { op: 'or', parts } : null;
    }
    case 'and': {
      const parts = query.parts.flatMap((part) => neededOf(part) ?? []);
      return parts.sort((a, b) => shortest(b) - shortest(a))[0] ?? null;
    }
    default:
      return query satisfies never;
  }
}

function shortest(query: TextQuery): number {
  if (query.op === 'word' || query.op === 'prefix') return query.token.length;
  if (query.op === 'phrase') return query.tokens.join('').length;
  if (query.op === 'not') return 0;
  return Math.min(...query.parts.map(shortest));
}

type LeadCondition = Exclude<LeadFilter, { op: 'and' | 'or' | 'not' }>;

/** A condition over a person: values of several identities count as `readPersons` of the store merges them. */
function filterSql(leaf: LeadCondition, column: (sql: string) => string, params: Params): string {
  switch (leaf.op) {
    case 'in':
      return leaf.field === 'externalId'
        ? column(`bool_or(identity_kind = 'known' AND identity = ANY(${params.bind(leaf.values)}::text[]))`)
        : column(
            `lower((array_agg(email ORDER BY email_at DESC, coalesce(to_json(email)::text, 'null') COLLATE "C" DESC)
             FILTER (WHERE email_at IS NOT NULL))[1]) = ANY(${params.bind(leaf.values.map((email) => email.toLowerCase()))}::text[])`,
          );
    case 'isKnown':
      return `${column("bool_or(lead_key = key AND identity_kind = 'known')")} = ${params.bind(leaf.value)}`;
    case 'time':
      return rangeSql(leaf.field === 'firstSeenAt' ? 'first_seen' : 'last_seen', leaf.range, 'int8', params);
    case 'trait': {
      const winner = (name: string): string => {
        const trait = `traits -> ${params.bind(name)}::text`;
        return `(array_agg(${trait} ORDER BY (${trait} ->> 't')::int8 DESC, (${trait} -> 'v')::text COLLATE "C" DESC)
          FILTER (WHERE ${trait} IS NOT NULL))[1]`;
      };
      const said = winner(leaf.name);
      const holds = column(`${said} -> 'v' = ANY(${params.bindJson(leaf.values)})`);
      if (!isOfGroup(leaf.name)) return holds;
      // Of a group's trait, only while the person is of that group.
      return `(${holds} AND ${column(`coalesce(${said} ->> 'g' = ${winner(GROUP_ID)} ->> 'v', ${said} -> 'g' IS NULL)`)})`;
    }
    default:
      return leaf satisfies never;
  }
}
