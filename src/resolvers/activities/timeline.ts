import type { GraphQLResolveInfo } from 'graphql';
import { requireViewer } from '../../auth/viewer.ts';
import type { TimelinePosition } from '../../datasources/activity-store/port.ts';
import type { ActivitySummary } from '../../domain/activity.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import { parseActivityId } from '../../domain/ids.ts';
import type { Lead, LeadKey } from '../../domain/lead.ts';
import { boundedList, pageSize } from '../../lib/bounds.ts';
import { badInput, DomainError } from '../../lib/errors.ts';
import type { RequestContext } from '../context.ts';
import { edgeOf, pageInfo } from '../paging.ts';
import { createAsksMore, type Selecting, selectionOf, selects } from '../selection.ts';
import type { ActivityConnectionResolvers, LeadActivitiesArgs } from './generated.ts';

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 20;
const MAX_TYPES = 100;

/** `Lead.activities`: a keyset page of the lead's timeline. */
export async function leadActivities(
  { key }: Pick<Lead, 'key'>,
  args: LeadActivitiesArgs,
  context: RequestContext,
  selection: Selecting,
) {
  const first = pageSize(args.first, MAX_PAGE, DEFAULT_PAGE);
  const types = args.types ? [...new Set(boundedList(args.types, MAX_TYPES, 'types'))].sort() : null;
  const from = args.from?.getTime() ?? null;
  const to = args.to?.getTime() ?? null;
  if (from !== null && to !== null && from >= to) throw badInput("'from' must be before 'to'.", 'from');
  const scope: CursorScope = {
    tenantId: requireViewer(context).tenant.id,
    query: ['Lead.activities', key, types, from, to],
  };
  const page = await context.loaders.timelines.load({
    leadKey: key,
    first,
    after: args.after ? position(scope, args.after) : null,
    types,
    from,
    to,
    details: selects(selection, 'attributes', 'context'),
  });
  return { scope, page, after: args.after ?? null };
}

const asksForMore = createAsksMore(new Set(['id', 'activities']));

/**
 * The lead where it is asked for its timeline and nothing else: a page with rows tells who it is of, so that one read
 * answers in place of two. Its fields other than `key` are not there, because nobody asks for them.
 * @returns null where a page does not tell: the lead itself has to be read
 */
export async function leadOfTimeline(
  key: LeadKey,
  context: RequestContext,
  info: GraphQLResolveInfo,
): Promise<Lead | null> {
  const timeline = asksForMore(info) ? undefined : selectionOf(info, 'Lead', 'activities');
  if (!timeline) return null;
  try {
    const { page } = await leadActivities({ key }, timeline.args as LeadActivitiesArgs, context, timeline);
    return page.leadKey === null ? null : ({ key: page.leadKey } as Lead);
  } catch (error) {
    // The field itself says what is wrong with its arguments.
    if (error instanceof DomainError && error.code === 'BAD_USER_INPUT') return null;
    throw error;
  }
}

/** A page of a timeline; edges and cursors are made only where they are asked for. */
export type TimelineConnection = Awaited<ReturnType<typeof leadActivities>>;

const cursorOf = (scope: CursorScope, activity: ActivitySummary): string =>
  encodeCursor(scope, [activity.occurredAt, parseActivityId(activity.id)?.hash ?? '']);

export const connection: ActivityConnectionResolvers = {
  edges: ({ scope, page }) => page.activities.map((node) => edgeOf(node, () => cursorOf(scope, node))),
  nodes: ({ page }) => page.activities as ActivitySummary[],
  pageInfo: ({ scope, page, after }) =>
    pageInfo(
      {
        items: page.activities,
        hasNextPage: page.hasNextPage,
        cursorOf: (node) => cursorOf(scope, node),
      },
      after,
    ),
};

function position(scope: CursorScope, cursor: string): TimelinePosition {
  const [occurredAt, hash] = decodeCursor(scope, cursor);
  if (typeof occurredAt !== 'number' || typeof hash !== 'string')
    throw badInput('This cursor is broken.', 'after');
  return { occurredAt, hash };
}
