import { isJsonObject, type Json, type JsonObject } from '../../../domain/json.ts';
import { type Item, type ItemError, type LeadDraft, reject } from '../../draft/draft.ts';
import { isPlaceholderId } from '../../draft/placeholders.ts';
import { decodeActivity } from './activity.ts';
import type { Envelope, Said } from './said.ts';
import { timeOf } from './time.ts';
import { idOf, isAbsent, object, objectOf, text } from './values.ts';

/** The calls of Segment's tracking API (Segment, "HTTP API Source" and "Spec"). */
export const CALLS = ['track', 'identify', 'page', 'screen', 'group', 'alias'] as const;
export type Call = (typeof CALLS)[number];

const rejected = (code: ItemError['code'], message: string, path: string | null): Item => ({
  kind: 'rejected',
  error: reject(code, message, path).error,
});

/**
 * Decodes one event after the Segment protocol.
 * @param event with a message id (`withMessageId`)
 * @param call the kind where the address says it; a batch's events say it themselves in `type`
 */
export function decodeEvent(event: Json, call: Call | null, envelope: Envelope): Item {
  if (!isJsonObject(event)) return rejected('INVALID_VALUE', 'An event is a JSON object.', '');
  const type = call ?? CALLS.find((known) => known === event['type']);
  if (!type) return rejected('UNKNOWN_TYPE', `'type' must be one of ${CALLS.join(', ')}.`, 'type');
  const warnings: ItemError[] = [];
  const who = {
    externalId: idOf(event, 'userId', warnings),
    anonymousId: idOf(event, 'anonymousId', warnings),
  };
  if (type !== 'alias' && who.externalId === null && who.anonymousId === null)
    return rejected('MISSING_VALUE', "'userId' or 'anonymousId' is needed.", 'userId');
  const sentAt = event['sentAt'] ?? envelope.sentAt;
  const receivedAt = event['receivedAt'] ?? envelope.receivedAt;
  const at = timeOf(event, { sentAt, receivedAt, arrivedAt: envelope.arrivedAt }, warnings);
  if (at.kind !== 'ok') return { kind: 'rejected', error: at.error };
  const context = contextOf(event, envelope, warnings);
  const said: Said = { event, envelope, who, at: at.value, context, warnings };
  switch (type) {
    case 'identify':
      return identify(said);
    case 'group':
      return group(said);
    case 'alias':
      return alias(said);
    default:
      return decodeActivity(type, said);
  }
}

function lead({ who, at, warnings }: Said, traits: JsonObject, email?: Json): Item {
  // Null takes an address away; an empty text says nothing.
  const draft: LeadDraft = {
    ...who,
    traits,
    email: email === null ? null : (textOrJson(email) ?? undefined),
    aliases: [],
    at,
    warnings,
  };
  return { kind: 'lead', draft };
}

/** A value that is no text is no address; the door reports it. */
const textOrJson = (value: Json | undefined): string | null =>
  isAbsent(value) ? null : (text(value) ?? JSON.stringify(value));

function identify(said: Said): Item {
  const own = objectOf(said.event['traits'], 'traits');
  if (own.kind !== 'ok') return { kind: 'rejected', error: own.error };
  const { email, ...traits } = { ...object(said.context['traits']), ...own.value };
  return lead(said, traits, email);
}

/** A group's traits belong to the person as traits of the group. */
function group(said: Said): Item {
  const groupId = text(said.event['groupId']);
  if (groupId === null || isPlaceholderId(groupId))
    return rejected('MISSING_VALUE', "A group call needs 'groupId'.", 'groupId');
  const own = objectOf(said.event['traits'], 'traits');
  if (own.kind !== 'ok') return { kind: 'rejected', error: own.error };
  const traits = Object.entries(own.value).map(([name, value]): [string, Json] => [`group.${name}`, value]);
  return lead(said, { ...Object.fromEntries(traits), groupId });
}

function alias(said: Said): Item {
  const previous = text(said.event['previousId']);
  const current = said.who.externalId ?? said.who.anonymousId;
  if (previous === null || current === null)
    return rejected(
      'MISSING_VALUE',
      "An alias needs 'previousId' and 'userId'.",
      previous === null ? 'previousId' : 'userId',
    );
  if (isPlaceholderId(previous))
    return rejected('INVALID_VALUE', 'This id is a placeholder that stands for nobody.', 'previousId');
  const { at, warnings } = said;
  return {
    kind: 'lead',
    draft: {
      externalId: current,
      // What is the event's own anonymous id is a device's, and no user's.
      anonymousId: previous === said.who.anonymousId ? previous : null,
      email: undefined,
      traits: {},
      aliases: [previous],
      at,
      warnings,
    },
  };
}

/** Context of the batch and of the event; a context that is no object is left out with a warning. */
function contextOf(event: JsonObject, envelope: Envelope, warnings: ItemError[]): JsonObject {
  const [all, own] = [envelope.context, event['context']].map((said) => {
    const read = objectOf(said, 'context');
    if (read.kind === 'ok') return read.value;
    warnings.push({ ...read.error, message: `${read.error.message} It was left out.` });
    return {};
  });
  return { ...all, ...own };
}

/**
 * An event as it would be without its batch: with what the batch says of all. Decoded again as one of a batch that says
 * nothing and arrived at the same time, it is the same.
 * @param event with a message id (`withMessageId`)
 */
export function completeEvent(event: Json, call: Call | null, envelope: Envelope): Json {
  if (!isJsonObject(event)) return event;
  const sentAt = event['sentAt'] ?? envelope.sentAt;
  const receivedAt = event['receivedAt'] ?? envelope.receivedAt;
  const { writeKey: _secret, ...said } = event;
  return {
    ...said,
    ...(call !== null && { type: call }),
    ...(sentAt !== undefined && { sentAt }),
    ...(receivedAt !== undefined && { receivedAt }),
    context: contextOf(event, envelope, []),
  };
}
