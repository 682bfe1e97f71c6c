import { requireViewer } from '../../auth/viewer.ts';
import { badInput } from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import type {
  ActivityInput,
  DefineActivityTypeInput,
  LeadInput,
  MutationResolvers,
  Resolvers,
} from '../../generated/ingestion.ts';
import { MAX_ACTIVITY_BYTES } from '../../ingest/accept.ts';
import { parseTime } from '../../ingest/attributes.ts';
import type { ActivityDraft, LeadDraft, Policy } from '../../ingest/draft.ts';
import { boundedList } from '../paging.ts';
import { referTo } from '../reference.ts';
import { scalars } from '../scalars.ts';

const MAX_ACTIVITIES = 1_000;
const MAX_LEADS = 1_000;
const MAX_ATTRIBUTES = 100;
const MAX_ALIASES = 100;
const TYPE_NAME = /^[\p{L}\p{N}](?:[\p{L}\p{N} _-]{0,98}[\p{L}\p{N}])?$/u;
const ATTRIBUTE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;
const POLICY: Policy = { source: 'graphql', mode: 'strict' };

const activityDraft = (input: ActivityInput): ActivityDraft => ({
  messageId: input.messageId,
  externalId: input.externalId ?? null,
  anonymousId: input.anonymousId ?? null,
  type: input.type,
  // A time that is none stays so; the door rejects the one activity it belongs to.
  occurredAt: parseTime(input.occurredAt) ?? Number.NaN,
  campaign: input.campaign ? { id: input.campaign.id, name: input.campaign.name ?? null } : null,
  assetId: input.assetId ?? null,
  channel: input.channel ?? null,
  attributes: input.attributes as Json | undefined,
  context: input.context as Json | undefined,
});

const leadDraft = (input: LeadInput): LeadDraft => ({
  externalId: input.externalId ?? null,
  anonymousId: input.anonymousId ?? null,
  email: input.email ?? null,
  traits: input.traits as Json | undefined,
  aliases: input.aliases ?? [],
  at: input.at ? (parseTime(input.at) ?? Number.NaN) : Date.now(),
});

const Mutation: MutationResolvers = {
  async recordActivities(_parent, { input }, context) {
    const { tenant } = requireViewer(context);
    const inputs = boundedList(input.activities, MAX_ACTIVITIES, 'input.activities');
    const verdicts = await context.services.collector.collectActivities(
      tenant,
      inputs.map(activityDraft),
      POLICY,
      context.signal,
    );
    const results = verdicts.map((verdict, index) => {
      const messageId = inputs[index]?.messageId ?? '';
      return verdict.status === 'rejected'
        ? { messageId, status: 'REJECTED' as const, activity: null, error: verdict.error }
        : {
            messageId,
            status: verdict.status === 'accepted' ? ('ACCEPTED' as const) : ('DUPLICATE' as const),
            activity: referTo('Activity', verdict.id),
            error: null,
          };
    });
    const count = (status: string) => results.filter((result) => result.status === status).length;
    return {
      results,
      accepted: count('ACCEPTED'),
      duplicates: count('DUPLICATE'),
      rejected: count('REJECTED'),
    };
  },

  async identifyLeads(_parent, { input }, context) {
    const { tenant } = requireViewer(context);
    const inputs = boundedList(input.leads, MAX_LEADS, 'input.leads');
    inputs.forEach((lead, index) => {
      boundedList(lead.aliases ?? [], MAX_ALIASES, `input.leads[${index}].aliases`);
    });
    const verdicts = await context.services.collector.identifyLeads(
      tenant,
      inputs.map(leadDraft),
      POLICY,
      context.signal,
    );
    return {
      results: verdicts.map((verdict) =>
        verdict.status === 'rejected'
          ? { accepted: false, lead: null, error: verdict.error }
          : { accepted: true, lead: referTo('Lead', verdict.leadKey), error: null },
      ),
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
    return { activityType: referTo('ActivityType', type.name) };
  },
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
  JSON: scalars.JSON,
  Query: {
    ingestionLimits: () => ({
      activitiesPerCall: MAX_ACTIVITIES,
      leadsPerCall: MAX_LEADS,
      bytesPerActivity: MAX_ACTIVITY_BYTES,
    }),
  },
  Mutation,
};
