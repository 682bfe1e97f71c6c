import { requireViewer } from '../../auth/viewer.ts';
import { ACTIVITY } from '../../domain/activity.ts';
import { ACTIVITY_TYPE } from '../../domain/activity-types.ts';
import { type Json, roughBytesOf } from '../../domain/json.ts';
import { LEAD } from '../../domain/lead.ts';
import type { Item, ItemError, Verdict } from '../../ingest/draft/draft.ts';
import { MAX_ACTIVITY_BYTES } from '../../ingest/steps/normalise.ts';
import { boundedList } from '../../lib/bounds.ts';
import { belowField } from '../../lib/errors.ts';
import type { RequestContext } from '../context.ts';
import { referTo } from '../reference.ts';
import { scalars } from '../scalars.ts';
import { decodeActivity, decodeLead, GRAPHQL } from './decode.ts';
import { failedActivities, replayFailedActivities } from './failures.ts';
import type { MutationResolvers, RecordStatus, Resolvers } from './generated.ts';

const MAX_ACTIVITIES = 1_000;
const MAX_LEADS = 1_000;
const MAX_ALIASES = 100;

const STATUS: Readonly<Record<Verdict['status'], RecordStatus>> = {
  accepted: 'ACCEPTED',
  duplicate: 'DUPLICATE',
  rejected: 'REJECTED',
  dropped: 'DROPPED',
};

/** Through the door; what the request looked up before counts no more. @throws DomainError when nothing of it counts */
const collect = (
  inputs: readonly object[],
  items: readonly Item[],
  context: RequestContext,
): Promise<readonly Verdict[]> => {
  const viewer = requireViewer(context);
  return context.services.collector
    .collect(
      viewer.tenant,
      {
        policy: GRAPHQL,
        sender: viewer,
        items,
        bytes: roughBytesOf(inputs),
        originalOf: (index) => inputs[index] as Json,
      },
      context.signal,
    )
    .finally(() => context.loaders.clear());
};

const warningsOf = (verdict: Verdict): ItemError[] =>
  'warnings' in verdict ? [...(verdict.warnings ?? [])] : [];

const Mutation: MutationResolvers = {
  async recordActivities(_parent, { input }, context) {
    const inputs = boundedList(input.activities, MAX_ACTIVITIES, 'input.activities');
    const verdicts = await collect(inputs, inputs.map(decodeActivity), context);
    const results = verdicts.map((verdict, index) => ({
      messageId: inputs[index]?.messageId ?? '',
      status: STATUS[verdict.status],
      activity: 'id' in verdict ? referTo(ACTIVITY, verdict.id) : null,
      error: 'error' in verdict ? verdict.error : null,
      warnings: warningsOf(verdict),
    }));
    const count = (status: RecordStatus) => results.filter((result) => result.status === status).length;
    return {
      results,
      accepted: count('ACCEPTED'),
      duplicates: count('DUPLICATE'),
      rejected: count('REJECTED'),
      dropped: count('DROPPED'),
    };
  },

  async identifyLeads(_parent, { input }, context) {
    const inputs = boundedList(input.leads, MAX_LEADS, 'input.leads');
    inputs.forEach((lead, index) => {
      boundedList(lead.aliases ?? [], MAX_ALIASES, `input.leads[${index}].aliases`);
    });
    const now = Date.now();
    const verdicts = await collect(
      inputs,
      inputs.map((lead) => decodeLead(lead, now)),
      context,
    );
    return {
      results: verdicts.map((verdict) => ({
        accepted: 'id' in verdict,
        lead: 'id' in verdict ? referTo(LEAD, verdict.id) : null,
        error: 'error' in verdict ? verdict.error : null,
        warnings: warningsOf(verdict),
      })),
    };
  },

  async defineActivityType(_parent, { input }, context) {
    const definition = {
      name: input.name,
      category: 'CUSTOM',
      description: input.description,
      conversion: input.conversion ?? false,
      attributes: (input.attributes ?? []).map((attribute) => ({
        name: attribute.name,
        dataType: attribute.dataType,
        description: attribute.description ?? '',
        required: attribute.required ?? false,
        pii: attribute.pii ?? false,
      })),
    } as const;
    const type = await belowField('input', () =>
      context.services.types.define(requireViewer(context).tenant, definition, context.signal),
    );
    return { activityType: referTo(ACTIVITY_TYPE, type.name) };
  },

  replayFailedActivities,
};

/** Resolvers of `schema/ingestion.graphql`. */
export const resolvers: Resolvers = {
  ...scalars,
  Query: {
    ingestionLimits: () => ({
      activitiesPerCall: MAX_ACTIVITIES,
      leadsPerCall: MAX_LEADS,
      bytesPerActivity: MAX_ACTIVITY_BYTES,
    }),
    failedActivities,
  },
  Mutation,
};
