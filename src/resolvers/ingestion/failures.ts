import { type Privacy, privacyOf } from '../../auth/privacy.ts';
import { requireViewer } from '../../auth/viewer.ts';
import type {
  FailedActivity,
  FailurePosition,
  FailureRequest,
} from '../../datasources/failed-activities/port.ts';
import { ACTIVITY, SOURCES, type Source } from '../../domain/activity.ts';
import { type CursorScope, decodeCursor, encodeCursor } from '../../domain/cursor.ts';
import type { Json } from '../../domain/json.ts';
import type { ReplayVerdict } from '../../ingest/door/replay.ts';
import { boundedList, pageSize } from '../../lib/bounds.ts';
import { badInput } from '../../lib/errors.ts';
import type { RequestContext } from '../context.ts';
import { edgeOf, pageInfo } from '../paging.ts';
import { referTo } from '../reference.ts';
import type {
  MutationResolvers,
  QueryFailedActivitiesArgs,
  QueryResolvers,
  ReplayFailedActivitiesInput,
  ReplayStatus,
} from './generated.ts';

const MAX_PAGE = 200;
const DEFAULT_PAGE = 20;
const MAX_REPLAY = 500;
const DEFAULT_REPLAY = 100;
const MAX_REASON = 200;
const ID = /^[\w-]{22}$/;

type Condition = Pick<QueryFailedActivitiesArgs, 'codes' | 'dialect' | 'reason' | 'from' | 'to' | 'after'>;

/**
 * The failures that a condition asks for, and what its cursors belong to.
 * @throws DomainError `BAD_USER_INPUT`; `FORBIDDEN` for an e-mail address without the scope for it
 */
function requestOf(
  { viewer }: RequestContext,
  condition: Condition,
  { replayed, first, path }: { replayed: boolean; first: number; path: string },
): { request: FailureRequest; scope: CursorScope } {
  const { codes, dialect, reason } = condition;
  if (dialect && !SOURCES.has(dialect))
    throw badInput(`'dialect' must be one of ${[...SOURCES].join(', ')}.`, `${path}dialect`);
  if (reason && reason.length > MAX_REASON)
    throw badInput(`At most ${MAX_REASON} characters are looked for.`, `${path}reason`);
  const { tenant } = requireViewer({ viewer });
  if (reason) privacyOf(viewer).wanted(reason, `${path}reason`);
  const time = (value: Date | number | null | undefined): number | null => (value ? Number(value) : null);
  const asked = {
    codes: codes ? [...codes] : null,
    source: (dialect as Source | null | undefined) ?? null,
    reason: reason || null,
    from: time(condition.from),
    to: time(condition.to),
    replayed,
  };
  const scope = { tenantId: tenant.id, query: ['failedActivities', asked] as Json };
  const after = condition.after ? positionIn(scope, condition.after, `${path}after`) : null;
  return { request: { ...asked, first, after }, scope };
}

function positionIn(scope: CursorScope, cursor: string, path: string): FailurePosition {
  const [failedAt, id] = decodeCursor(scope, cursor, path);
  if (!Number.isSafeInteger(failedAt) || typeof id !== 'string')
    throw badInput('This cursor is broken.', path);
  return { failedAt: failedAt as number, id };
}

/** A failure as this caller may see it: what was sent can hold anything of anybody. */
function shown(failure: FailedActivity, privacy: Privacy) {
  return {
    id: failure.id,
    failedAt: failure.failedAt,
    dialect: failure.source,
    code: failure.code,
    message: privacy.text(failure.message),
    path: failure.path === null ? null : privacy.text(failure.path),
    // Parsed where it is asked for.
    item: () => (failure.body === null ? null : privacy.original(JSON.parse(failure.body) as Json)),
    replayedAt: failure.replayedAt,
    activity: failure.activityId === null ? null : referTo(ACTIVITY, failure.activityId),
  };
}

const cursorOf = (scope: CursorScope, { failedAt, id }: FailedActivity): string =>
  encodeCursor(scope, [failedAt, id]);

export const failedActivities: QueryResolvers['failedActivities'] = async (_parent, args, context) => {
  const { tenant } = requireViewer(context);
  const { request, scope } = requestOf(context, args, {
    replayed: args.replayed ?? false,
    first: pageSize(args.first, MAX_PAGE, DEFAULT_PAGE),
    path: '',
  });
  const page = await context.services.failures.list(tenant, request, context.signal);
  const edges = page.failures.map((failure) =>
    edgeOf(shown(failure, privacyOf(context.viewer)), () => cursorOf(scope, failure)),
  );
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: pageInfo(
      {
        items: page.failures,
        hasNextPage: page.hasNextPage,
        cursorOf: (failure) => cursorOf(scope, failure),
      },
      args.after,
    ),
  };
};

const STATUS: Readonly<Record<ReplayVerdict['status'], ReplayStatus>> = {
  replayed: 'REPLAYED',
  duplicate: 'DUPLICATE',
  rejected: 'REJECTED',
  dropped: 'DROPPED',
  settled: 'SETTLED',
  lost: 'NOT_KEPT',
};

const resultOf = (verdict: ReplayVerdict, privacy: Privacy) => ({
  id: verdict.failure.id,
  status: STATUS[verdict.status],
  activity:
    'activityId' in verdict && verdict.activityId !== null ? referTo(ACTIVITY, verdict.activityId) : null,
  error:
    'error' in verdict
      ? {
          ...verdict.error,
          message: privacy.text(verdict.error.message),
          path: verdict.error.path === null ? null : privacy.text(verdict.error.path),
        }
      : null,
});

export const replayFailedActivities: MutationResolvers['replayFailedActivities'] = async (
  _parent,
  { input },
  context,
) => {
  const { tenant } = requireViewer(context);
  const { failures, hasNextPage, scope } = await chosen(input, context);
  const present = failures.flatMap(({ failure }) => failure ?? []);
  const replayed = await context.services
    .replay(tenant, present, context.signal)
    .finally(() => context.loaders.clear());
  const verdicts = new Map(replayed.map((verdict) => [verdict.failure.id, verdict]));
  const results = failures.map(({ id }) => {
    const verdict = verdicts.get(id);
    return verdict
      ? resultOf(verdict, privacyOf(context.viewer))
      : { id, status: 'NOT_FOUND' as const, activity: null, error: null };
  });
  const settled = results.filter(({ status }) =>
    (['REPLAYED', 'DUPLICATE', 'SETTLED'] as string[]).includes(status),
  ).length;
  return {
    results,
    replayed: settled,
    failed: results.length - settled,
    pageInfo: pageInfo(
      { items: present, hasNextPage, cursorOf: (failure) => cursorOf(scope, failure) },
      input.after,
    ),
  };
};

/** What a replay is asked for: given ids, or the next that wait and match. */
async function chosen(
  { ids, first, ...condition }: ReplayFailedActivitiesInput,
  context: RequestContext,
): Promise<{
  failures: readonly { readonly id: string; readonly failure: FailedActivity | null }[];
  hasNextPage: boolean;
  scope: CursorScope;
}> {
  const { tenant } = requireViewer(context);
  const { failures: log } = context.services;
  const size = pageSize(first, MAX_REPLAY, DEFAULT_REPLAY, 'input.first');
  const { request, scope } = requestOf(context, condition, {
    replayed: false,
    first: size,
    path: 'input.',
  });
  if (!ids) {
    const page = await log.list(tenant, request, context.signal);
    return {
      failures: page.failures.map((failure) => ({ id: failure.id, failure })),
      hasNextPage: page.hasNextPage,
      scope,
    };
  }
  if (Object.values(condition).some((value) => value !== null && value !== undefined))
    throw badInput("Give 'ids' or conditions, not both.", 'input.ids');
  const wanted = [...new Set(boundedList(ids, MAX_REPLAY, 'input.ids'))];
  wanted.forEach((id, index) => {
    if (!ID.test(id))
      throw badInput("Take ids from the 'id' field of a FailedActivity.", `input.ids[${index}]`);
  });
  const found = await log.get(tenant, wanted, context.signal);
  return {
    failures: wanted.map((id, index) => ({ id, failure: found[index] ?? null })),
    hasNextPage: false,
    scope,
  };
}
