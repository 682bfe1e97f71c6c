import type { Activity } from '../domain/activity.ts';
import type { ActivityTypeDefinition } from '../domain/activity-types.ts';
import { activityId, messageHash } from '../domain/ids.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { type LeadIdentity, type LeadUpdate, leadKey } from '../domain/lead.ts';
import { checkAttributes } from './attributes.ts';
import type { ActivityDraft, LeadDraft, Outcome, Policy } from './draft.ts';
import { ok, reject } from './draft.ts';
import { channelOf, enrich } from './enrich.ts';
import { checkId, checkObject } from './values.ts';

export const MAX_ACTIVITY_BYTES = 32 * 1024;
const EARLIEST = Date.UTC(2000, 0, 1);
const MAX_AHEAD_MS = 24 * 3600 * 1000;
const CHANNEL = /^[a-z0-9][a-z0-9 _-]{0,63}$/;
/** Good enough to tell an address from a name; the mail server has the last word. */
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

/** Who a draft is about: the person's own id before the device's. */
function identityOf(draft: {
  readonly externalId: string | null;
  readonly anonymousId: string | null;
}): Outcome<LeadIdentity> {
  for (const field of ['externalId', 'anonymousId'] as const) {
    const value = draft[field];
    const error = value === null ? undefined : checkId(value, field);
    if (error) return { ok: false, error };
  }
  if (draft.externalId !== null) return ok({ kind: 'known', externalId: draft.externalId });
  if (draft.anonymousId !== null) return ok({ kind: 'anonymous', anonymousId: draft.anonymousId });
  return reject('MISSING_VALUE', "Say who it was: 'externalId' or 'anonymousId' is needed.", 'externalId');
}

/** Judges and completes one draft: validated, enriched, with its id; ready for every store. */
export function acceptActivity(
  tenantId: string,
  draft: ActivityDraft,
  type: ActivityTypeDefinition | undefined,
  policy: Policy,
  now: number,
): Outcome<Activity> {
  const idError =
    checkId(draft.messageId, 'messageId') ??
    (draft.campaign ? checkId(draft.campaign.id, 'campaign.id') : undefined) ??
    (draft.campaign?.name ? checkId(draft.campaign.name, 'campaign.name') : undefined) ??
    (draft.assetId === null ? undefined : checkId(draft.assetId, 'assetId'));
  if (idError) return { ok: false, error: idError };
  const identity = identityOf(draft);
  if (!identity.ok) return identity;
  if (!type)
    return reject(
      'UNKNOWN_TYPE',
      `There is no activity type of this name. 'activityTypes' lists them; 'defineActivityType' declares one.`,
      'type',
    );
  if (!Number.isInteger(draft.occurredAt)) return reject('INVALID_TIME', 'This is no time.', 'occurredAt');
  if (draft.occurredAt > now + MAX_AHEAD_MS)
    return reject(
      'INVALID_TIME',
      'This is more than 24 hours ahead of now. Check the clock of the sender.',
      'occurredAt',
    );
  if (draft.occurredAt < EARLIEST) return reject('INVALID_TIME', 'This is before 2000-01-01.', 'occurredAt');
  const channel = draft.channel === null ? channelOf(type.category) : draft.channel.toLowerCase();
  if (!CHANNEL.test(channel))
    return reject(
      'INVALID_VALUE',
      'A channel has 1 to 64 letters, digits, spaces, hyphens or underscores.',
      'channel',
    );

  const given = checkObject(draft.attributes, 'attributes', policy.mode);
  if (!given.ok) return given;
  const attributes = checkAttributes(given.value, type, policy.mode);
  if (!attributes.ok) return attributes;
  const context = checkObject(draft.context, 'context', policy.mode);
  if (!context.ok) return context;
  // After the checks, which bound the depth that stringify recurses to.
  const bytes = sizeOf(attributes.value) + sizeOf(context.value);
  if (bytes > MAX_ACTIVITY_BYTES)
    return reject(
      'TOO_LARGE',
      `Attributes and context have ${bytes} bytes; at most ${MAX_ACTIVITY_BYTES} are allowed.`,
    );

  const key = leadKey(tenantId, identity.value);
  return ok({
    id: activityId({
      leadKey: key,
      occurredAt: draft.occurredAt,
      hash: messageHash(tenantId, draft.messageId),
    }),
    messageId: draft.messageId,
    leadKey: key,
    identity: identity.value,
    type: type.name,
    occurredAt: draft.occurredAt,
    receivedAt: now,
    campaign: draft.campaign,
    assetId: draft.assetId,
    channel,
    source: policy.source,
    attributes: attributes.value,
    context: context.value,
    ...enrich(context.value),
  });
}

/** Judges one identify call. */
export function acceptLead(draft: LeadDraft, policy: Policy, now: number): Outcome<LeadUpdate> {
  const identity = identityOf(draft);
  if (!identity.ok) return identity;
  for (const [index, alias] of draft.aliases.entries()) {
    const error = checkId(alias, `aliases[${index}]`);
    if (error) return { ok: false, error };
  }
  if (draft.at > now + MAX_AHEAD_MS || draft.at < EARLIEST || !Number.isInteger(draft.at))
    return reject('INVALID_TIME', 'This is no time between 2000-01-01 and 24 hours from now.', 'at');
  const email = draft.email?.trim() ?? null;
  const validEmail = email === null || (EMAIL.test(email) && checkId(email, 'email') === undefined);
  if (!validEmail && policy.mode === 'strict')
    return reject('INVALID_VALUE', 'This is no e-mail address.', 'email');
  const traits = checkObject(draft.traits, 'traits', policy.mode);
  if (!traits.ok) return traits;
  if (sizeOf(traits.value) > MAX_ACTIVITY_BYTES)
    return reject('TOO_LARGE', `The traits have more than ${MAX_ACTIVITY_BYTES} bytes.`, 'traits');
  if (policy.mode === 'strict')
    for (const [name, value] of Object.entries(traits.value))
      if (isJsonObject(value) || Array.isArray(value))
        return reject('INVALID_VALUE', 'A trait is a string, a number, a boolean or null.', `traits.${name}`);

  const links: LeadIdentity[] = [];
  if (identity.value.kind === 'known' && draft.anonymousId !== null)
    links.push({ kind: 'anonymous', anonymousId: draft.anonymousId });
  // A sender that merges two ids doesn't say of which kind the old one was.
  for (const alias of draft.aliases)
    links.push({ kind: 'known', externalId: alias }, { kind: 'anonymous', anonymousId: alias });
  return ok({
    identity: identity.value,
    email: validEmail ? email : null,
    traits: traits.value,
    links,
    at: draft.at,
  });
}

const sizeOf = (value: JsonObject): number => Buffer.byteLength(JSON.stringify(value));
