import type { Json, JsonObject } from '../../../domain/json.ts';
import type { ActivityDraft, Item } from '../../draft/draft.ts';
import { clientLibrary } from '../../steps/libraries.ts';
import type { Said } from './said.ts';
import { saidTimeOf } from './time.ts';
import { isAbsent, object, objectOf, text } from './values.ts';

/** Events of Segment's e-mail, mobile and e-commerce specs that have a standard type here. */
const EVENT_TYPES: ReadonlyMap<string, string> = new Map([
  ['Email Sent', 'Send Email'],
  ['Email Delivered', 'Email Delivered'],
  ['Email Bounced', 'Email Bounced'],
  ['Email Opened', 'Open Email'],
  ['Email Link Clicked', 'Click Email'],
  ['Email Marked as Spam', 'Mark Email as Spam'],
  ['Unsubscribed', 'Unsubscribe Email'],
  ['Order Completed', 'Complete Order'],
  ['Application Installed', 'Install App'],
  ['Application Opened', 'Open App'],
]);
/** Their properties under the names that our types declare. */
const ATTRIBUTE_NAMES: ReadonlyMap<string, string> = new Map([
  ['link_url', 'link'],
  ['link_type', 'linkType'],
  ['email_subject', 'subject'],
  ['order_id', 'orderId'],
  ['version', 'appVersion'],
]);

/** The draft of an event of a person or device: a track, page or screen call. */
export function decodeActivity(call: 'track' | 'page' | 'screen', said: Said): Item {
  const { event, envelope, who, at, context, warnings } = said;
  const own = objectOf(event['properties'], 'properties');
  if (own.kind !== 'ok') return { kind: 'rejected', error: own.error };
  const properties = own.value;
  const name = text(event['event']);
  const type = typeOf(call, name);
  const named: JsonObject = {
    ...(call === 'page' ? pageAttributes(context) : {}),
    ...(type === 'Track Event' ? { event: name } : {}),
    ...(call !== 'track' && text(event['name']) !== null ? { name: event['name'] as Json } : {}),
    ...(call !== 'track' && text(event['category']) !== null ? { category: event['category'] as Json } : {}),
  };
  const renamed = attributesOf(type, properties);
  const draft: ActivityDraft = {
    ...who,
    occurredAt: at,
    saidAt: saidTimeOf(event),
    messageId: text(event['messageId']) ?? '',
    type,
    campaign: campaignOf(properties),
    assetId: text(properties['email_id'] ?? properties['form_id']),
    channel: null,
    // What the address or the kind of the event says wins over a property of the same name.
    attributes: call === 'track' ? { ...renamed, ...named } : { ...named, ...renamed },
    context,
    warnings,
    // Of the person's own device: a server's address is nobody's.
    ...((context['direct'] === true || clientLibrary(context) !== null) &&
      envelope.address !== undefined && { address: envelope.address }),
  };
  return { kind: 'activity', draft };
}

function typeOf(call: 'track' | 'page' | 'screen', name: string | null): string {
  if (call === 'page') return 'Visit Webpage';
  if (call === 'screen') return 'View Screen';
  return EVENT_TYPES.get(name ?? '') ?? 'Track Event';
}

/**
 * Properties under the names that the type declares. An order without `revenue` earned its `total`: so Segment's own
 * library reads it for destinations (`facade`, `Track.revenue`).
 */
function attributesOf(type: string, properties: JsonObject): JsonObject {
  if (type === 'Track Event') return properties;
  const named: JsonObject = Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [ATTRIBUTE_NAMES.get(key) ?? key, value]),
  );
  const { revenue, total } = named;
  const isTotal = type === 'Complete Order' && isAbsent(revenue) && total !== undefined;
  return isTotal ? { ...named, revenue: total } : named;
}

const PAGE_FIELDS = ['url', 'path', 'title', 'referrer', 'search'] as const;

function pageAttributes(context: JsonObject): JsonObject {
  const page = object(context['page']);
  return Object.fromEntries(
    PAGE_FIELDS.flatMap((field) => (text(page[field]) === null ? [] : [[field, page[field] as Json]])),
  );
}

/** The enrichment reads tags of links; this reads only the sender's own fields. */
function campaignOf(properties: JsonObject): ActivityDraft['campaign'] {
  const id = text(properties['campaign_id']);
  return id === null ? null : { id, name: text(properties['campaign_name']) };
}
