import { createHash } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { parseTime } from '../attributes.ts';
import { type ActivityDraft, type Item, type ItemError, reject } from '../draft.ts';

/** The calls of Segment's tracking API (Segment, "HTTP API Source" and "Spec"). */
export const CALLS = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;
export type Call = (typeof CALLS)[number];

/** What a batch says once for all its events. */
export type Envelope = {
  readonly sentAt: Json | undefined;
  readonly context: Json | undefined;
  readonly receivedAt: number;
  /** IP address that the request came from. */
  readonly address: string | undefined;
};

/** A sender's clock is corrected when it is further off than this, in milliseconds; less is the way of the message. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

const text = (value: Json | undefined): string | null =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : null;
const object = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
const rejected = (code: ItemError['code'], message: string, path: string | null): Item => ({
  kind: 'rejected',
  error: reject(code, message, path).error,
});

/**
 * Decodes one event after the Segment protocol.
 * @param call the kind where the address says it; a batch's events say it themselves in `type`
 */
export function decodeEvent(event: Json, call: Call | null, envelope: Envelope): Item {
  if (!isJsonObject(event)) return rejected('INVALID_VALUE', 'An event is a JSON object.', '');
  const type = call ?? CALLS.find((known) => known === event['type']);
  if (!type) return rejected('UNKNOWN_TYPE', `'type' must be one of ${CALLS.join(', ')}.`, 'type');
  const externalId = text(event['userId']);
  const anonymousId = text(event['anonymousId']);
  if (type !== 'alias' && externalId === null && anonymousId === null)
    return rejected('MISSING_VALUE', "'userId' or 'anonymousId' is needed.", 'userId');
  const occurredAt = timeOf(event, envelope);
  if (occurredAt === undefined)
    return rejected('INVALID_TIME', "'timestamp' must be an ISO 8601 time with a zone.", 'timestamp');
  const who = { externalId, anonymousId };
  switch (type) {
    case 'identify':
      return lead({
        ...who,
        traits: { ...object(contextOf(event, envelope)['traits']), ...object(event['traits']) },
        at: occurredAt,
      });
    case 'group':
      return lead({ ...who, traits: groupTraits(event), at: occurredAt });
    case 'alias': {
      const previous = text(event['previousId']);
      const current = externalId ?? anonymousId;
      if (previous === null || current === null)
        return rejected(
          'MISSING_VALUE',
          "An alias needs 'previousId' and 'userId'.",
          previous === null ? 'previousId' : 'userId',
        );
      return lead({
        externalId: current,
        anonymousId: null,
        traits: {},
        at: occurredAt,
        aliases: [previous],
      });
    }
    default:
      return { kind: 'activity', draft: activity(type, event, { ...who, occurredAt }, envelope) };
  }
}

function lead(said: {
  externalId: string | null;
  anonymousId: string | null;
  traits: JsonObject;
  at: number;
  aliases?: readonly string[];
}): Item {
  const { email, ...traits } = said.traits;
  return { kind: 'lead', draft: { ...said, traits, email: text(email), aliases: said.aliases ?? [] } };
}

const contextOf = (event: JsonObject, envelope: Envelope): JsonObject => ({
  ...object(envelope.context),
  ...object(event['context']),
});

/**
 * An event as it would be without its batch: with what the batch says of all, and the message id it has here. Decoded
 * again as one of a batch that says nothing and arrived at the same time, it is the same.
 */
export function completeEvent(event: Json, call: Call | null, envelope: Envelope): Json {
  if (!isJsonObject(event)) return event;
  const sentAt = event['sentAt'] ?? envelope.sentAt;
  const { writeKey: _secret, ...said } = event;
  return {
    ...said,
    ...(call !== null && { type: call }),
    ...(text(event['messageId']) === null && { messageId: contentId(event) }),
    ...(sentAt !== undefined && { sentAt }),
    context: contextOf(event, envelope),
  };
}

/** A group's traits are said of the person as the group's. */
function groupTraits(event: JsonObject): JsonObject {
  const traits: Record<string, Json> = {};
  const groupId = text(event['groupId']);
  if (groupId !== null) traits['groupId'] = groupId;
  for (const [name, value] of Object.entries(object(event['traits']))) traits[`group.${name}`] = value;
  return traits;
}

/** When it happened: the sender's word, corrected by how far its clock is off from ours. Undefined for what is no time. */
function timeOf(event: JsonObject, envelope: Envelope): number | undefined {
  const said = event['originalTimestamp'] ?? event['timestamp'];
  if (said === undefined || said === null) return envelope.receivedAt;
  const time = typeof said === 'string' ? parseTime(said) : undefined;
  if (time === undefined) return undefined;
  const sentAt = event['sentAt'] ?? envelope.sentAt;
  const sent = typeof sentAt === 'string' ? parseTime(sentAt) : undefined;
  const skew = sent === undefined ? 0 : envelope.receivedAt - sent;
  return Math.abs(skew) > CLOCK_TOLERANCE_MS ? time + skew : time;
}

/** Events of Segment's e-mail, mobile and e-commerce specs that have a standard type here. */
const EVENT_TYPES: Readonly<Record<string, string>> = {
  'Email Sent': 'Send Email',
  'Email Delivered': 'Email Delivered',
  'Email Bounced': 'Email Bounced',
  'Email Opened': 'Open Email',
  'Email Link Clicked': 'Click Email',
  Unsubscribed: 'Unsubscribe Email',
  'Order Completed': 'Complete Order',
  'Application Installed': 'Install App',
  'Application Opened': 'Open App',
};
/** Their properties under the names that our types declare. */
const ATTRIBUTE_NAMES: Readonly<Record<string, string>> = {
  link_url: 'link',
  email_subject: 'subject',
  order_id: 'orderId',
  version: 'appVersion',
};

function activity(
  call: 'track' | 'page' | 'screen',
  event: JsonObject,
  who: { externalId: string | null; anonymousId: string | null; occurredAt: number },
  envelope: Envelope,
): ActivityDraft {
  const properties = object(event['properties']);
  const context = contextOf(event, envelope);
  const name = text(event['event']);
  const type =
    call === 'page'
      ? 'Visit Webpage'
      : call === 'screen'
        ? 'View Screen'
        : (EVENT_TYPES[name ?? ''] ?? 'Track Event');
  const renamed = Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      type === 'Track Event' ? key : (ATTRIBUTE_NAMES[key] ?? key),
      value,
    ]),
  );
  const named: JsonObject = {
    ...(call === 'page' ? pageAttributes(context) : {}),
    ...(type === 'Track Event' ? { event: name } : {}),
    ...(call !== 'track' && text(event['name']) !== null ? { name: event['name'] as Json } : {}),
    ...(call !== 'track' && text(event['category']) !== null ? { category: event['category'] as Json } : {}),
  };
  return {
    ...who,
    messageId: text(event['messageId']) ?? contentId(event),
    type,
    campaign: campaignOf(properties),
    assetId: text(properties['email_id'] ?? properties['form_id']),
    channel: null,
    // What the address or the kind of the event says wins over a property of the same name.
    attributes: call === 'track' ? { ...renamed, ...named } : { ...named, ...renamed },
    context,
    // The sender's own device only where it says so: a server's address is nobody's.
    ...(context['direct'] === true && envelope.address !== undefined && { address: envelope.address }),
  };
}

const PAGE_FIELDS = ['url', 'path', 'title', 'referrer', 'search'] as const;

function pageAttributes(context: JsonObject): JsonObject {
  const page = object(context['page']);
  return Object.fromEntries(
    PAGE_FIELDS.flatMap((field) => (text(page[field]) === null ? [] : [[field, page[field] as Json]])),
  );
}

/** What a link was tagged with is read by the enrichment; here only what the sender says by itself. */
function campaignOf(properties: JsonObject): ActivityDraft['campaign'] {
  const id = text(properties['campaign_id']);
  return id === null ? null : { id, name: text(properties['campaign_name']) };
}

/** A sender without message ids still gets each event in once: the same event has the same id. */
function contentId({ sentAt: _ofTheTry, writeKey: _ofTheSender, ...event }: JsonObject): string {
  return `content-${createHash('sha256').update(JSON.stringify(event)).digest('base64url')}`;
}
