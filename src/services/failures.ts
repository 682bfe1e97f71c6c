import { type Privacy, privacyOf } from '../auth/privacy.ts';
import type { Viewer } from '../auth/viewer.ts';
import type {
  FailedActivities,
  FailedActivity,
  FailureCode,
  FailurePosition,
  FailureRequest,
} from '../datasources/failed-activities/port.ts';
import { SOURCES, type Source } from '../domain/activity.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../domain/cursor.ts';
import type { ActivityId } from '../domain/ids.ts';
import type { Json } from '../domain/json.ts';
import type { Replay, ReplayVerdict } from '../ingest/door/replay.ts';
import { boundedList, type Optional, pageSize } from '../lib/bounds.ts';
import { badInput } from '../lib/errors.ts';
import type { Page } from './page.ts';

/** Conditions on failed activities that must all hold. Times are epoch milliseconds. */
type FailureConditions = {
  readonly codes?: Optional<readonly FailureCode[]>;
  /** A `Source`. */
  readonly dialect?: Optional<string>;
  /** Part of the message, in any letter case. */
  readonly reason?: Optional<string>;
  readonly from?: Optional<number>;
  readonly to?: Optional<number>;
  /** A cursor of a page of the same question. */
  readonly after?: Optional<string>;
};
type FailuresQuestion = FailureConditions & {
  readonly replayed?: Optional<boolean>;
  readonly first?: Optional<number>;
};
/** The failures with these ids, or the next that wait and meet the conditions. */
type ReplayQuestion = FailureConditions & {
  readonly ids?: Optional<readonly string[]>;
  readonly first?: Optional<number>;
};

type Place = Pick<FailedActivity, 'id' | 'failedAt'>;
/** A failed activity as its viewer may see it: its sender may have put any data of any person into it. */
type ShownFailure = Place & {
  readonly dialect: Source;
  readonly code: FailureCode;
  readonly message: string;
  readonly path: string | null;
  /** The item as it was sent; null where it was too large to be kept. */
  item(): Json | null;
  readonly replayedAt: number | null;
  readonly activityId: ActivityId | null;
};
type ReplayResult = {
  readonly id: string;
  readonly status: ReplayVerdict['status'] | 'unknown';
  readonly activityId: ActivityId | null;
  readonly error: Pick<FailedActivity, 'code' | 'message' | 'path'> | null;
};

/**
 * Failed activities as a viewer may look for, see and replay them.
 * @throws DomainError `BAD_USER_INPUT` or `FORBIDDEN` at the field of the question that is wrong or personal
 */
export type Failures = {
  /** The latest first. */
  list(viewer: Viewer, question: FailuresQuestion, signal: AbortSignal): Promise<Page<ShownFailure>>;
  /** Sends failures through the door again. Results are in order; the page is of those that were found. */
  replay(
    viewer: Viewer,
    question: ReplayQuestion,
    signal: AbortSignal,
  ): Promise<{ readonly results: readonly ReplayResult[]; readonly page: Page<Place> }>;
};

const MAX_PAGE = 200;
const DEFAULT_PAGE = 20;
const MAX_REPLAY = 500;
const DEFAULT_REPLAY = 100;
const MAX_REASON = 200;
const ID = /^[\w-]{22}$/;

/** @param log the port */
export function createFailures(log: Pick<FailedActivities, 'list' | 'get'>, replay: Replay): Failures {
  return {
    async list(viewer, question, signal) {
      const first = pageSize(question.first, MAX_PAGE, DEFAULT_PAGE);
      const { request, scope } = requestOf(viewer, question, question.replayed ?? false, first);
      const { failures, hasNextPage } = await log.list(viewer.tenant, request, signal);
      const privacy = privacyOf(viewer);
      return {
        items: failures.map((failure) => shown(failure, privacy)),
        hasNextPage,
        cursorOf: cursorsOf(scope),
      };
    },

    async replay(viewer, question, signal) {
      const { chosen, page } = await choose(log, viewer, question, signal);
      const present = chosen.flatMap(({ failure }) => failure ?? []);
      const replayed = await replay(viewer.tenant, present, signal);
      const verdicts = new Map(replayed.map((verdict) => [verdict.failure.id, verdict]));
      const privacy = privacyOf(viewer);
      return { results: chosen.map(({ id }) => resultOf(id, verdicts.get(id), privacy)), page };
    },
  };
}

/** The failures to replay; null for an id that the tenant doesn't have. */
async function choose(
  log: Pick<FailedActivities, 'list' | 'get'>,
  viewer: Viewer,
  { ids, first, ...conditions }: ReplayQuestion,
  signal: AbortSignal,
): Promise<{
  chosen: readonly { readonly id: string; readonly failure: FailedActivity | null }[];
  page: Page<Place>;
}> {
  const size = pageSize(first, MAX_REPLAY, DEFAULT_REPLAY);
  const { request, scope } = requestOf(viewer, conditions, false, size);
  const cursorOf = cursorsOf(scope);
  if (!ids) {
    const { failures, hasNextPage } = await log.list(viewer.tenant, request, signal);
    const chosen = failures.map((failure) => ({ id: failure.id, failure }));
    return { chosen, page: { items: failures, hasNextPage, cursorOf } };
  }
  if (Object.values(conditions).some((value) => value !== null && value !== undefined))
    throw badInput("Give 'ids' or conditions, not both.", 'ids');
  const wanted = [...new Set(boundedList(ids, MAX_REPLAY, 'ids'))];
  wanted.forEach((id, index) => {
    if (!ID.test(id)) throw badInput("Take ids from the 'id' field of a FailedActivity.", `ids[${index}]`);
  });
  const found = await log.get(viewer.tenant, wanted, signal);
  return {
    chosen: wanted.map((id, index) => ({ id, failure: found[index] ?? null })),
    page: { items: found.filter((failure) => failure !== null), hasNextPage: false, cursorOf },
  };
}

/** The request for the log, and the scope of its cursors. */
function requestOf(
  viewer: Viewer,
  conditions: FailureConditions,
  replayed: boolean,
  first: number,
): { request: FailureRequest; scope: CursorScope } {
  const { codes, dialect, reason } = conditions;
  if (dialect && !SOURCES.has(dialect))
    throw badInput(`'dialect' must be one of ${[...SOURCES].join(', ')}.`, 'dialect');
  if (reason && reason.length > MAX_REASON)
    throw badInput(`At most ${MAX_REASON} characters are looked for.`, 'reason');
  if (reason) privacyOf(viewer).wanted(reason, 'reason');
  const asked = {
    codes: codes ? [...codes] : null,
    source: (dialect ?? null) as Source | null,
    reason: reason || null,
    from: conditions.from ?? null,
    to: conditions.to ?? null,
    replayed,
  };
  const scope = { tenantId: viewer.tenant.id, query: ['failedActivities', asked] as Json };
  const after = conditions.after ? positionIn(scope, conditions.after) : null;
  return { request: { ...asked, first, after }, scope };
}

function positionIn(scope: CursorScope, cursor: string): FailurePosition {
  const [failedAt, id] = decodeCursor(scope, cursor);
  if (!Number.isSafeInteger(failedAt) || typeof id !== 'string')
    throw badInput('This cursor is broken.', 'after');
  return { failedAt: failedAt as number, id };
}

const cursorsOf =
  (scope: CursorScope) =>
  ({ failedAt, id }: Place): string =>
    encodeCursor(scope, [failedAt, id]);

const shownText = (text: string | null, privacy: Privacy): string | null => text && privacy.text(text);

const shown = (failure: FailedActivity, privacy: Privacy): ShownFailure => ({
  id: failure.id,
  failedAt: failure.failedAt,
  dialect: failure.source,
  code: failure.code,
  message: privacy.text(failure.message),
  path: shownText(failure.path, privacy),
  // Parsed when a caller asks for it.
  item: () => (failure.body === null ? null : privacy.original(JSON.parse(failure.body) as Json)),
  replayedAt: failure.replayedAt,
  activityId: failure.activityId,
});

function resultOf(id: string, verdict: ReplayVerdict | undefined, privacy: Privacy): ReplayResult {
  if (!verdict) return { id, status: 'unknown', activityId: null, error: null };
  const error = 'error' in verdict ? verdict.error : null;
  return {
    id,
    status: verdict.status,
    activityId: 'activityId' in verdict ? verdict.activityId : null,
    error: error && {
      code: error.code,
      message: privacy.text(error.message),
      path: shownText(error.path, privacy),
    },
  };
}
