import type { Json } from '../../../domain/json.ts';
import type { Tenant } from '../../../domain/tenant.ts';
import type { ActivitySort } from '../port.ts';
import { readPosition } from '../position.ts';
import { RANK_BOUND } from '../ranking.ts';
import type { Solr } from './cluster/connection.ts';
import { beyond } from './pages.ts';
import { not, type SolrQuery } from './query.ts';
import { type Select, type Selected, select } from './select.ts';

/** Of an activity, what a hit is made of. */
type HitDocument = {
  readonly lead_key: string;
  readonly occurred_at: number;
  readonly hash: string;
  readonly texts?: string;
};
type ScoredDocument = HitDocument & { readonly score?: number };
type FoundHit = {
  readonly document: HitDocument;
  readonly score: number;
  readonly position: readonly Json[];
};

export type HitsRequest = {
  readonly sort: ActivitySort;
  /** The scored query; null where everything matches alike. */
  readonly ranked: SolrQuery | null;
  readonly after: readonly Json[] | null;
  /** One hit more than the page, which shows whether a next page exists; 0 where no hits are wanted. */
  readonly limit: number;
  readonly matches: Pick<Select, 'query' | 'filters' | 'params'>;
  /** Of each document besides what places it. */
  readonly fields: readonly string[];
  /** Counts over all matches, with a first page. */
  readonly counts: Partial<Select>;
};

type Place = readonly [occurredAt: number, hash: string];
type Hits = {
  readonly found: readonly FoundHit[];
  /** The answer that counted all matches; null for a page that is not the first. */
  readonly all: Selected<unknown> | null;
};

const NAMES = ['occurred_at', 'hash'];

/** A page that is looked for. */
type Search = {
  readonly solr: Solr;
  readonly tenant: Tenant;
  readonly request: HitsRequest;
  readonly signal: AbortSignal;
};

/** The hits of a page of activities, by time or by score. */
export function readHits(
  solr: Solr,
  tenant: Tenant,
  request: HitsRequest,
  signal: AbortSignal,
): Promise<Hits> {
  const search: Search = { solr, tenant, request, signal };
  const { sort, ranked, after } = request;
  if (sort !== 'RELEVANCE' || ranked === null)
    return newest(search, after && readPosition(after, ['time', 'key']));
  return after ? beyondPlace(search, after) : best(search);
}

function selectHits(
  { solr, tenant, request, signal }: Search,
  part: Partial<Select>,
  filters: readonly SolrQuery[],
): Promise<Selected<ScoredDocument>> {
  const { matches, limit } = request;
  const all: Select = {
    ...matches,
    filters: [...matches.filters, ...filters],
    limit,
    fields: ['lead_key', ...NAMES, ...request.fields],
    ...part,
  };
  return select(solr, tenant, 'activities', all, signal);
}

function byTime(
  search: Search,
  from: Place | null,
  part: Partial<Select>,
): Promise<Selected<ScoredDocument>> {
  const direction = search.request.sort === 'OLDEST' ? 'asc' : 'desc';
  const filters = from ? [beyond(false, from, NAMES, direction)] : [];
  return selectHits(search, { sort: `occurred_at ${direction}, hash ${direction}`, ...part }, filters);
}

function byScore(
  search: Search,
  filters: readonly SolrQuery[],
  part: Partial<Select> = {},
): Promise<Selected<ScoredDocument>> {
  const { ranked, matches, fields } = search.request;
  const scoredPart: Partial<Select> = {
    query: ranked ?? matches.query,
    sort: 'score desc, occurred_at desc, hash desc',
    fields: ['lead_key', ...NAMES, 'score', ...fields],
    ...part,
  };
  return selectHits(search, scoredPart, filters);
}

async function newest(search: Search, place: Place | null): Promise<Hits> {
  const { counts, ranked } = search.request;
  const page = await byTime(search, place, place ? NOTHING_COUNTED : counts);
  return {
    found: page.docs.map((document) => ({
      document,
      score: ranked === null ? 1 : 0,
      position: [document.occurred_at, document.hash],
    })),
    all: place ? null : page,
  };
}

/** The first page. Few searches have more matches than are ranked, and only those are asked for three times. */
async function best(search: Search): Promise<Hits> {
  const { counts, limit } = search.request;
  const countTo = counts.countTo === undefined ? undefined : Math.max(counts.countTo, RANK_BOUND + 1);
  const all = await byScore(search, [], { ...counts, ...(countTo !== undefined && { countTo }) });
  if (all.found <= RANK_BOUND || limit === 0) return { found: scored(all.docs, null), all };
  const lastPart = { offset: RANK_BOUND - 1, limit: 1, fields: NAMES, ...NOTHING_COUNTED };
  const last = await byTime(search, null, lastPart);
  const [floor] = last.docs.map(({ occurred_at, hash }) => [occurred_at, hash] as const);
  return floor ? { found: await rankedFrom(search, floor, []), all } : { found: scored(all.docs, null), all };
}

/** A later page: ranked matches first, then the rest by time. */
async function beyondPlace(search: Search, position: readonly Json[]): Promise<Hits> {
  const [score, time, hash, ...end] = readPosition(position, ['score', 'time', 'key', 'time?', 'key?']);
  const [floorTime, floorHash] = end;
  const past = beyond(true, [score, time, hash], NAMES, 'desc');
  if (floorTime === null || floorHash === null)
    return { found: scored((await byScore(search, [past], NOTHING_COUNTED)).docs, null), all: null };
  const floor = [floorTime, floorHash] as const;
  const isRest = time < floorTime || (time === floorTime && hash < floorHash);
  return {
    found: isRest
      ? await rest(search, [time, hash], floor, search.request.limit)
      : await rankedFrom(search, floor, [past]),
    all: null,
  };
}

/** Matches above the floor by score, and then the rest as far as there is room. */
async function rankedFrom(search: Search, floor: Place, filters: readonly SolrQuery[]): Promise<FoundHit[]> {
  const { limit } = search.request;
  const isRanked = not(beyond(false, floor, NAMES, 'desc'));
  const page = scored((await byScore(search, [isRanked, ...filters], NOTHING_COUNTED)).docs, floor);
  return page.length < limit ? [...page, ...(await rest(search, floor, floor, limit - page.length))] : page;
}

/** Matches below the floor, by time. */
async function rest(search: Search, from: Place, floor: Place, count: number): Promise<FoundHit[]> {
  const { docs } = await byTime(search, from, { limit: count, ...NOTHING_COUNTED });
  return docs.map((document) => ({
    document,
    score: 0,
    position: [0, document.occurred_at, document.hash, ...floor],
  }));
}

const NOTHING_COUNTED: Pick<Select, 'countTo'> = { countTo: 1 };

/** The end of the ranked window is part of every position. So documents that arrive between two pages don't move it. */
const scored = (documents: readonly ScoredDocument[], floor: Place | null): FoundHit[] =>
  documents.map(({ score: float = 0, ...document }) => {
    // A float of 32 bits, said with as many digits as tell it from its neighbours.
    const score = Math.fround(float);
    const position = [score, document.occurred_at, document.hash, floor?.[0] ?? null, floor?.[1] ?? null];
    return { document, score, position };
  });
