import type { Activity } from '../../../domain/activity.ts';
import type { LeadKey } from '../../../domain/lead.ts';
import type { TimelinePage, TimelineRequest } from '../port.ts';
import type { Facts } from './facts.ts';
import { canonicalOf, groupOf, readToRoots, rootOf } from './groups.ts';
import {
  byTimeline,
  isFromNewest,
  isMark,
  type KeyRange,
  markOf,
  notAfter,
  rangeOf,
  wholeOf,
  withLead,
} from './keys.ts';
import { type ActivityRow, activityFrom, summaryFrom } from './rows.ts';
import { inTurn, isIn, type Scope } from './scope.ts';

type Reading = {
  readonly request: TimelineRequest;
  readonly range: KeyRange;
  /** The newest rows found so far, at most one more than the page has. */
  rows: ActivityRow[];
  isLinked: boolean;
};

export type TimelineOptions = {
  /**
   * Whether the marks of linked leads are there for ever. Where retention removes old rows it removes old marks
   * too, so that the links have to be asked for each time.
   */
  readonly hasMarks: boolean;
};

/**
 * Pages of many timelines. Each identity of a lead is one bounded scan; the newest of all scans are the page.
 *
 * Most leads have no links, and should not pay for the question. So a linked lead has a mark, a row that sorts before
 * its activities. Links are read only if the scan meets the mark. Marks have no content and are never removed, so that
 * writing them is idempotent.
 * @returns pages in the order of the requests
 */
export async function readTimelines(
  scope: Scope,
  requests: readonly TimelineRequest[],
  { hasMarks }: TimelineOptions,
): Promise<TimelinePage[]> {
  const readings = requests.map((request): Reading | null => {
    const range = rangeOf(request.after, request.from, request.to);
    return range && { request, range, rows: [], isLinked: !hasMarks };
  });
  const open = readings.filter((reading) => reading !== null);
  if (hasMarks) await inTurn(open, (reading) => scan(scope, reading, reading.request.leadKey));
  const linked = open.filter(({ isLinked }) => isLinked);
  const facts = await readToRoots(
    scope,
    linked.map(({ request }) => request.leadKey),
    'links',
  );
  const personOf = (key: LeadKey) => canonicalOf(facts, groupOf(facts, key), rootOf(facts, key));
  for (const reading of linked) {
    reading.rows = [];
    await inTurn([...groupOf(facts, reading.request.leadKey)], (key) => scan(scope, reading, key));
  }
  return readings.map((reading) => {
    if (!reading) return { activities: [], hasNextPage: false, leadKey: null };
    const { first, leadKey, details } = reading.request;
    return {
      activities: reading.rows.slice(0, first).map(details ? activityFrom : summaryFrom),
      hasNextPage: reading.rows.length > first,
      leadKey: reading.rows.length === 0 ? null : reading.isLinked ? personOf(leadKey) : leadKey,
    };
  });
}

async function scan(scope: Scope, reading: Reading, lead: LeadKey): Promise<void> {
  const { request, rows } = reading;
  const limit = request.first + 1;
  // Once a page is full, only what is newer than its last row can still get in.
  const last = rows.length === limit ? rows.at(-1) : undefined;
  const [above, below] = withLead(lead, last ? notAfter(reading.range, last.ROW_KEY) : reading.range);
  const types = request.types && isIn('TYPE', request.types);
  const keys = reading.isLinked
    ? { where: 'ROW_KEY > ? AND ROW_KEY < ?', values: [above, below] }
    : isFromNewest(reading.range)
      ? { where: 'ROW_KEY >= ? AND ROW_KEY < ?', values: [markOf(lead), below] }
      : { where: '(ROW_KEY = ? OR (ROW_KEY > ? AND ROW_KEY < ?))', values: [markOf(lead), above, below] };
  const found = await scope.select<ActivityRow>({
    from: 'ACTIVITIES',
    columns: 'ROW_KEY, BODY',
    where: keys.where + (types ? ` AND (TYPE IS NULL OR ${types.where})` : ''),
    values: [...keys.values, ...(types?.values ?? [])],
    orderBy: 'ROW_KEY',
    limit,
  });
  const [head] = found;
  if (!head) return;
  if (isMark(head.ROW_KEY)) reading.isLinked = true;
  else if (reading.rows.length === 0) reading.rows = found;
  else
    reading.rows = [...reading.rows, ...found]
      .sort((a, b) => byTimeline(a.ROW_KEY, b.ROW_KEY))
      .slice(0, limit);
}

/** The times of the first and the last activity of one identity; null without any. */
export async function seenInTimeline(scope: Scope, lead: LeadKey): Promise<Facts['seen']> {
  const [above, below] = wholeOf(lead);
  const endOf = async (orderBy: string): Promise<Activity | undefined> => {
    const [row] = await scope.select<ActivityRow>({
      from: 'ACTIVITIES',
      columns: 'ROW_KEY, BODY',
      where: 'ROW_KEY > ? AND ROW_KEY < ?',
      values: [above, below],
      orderBy,
      limit: 1,
    });
    return row && activityFrom(row);
  };
  const last = await endOf('ROW_KEY');
  if (!last) return null;
  const first = (await endOf('ROW_KEY DESC')) ?? last;
  return { identity: last.identity, first: first.occurredAt, last: last.occurredAt };
}
