import { requireViewer } from '../../auth/viewer.ts';
import { ACTIVITY } from '../../domain/activity.ts';
import { ACTIVITY_TYPE } from '../../domain/activity-types.ts';
import { type Json, roughBytesOf } from '../../domain/json.ts';
import { LEAD } from '../../domain/lead.ts';
import type { Item, ItemError, Verdict } from '../../ingest/draft/draft.ts';
import { MAX_ACTIVITY_BYTES } from '../../ingest/steps/normalise.ts';
import { badInput } from '../../lib/errors.ts';
import type { RequestContext } from '../context.ts';
import { boundedList } from '../paging.ts';
import { referTo } from '../reference.ts';
import { scalars } from '../scalars.ts';
import { decodeActivity, decodeLead, GRAPHQL } from './decode.ts';
import { failedActivities, replayFailedActivities } from './failures.ts';
import type { DefineActivityTypeInput, MutationResolvers, RecordStatus, Resolvers } from './generated.ts';

const MAX_ACTIVITIES = 1_000;
const MAX_LEADS = 1_000;
const MAX_ATTRIBUTES = 100;
const MAX_ALIASES = 100;
const TYPE_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N} _-]{0,98}[\p{L}\p{N}])?$/u;
const ATTRIBUTE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

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
    checkType(input);
    const type = await context.services.types.define(
      requireViewer(context).tenant,
      {
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
      },
      context.signal,
    );
    return { activityType: referTo(ACTIVITY_TYPE, type.name) };
  },

  replayFailedActivities,
};

function checkType(input: DefineActivityTypeInput): void {
  if (!TYPE_NAME.test(input.name))
    throw badInput(
      'A type name has 1 to 100 letters, digits, inner spaces, hyphens and underscores.',
      'input.name',
    );
  const attributes = boundedList(input.attributes ?? [], MAX_ATTRIBUTES, 'input.attributes');
  const names = new Set<string>();
  attributes.forEach(({ name }, index) => {
    const path = `input.attributes[${index}].name`;
    if (!ATTRIBUTE_NAME.test(name))
      throw badInput('An attribute name is a letter, then up to 63 letters, digits or underscores.', path);
    if (names.has(name)) throw badInput(`'${name}' is declared twice.`, path);
    names.add(name);
  });
}

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
