import type { GraphQLResolveInfo } from 'graphql';
import type { Lead, LeadKey } from '../../domain/lead.ts';
import { DomainError } from '../../lib/errors.ts';
import type { Timeline } from '../../services/activities/timeline.ts';
import type { RequestContext } from '../context.ts';
import { edgeOf, pageInfo } from '../paging.ts';
import { createAsksMore, type Selecting, selectionOf, selects } from '../selection.ts';
import type { ActivityConnectionResolvers, LeadActivitiesArgs } from './generated.ts';

/** A page of a timeline; edges and cursors are made only where a document selects them. */
export type TimelineConnection = {
  readonly page: Timeline;
  /** The cursor before the page. */
  readonly after: string | null;
};

/** `Lead.activities`: a keyset page of the lead's timeline. */
export async function leadActivities(
  { key }: Pick<Lead, 'key'>,
  { first, after, types, from, to }: LeadActivitiesArgs,
  context: RequestContext,
  selection: Selecting,
): Promise<TimelineConnection> {
  const page = await context.loaders.timelines.load({
    leadKey: key,
    first,
    after,
    types,
    from: from?.getTime(),
    to: to?.getTime(),
    details: selects(selection, 'attributes', 'context'),
  });
  return { page, after: after ?? null };
}

const asksForMore = createAsksMore(new Set(['id', 'activities']));

/**
 * The lead of a field that selects nothing but a timeline. A page with rows names its lead, so that a single read
 * answers. The lead has no other field than `key`, because the document selects none.
 * @returns null where the page does not name the lead, and the lead itself has to be read
 */
export async function leadOfTimeline(
  key: LeadKey,
  context: RequestContext,
  info: GraphQLResolveInfo,
): Promise<Lead | null> {
  const timeline = asksForMore(info, 'Lead') ? undefined : selectionOf(info, 'Lead', 'activities');
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

export const connection: ActivityConnectionResolvers = {
  edges: ({ page }) => page.items.map((node) => edgeOf(node, () => page.cursorOf(node))),
  nodes: ({ page }) => [...page.items],
  pageInfo: ({ page, after }) => pageInfo(page, after),
};
