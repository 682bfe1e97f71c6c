import type { Viewer } from '../../auth/viewer.ts';
import type { ActivityReads } from '../../datasources/activity-store/port.ts';
import type { ActivityId } from '../../domain/ids.ts';
import type { ActivityTypes } from '../../ingest/door/activity-types.ts';
import { DomainError } from '../../lib/errors.ts';
import { type ShownActivity, showTo } from './shown-activity.ts';
import {
  type PreparedTimeline,
  prepareTimeline,
  type Timeline,
  type TimelineQuestion,
  timelineOf,
} from './timeline.ts';

/** Activities as a viewer may see them. */
export type Activities = {
  /** In the order of the ids; null for each that the tenant doesn't have. */
  byIds(
    viewer: Viewer,
    ids: readonly ActivityId[],
    signal: AbortSignal,
  ): Promise<readonly (ShownActivity | null)[]>;
  /**
   * Pages of timelines, in the order of the questions. A question that is wrong has its error in its place:
   * `BAD_USER_INPUT` at the field of the question.
   */
  timelines(
    viewer: Viewer,
    questions: readonly TimelineQuestion[],
    signal: AbortSignal,
  ): Promise<readonly (Timeline | DomainError)[]>;
};

export function createActivities(
  store: Pick<ActivityReads, 'activities' | 'timelines'>,
  types: Pick<ActivityTypes, 'get'>,
): Activities {
  return {
    async byIds(viewer, ids, signal) {
      const show = showTo(viewer, types, signal);
      const found = await store.activities(viewer.tenant, ids, signal);
      return found.map((activity) => activity && show(activity));
    },
    async timelines(viewer, questions, signal) {
      const prepared = questions.map((question) => attempt(viewer, question));
      const requests = prepared.flatMap((one) => (one instanceof DomainError ? [] : [one.request]));
      const pages = requests.length > 0 ? await store.timelines(viewer.tenant, requests, signal) : [];
      const show = showTo(viewer, types, signal);
      const answers = pages.values();
      return prepared.map((one) =>
        one instanceof DomainError
          ? one
          : timelineOf(one, answers.next().value as (typeof pages)[number], show),
      );
    },
  };
}

function attempt({ tenant }: Viewer, question: TimelineQuestion): PreparedTimeline | DomainError {
  try {
    return prepareTimeline(tenant, question);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
}
