import type { Session } from '../../db/db.ts';
import type { TimelinePage, TimelineRequest } from '../port.ts';
import { type ActivityRow, activityColumns, activityFrom } from './rows.ts';

const OLDEST = 0;
const NEWEST = Number.MAX_SAFE_INTEGER;
/** Sorts after every hash ("C" collation): with it, `(time, hash) < (t, AFTER)` means "up to and at t". */
const AFTER = '~';

/**
 * Pages of many timelines in one round trip. For each identity of a lead the index is read backwards once, at most
 * `first + 1` rows. The newest of all these rows are the page.
 * @returns pages in the order of the requests
 */
export async function readTimelines(
  db: Session,
  tenantId: string,
  requests: readonly TimelineRequest[],
  signal: AbortSignal,
): Promise<TimelinePage[]> {
  if (requests.length === 0) return [];
  const columns = activityColumns(
    requests.some(({ details }) => details),
    'page.',
  );
  const rows = await db.query<ActivityRow & { ord: number; person: string }>(
    `SELECT r.ord, page.person, ${columns}
     FROM unnest($2::text[], $3::int8[], $4::text[], $5::int8[], $6::int8[], $7::text[]) WITH ORDINALITY
       AS r(lead_key, before_time, before_hash, from_time, n, types, ord)
     CROSS JOIN LATERAL (
       SELECT k.person, a.* FROM (
         SELECT c.canonical_key AS key, c.canonical_key AS person FROM (
           SELECT coalesce((SELECT l.canonical_key FROM lead_links l WHERE l.tenant_id = $1 AND l.lead_key = r.lead_key), r.lead_key)
             AS canonical_key) c
         UNION ALL
         SELECT l.lead_key, l.canonical_key FROM lead_links l WHERE l.tenant_id = $1 AND l.canonical_key = coalesce(
           (SELECT m.canonical_key FROM lead_links m WHERE m.tenant_id = $1 AND m.lead_key = r.lead_key), r.lead_key)
       ) k
       CROSS JOIN LATERAL (
         SELECT * FROM activities a
         WHERE a.tenant_id = $1 AND a.lead_key = k.key AND a.occurred_at >= r.from_time
           AND (a.occurred_at, a.hash) < (r.before_time, r.before_hash)
           AND (r.types IS NULL OR a.type = ANY(string_to_array(r.types, chr(31))))
         ORDER BY a.occurred_at DESC, a.hash DESC LIMIT r.n
       ) a
       ORDER BY a.occurred_at DESC, a.hash DESC LIMIT r.n
     ) page
     ORDER BY r.ord, page.occurred_at DESC, page.hash DESC`,
    [
      tenantId,
      requests.map((request) => request.leadKey),
      ...bounds(requests),
      requests.map((request) => request.from ?? OLDEST),
      requests.map((request) => request.first + 1),
      requests.map((request) => request.types?.join('\u001f') ?? null),
    ],
    { signal },
  );
  const pages = requests.map((): typeof rows => []);
  for (const row of rows) pages[row.ord - 1]?.push(row);
  return pages.map((page, index) => {
    const first = requests[index]?.first ?? 0;
    return {
      activities: page.slice(0, first).map(activityFrom),
      hasNextPage: page.length > first,
      leadKey: page[0]?.person ?? null,
    };
  });
}

/** The upper bound of each request: the position to go on from, or `to`, whichever is older. */
function bounds(requests: readonly TimelineRequest[]): [number[], string[]] {
  const times: number[] = [];
  const hashes: string[] = [];
  for (const { after, to } of requests) {
    const end = to === null ? NEWEST : to - 1;
    const atEnd = after === null || after.occurredAt > end;
    times.push(atEnd ? end : after.occurredAt);
    hashes.push(atEnd ? AFTER : after.hash);
  }
  return [times, hashes];
}
