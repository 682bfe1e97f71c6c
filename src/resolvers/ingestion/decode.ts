import type { Json } from '../../domain/json.ts';
import { parseTime } from '../../domain/time/iso-time.ts';
import type { Item, Policy } from '../../ingest/draft/draft.ts';
import type { ActivityInput, LeadInput } from './generated.ts';

export const GRAPHQL: Policy = { source: 'graphql', mode: 'strict' };

/** An activity as `recordActivities` takes it. */
export const decodeActivity = (input: ActivityInput): Item => ({
  kind: 'activity',
  draft: {
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
  },
});

/** A person as `identifyLeads` takes it. @param now when it became known, where the input does not say */
export const decodeLead = (input: LeadInput, now: number): Item => ({
  kind: 'lead',
  draft: {
    externalId: input.externalId ?? null,
    anonymousId: input.anonymousId ?? null,
    email: input.email,
    traits: input.traits as Json | undefined,
    aliases: input.aliases ?? [],
    at: input.at === undefined || input.at === null ? now : (parseTime(input.at) ?? Number.NaN),
  },
});
