import { bytesOf, fitsIn } from '../../domain/json.ts';
import { checkAttributes } from '../draft/attributes.ts';
import { contentDigest } from '../draft/content-digest.ts';
import { type ActivityDraft, type Checked, type ItemError, ok, reject } from '../draft/draft.ts';
import { checkTime, identityOf } from '../draft/identity.ts';
import { checkMoney } from '../draft/money.ts';
import type { Arrival, Candidate, Step } from '../draft/pipeline.ts';
import { cleanActivity, isMissingValue } from '../draft/placeholders.ts';
import { checkId, checkObject, checkOf } from '../draft/values.ts';

export const MAX_ACTIVITY_BYTES = 32 * 1024;
const NO_MESSAGE =
  'This is a placeholder: all messages that have it would be one. Send an id of each message.';
const CHANNEL = /^[a-z0-9][a-z0-9 _-]{0,63}$/;

/** Checks a draft against its type and the limits of every store, and brings it into one form. */
export const createNormalise = (): Step<Arrival, Candidate> =>
  function normalise(arrival) {
    const { type, policy, now } = arrival;
    const warnings = [...(arrival.draft.warnings ?? [])];
    const draft = cleanActivity(arrival.draft, warnings);
    const idError = checkIds(draft);
    if (idError) return { kind: 'fail', error: idError };
    const identity = identityOf(draft, warnings);
    if (identity.kind !== 'ok') return identity;
    if (!type)
      return reject(
        'UNKNOWN_TYPE',
        `There is no activity type of this name. 'activityTypes' lists them; 'defineActivityType' declares one.`,
        'type',
      );
    const time = checkTime(draft.occurredAt, now, 'occurredAt');
    if (time.kind !== 'ok') return time;
    const channel = draft.channel === null ? ok(null) : checkChannel(draft.channel);
    if (channel.kind !== 'ok') return channel;
    const check = checkOf(policy, warnings);
    const given = checkObject(draft.attributes, 'attributes', check);
    if (given.kind !== 'ok') return given;
    const typed = checkAttributes(given.value, type, policy.mode, warnings);
    if (typed.kind !== 'ok') return typed;
    const attributes = checkMoney(typed.value, type, policy.mode, warnings);
    if (attributes.kind !== 'ok') return attributes;
    const context = checkObject(draft.context, 'context', check);
    if (context.kind !== 'ok') return context;
    if (!fitsIn([attributes.value, context.value], MAX_ACTIVITY_BYTES))
      return reject(
        'TOO_LARGE',
        `Attributes and context have ${bytesOf([attributes.value, context.value])} bytes; at most ${MAX_ACTIVITY_BYTES} are allowed.`,
      );
    return ok({
      arrival: draft === arrival.draft ? arrival : { ...arrival, draft },
      type,
      identity: identity.value,
      origin: null,
      channel: channel.value,
      campaign: draft.campaign,
      attributes: attributes.value,
      context: context.value,
      country: null,
      device: null,
      isBot: false,
      contentDigest: contentDigest(arrival, {
        channel: channel.value,
        attributes: attributes.value,
        context: context.value,
      }),
      agentKind: null,
      links: [],
      warnings,
    });
  };

const checkIds = ({ messageId, campaign, assetId }: ActivityDraft): ItemError | undefined =>
  checkId(messageId, 'messageId') ??
  (isMissingValue(messageId)
    ? { code: 'INVALID_VALUE', message: NO_MESSAGE, path: 'messageId' }
    : undefined) ??
  (campaign ? checkId(campaign.id, 'campaign.id') : undefined) ??
  (campaign?.name ? checkId(campaign.name, 'campaign.name') : undefined) ??
  (assetId === null ? undefined : checkId(assetId, 'assetId'));

function checkChannel(said: string): Checked<string> {
  const channel = said.toLowerCase();
  return CHANNEL.test(channel)
    ? ok(channel)
    : reject(
        'INVALID_VALUE',
        'A channel has 1 to 64 letters, digits, spaces, hyphens or underscores.',
        'channel',
      );
}
