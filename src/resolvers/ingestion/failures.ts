import { requireViewer } from '../../auth/viewer.ts';
import { ACTIVITY } from '../../domain/activity.ts';
import type { ActivityId } from '../../domain/ids.ts';
import { belowField } from '../../lib/errors.ts';
import type { Failures } from '../../services/failures.ts';
import { edgeOf, pageInfo } from '../paging.ts';
import { referTo } from '../reference.ts';
import type { MutationResolvers, QueryResolvers, ReplayStatus } from './generated.ts';

const referenceTo = (id: ActivityId | null) => (id === null ? null : referTo(ACTIVITY, id));

const times = (args: { readonly from?: Date | null; readonly to?: Date | null }) => ({
  from: args.from?.getTime(),
  to: args.to?.getTime(),
});

export const failedActivities: QueryResolvers['failedActivities'] = async (_parent, args, context) => {
  const question = { ...args, ...times(args) };
  const page = await context.services.failures.list(requireViewer(context), question, context.signal);
  const edges = page.items.map((failure) =>
    edgeOf({ ...failure, activity: referenceTo(failure.activityId) }, () => page.cursorOf(failure)),
  );
  return { edges, nodes: edges.map(({ node }) => node), pageInfo: pageInfo(page, args.after) };
};

type Status = Awaited<ReturnType<Failures['replay']>>['results'][number]['status'];
const STATUS: Readonly<Record<Status, ReplayStatus>> = {
  replayed: 'REPLAYED',
  duplicate: 'DUPLICATE',
  rejected: 'REJECTED',
  dropped: 'DROPPED',
  settled: 'SETTLED',
  lost: 'NOT_KEPT',
  unknown: 'NOT_FOUND',
};
const GOT_IN: ReadonlySet<Status> = new Set<Status>(['replayed', 'duplicate', 'settled']);

export const replayFailedActivities: MutationResolvers['replayFailedActivities'] = async (
  _parent,
  { input },
  context,
) => {
  const { services, signal, loaders } = context;
  const question = { ...input, ...times(input) };
  const { results, page } = await belowField('input', () =>
    services.failures.replay(requireViewer(context), question, signal),
  ).finally(() => loaders.clear());
  const replayed = results.filter(({ status }) => GOT_IN.has(status)).length;
  return {
    results: results.map(({ id, status, activityId, error }) => ({
      id,
      status: STATUS[status],
      activity: referenceTo(activityId),
      error,
    })),
    replayed,
    failed: results.length - replayed,
    pageInfo: pageInfo(page, input.after),
  };
};
