import type { Json, JsonObject } from '../../../src/domain/json.ts';
import type { ActivityDraft, LeadDraft } from '../../../src/ingest/draft/draft.ts';
import type { Item } from './items.ts';
import { segmentCalls, segmentEvent } from './segment.ts';

/** One request to the API, byte for byte. */
export type WriteRequest = {
  readonly path: '/graphql' | '/v1/batch';
  readonly body: string;
  /** How many activities and identify calls are in it. */
  readonly items: number;
};

const RECORD = `mutation Record($input: RecordActivitiesInput!) {
  recordActivities(input: $input) { accepted duplicates rejected results { messageId status error { code path } } }
}`;
const IDENTIFY = `mutation Identify($input: IdentifyLeadsInput!) {
  identifyLeads(input: $input) { results { accepted error { code path } } }
}`;
/** Of one request: few enough for Segment's 500 KB, many enough that requests cost little. */
const MAX_ITEMS = 300;
const MAX_BATCH_BYTES = 400 * 1024;

/** Puts items into requests; 'barrier' where all before must have its answer first. */
export function* requestsOf(items: Iterable<Item>): Generator<WriteRequest | 'barrier'> {
  const open = {
    activities: [] as JsonObject[],
    leads: [] as JsonObject[],
    events: [] as string[],
    bytes: 0,
  };
  const record = (): WriteRequest => graphql(RECORD, 'activities', open.activities.splice(0));
  const identify = (): WriteRequest => graphql(IDENTIFY, 'leads', open.leads.splice(0));
  const batch = (): WriteRequest => {
    const events = open.events.splice(0);
    open.bytes = 0;
    return { path: '/v1/batch', body: `{"batch":[${events.join(',')}]}`, items: events.length };
  };
  const rest = function* (): Generator<WriteRequest> {
    if (open.activities.length > 0) yield record();
    if (open.leads.length > 0) yield identify();
    if (open.events.length > 0) yield batch();
  };
  for (const item of items) {
    if (item.kind === 'barrier') {
      yield* rest();
      yield 'barrier';
      continue;
    }
    if (item.dialect === 'graphql') {
      if (item.kind === 'lead') open.leads.push(leadInput(item.draft));
      else open.activities.push(item.kind === 'bad' ? (item.input as JsonObject) : activityInput(item.draft));
    } else
      for (const event of eventsOf(item)) {
        const text = JSON.stringify(event);
        if (open.bytes + Buffer.byteLength(text) > MAX_BATCH_BYTES) yield batch();
        open.events.push(text);
        open.bytes += Buffer.byteLength(text);
      }
    if (open.activities.length >= MAX_ITEMS) yield record();
    if (open.leads.length >= MAX_ITEMS) yield identify();
    if (open.events.length >= MAX_ITEMS) yield batch();
  }
  yield* rest();
}

function eventsOf(item: Exclude<Item, { kind: 'barrier' }>): Json[] {
  if (item.kind === 'bad') return [item.input];
  return item.kind === 'lead' ? segmentCalls(item.draft) : [segmentEvent(item.draft)];
}

const graphql = (
  query: string,
  name: 'activities' | 'leads',
  inputs: readonly JsonObject[],
): WriteRequest => ({
  path: '/graphql',
  body: JSON.stringify({ query, variables: { input: { [name]: inputs } } }),
  items: inputs.length,
});

function activityInput({ occurredAt, attributes, context, ...rest }: ActivityDraft): JsonObject {
  return {
    ...rest,
    occurredAt: new Date(occurredAt).toISOString(),
    attributes: attributes ?? null,
    context: context ?? null,
  } as JsonObject;
}

const leadInput = ({ at, aliases, traits, externalId, anonymousId, email }: LeadDraft): JsonObject => ({
  externalId,
  anonymousId,
  // Null would take it away.
  ...(email !== undefined && { email }),
  aliases,
  traits: traits ?? null,
  at: new Date(at).toISOString(),
});
