import type {
  TimelinePage,
  TimelinePosition,
  TimelineRequest,
} from '../../datasources/activity-store/port.ts';
import type { ActivitySummary } from '../../domain/activity.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import { hashOfId } from '../../domain/ids.ts';
import type { LeadKey } from '../../domain/lead.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { boundedList, type Optional, pageSize } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';
import type { Page } from '../page.ts';
import type { ShownActivity } from './shown-activity.ts';

/** A page of a lead's timeline, latest first. Times are epoch milliseconds, `from` inclusive, `to` exclusive. */
export type TimelineQuestion = {
  readonly leadKey: LeadKey;
  readonly first?: Optional<number>;
  /** A cursor of a page of the same timeline. */
  readonly after?: Optional<string>;
  /** Names of activity types; null: all. */
  readonly types?: Optional<readonly string[]>;
  readonly from?: Optional<number>;
  readonly to?: Optional<number>;
  /** Whether attributes and context are needed. */
  readonly details: boolean;
};

/** A page of a timeline, with the key of the person; null where reading the page did not tell. */
export type Timeline = Page<ShownActivity> & { readonly leadKey: LeadKey | null };

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 20;
const MAX_TYPES = 100;

/** A question for the store, and the scope of its cursors. */
export type PreparedTimeline = { readonly request: TimelineRequest; readonly scope: CursorScope };

/** @throws DomainError `BAD_USER_INPUT` at the field of the question that is wrong */
export function prepareTimeline({ id }: Tenant, asked: TimelineQuestion): PreparedTimeline {
  const { leadKey, details } = asked;
  const first = pageSize(asked.first, MAX_PAGE, DEFAULT_PAGE);
  const types = asked.types ? [...new Set(boundedList(asked.types, MAX_TYPES, 'types'))].sort() : null;
  const from = asked.from ?? null;
  const to = asked.to ?? null;
  if (from !== null && to !== null && from >= to) throw badInput("'from' must be before 'to'.", 'from');
  const scope: CursorScope = { tenantId: id, query: ['Lead.activities', leadKey, types, from, to] };
  const after = asked.after ? positionOf(scope, asked.after) : null;
  return { request: { leadKey, first, after, types, from, to, details }, scope };
}

export const timelineOf = (
  { scope }: PreparedTimeline,
  { activities, hasNextPage, leadKey }: TimelinePage,
  show: (activity: ActivitySummary) => ShownActivity,
): Timeline => ({
  items: activities.map(show),
  hasNextPage,
  leadKey,
  cursorOf: ({ occurredAt, id }) => encodeCursor(scope, [occurredAt, hashOfId(id)]),
});

function positionOf(scope: CursorScope, cursor: string): TimelinePosition {
  const [occurredAt, hash] = decodeCursor(scope, cursor);
  if (typeof occurredAt !== 'number' || typeof hash !== 'string')
    throw badInput('This cursor is broken.', 'after');
  return { occurredAt, hash };
}
