import type { DemoEvent } from '../../../src/demo/generator.ts';
import { isJsonObject, type JsonObject } from '../../../src/domain/json.ts';
import type { ActivityDraft, LeadDraft } from '../../../src/ingest/draft/draft.ts';
import type { Dialect } from './items.ts';

/** Our types by the names that Segment's specs have for them. */
const EVENTS: Readonly<Record<string, string>> = {
  'Email Delivered': 'Email Delivered',
  'Email Bounced': 'Email Bounced',
  'Open Email': 'Email Opened',
  'Click Email': 'Email Link Clicked',
  'Unsubscribe Email': 'Unsubscribed',
  'Complete Order': 'Order Completed',
  'Install App': 'Application Installed',
  'Open App': 'Application Opened',
};

/** Whether the Segment protocol can say it; else GraphQL must. */
export function dialectOf(event: DemoEvent): Dialect {
  if (event.kind === 'lead') return 'segment';
  const { type } = event.draft;
  return type === 'Visit Webpage' || type === 'View Screen' || type in EVENTS ? 'segment' : 'graphql';
}

/** An activity as an event of the Segment protocol. */
export function segmentEvent(draft: ActivityDraft): JsonObject {
  const { name, ...attributes } = objectOf(draft.attributes);
  const common = {
    messageId: draft.messageId,
    ...(draft.externalId !== null && { userId: draft.externalId }),
    ...(draft.anonymousId !== null && { anonymousId: draft.anonymousId }),
    timestamp: new Date(draft.occurredAt).toISOString(),
    context: objectOf(draft.context),
  };
  const properties = {
    ...attributes,
    ...(draft.campaign && { campaign_id: draft.campaign.id, campaign_name: draft.campaign.name }),
    ...(draft.assetId !== null && { email_id: draft.assetId }),
  };
  if (draft.type === 'Visit Webpage' || draft.type === 'View Screen')
    return {
      ...common,
      type: draft.type === 'Visit Webpage' ? 'page' : 'screen',
      ...(name !== undefined && { name }),
      properties,
    };
  const { event, ...rest } = properties as JsonObject;
  return { ...common, type: 'track', event: EVENTS[draft.type] ?? event ?? null, properties: rest };
}

/** What is said of a person as the calls of the Segment protocol: an identify, and an alias for each former id. */
export function segmentCalls(draft: LeadDraft): JsonObject[] {
  const timestamp = new Date(draft.at).toISOString();
  const who = {
    ...(draft.externalId !== null && { userId: draft.externalId }),
    ...(draft.anonymousId !== null && { anonymousId: draft.anonymousId }),
  };
  return [
    {
      ...who,
      type: 'identify',
      timestamp,
      traits: { ...objectOf(draft.traits), ...(draft.email !== undefined && { email: draft.email }) },
    },
    ...draft.aliases.map((previousId) => ({ ...who, type: 'alias', timestamp, previousId })),
  ];
}

const objectOf = (value: ActivityDraft['attributes']): JsonObject => (isJsonObject(value) ? value : {});
