import { fitsIn, isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { LeadIdentity, LeadUpdate } from '../../domain/lead.ts';
import { type Checked, type ItemError, type LeadDraft, ok, type Policy, reject } from '../draft/draft.ts';
import { checkTime, identityOf } from '../draft/identity.ts';
import { cleanLead } from '../draft/placeholders.ts';
import { checkId, checkObject, checkOf } from '../draft/values.ts';
import { MAX_ACTIVITY_BYTES } from '../steps/normalise.ts';

/** Good enough to tell an address from a name; the mail server has the last word. */
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

/** A person's update, and warnings about changed values. */
export type AcceptedLead = { readonly update: LeadUpdate; readonly warnings: readonly ItemError[] };

/**
 * Judges one identify call.
 * @param isPublic sent with a public key: it may link the device's own anonymous id to a person, and no other id
 */
export function acceptLead(
  said: LeadDraft,
  policy: Policy,
  now: number,
  isPublic = false,
): Checked<AcceptedLead> {
  const warnings = [...(said.warnings ?? [])];
  const draft = cleanLead(said, warnings);
  const identity = identityOf(draft, warnings);
  if (identity.kind !== 'ok') return identity;
  for (const [index, alias] of draft.aliases.entries()) {
    const error = checkId(alias, `aliases[${index}]`);
    if (error) return { kind: 'fail', error };
    if (isPublic && alias !== draft.anonymousId)
      return reject(
        'FORBIDDEN',
        "A public key can not link two ids of people. Send the former id as 'anonymousId' if it is a device's, or use a secret key.",
        `aliases[${index}]`,
      );
  }
  const time = checkTime(draft.at, now, 'at');
  if (time.kind !== 'ok') return time;
  const email = checkEmail(draft.email, policy, warnings);
  if (email.kind !== 'ok') return email;
  const traits = checkTraits(draft.traits, policy, warnings);
  if (traits.kind !== 'ok') return traits;
  return ok({
    update: {
      identity: identity.value,
      email: email.value ?? null,
      ...(email.value === null && { isEmailRemoved: true }),
      traits: traits.value,
      links: linksOf(draft, identity.value, isPublic),
      // Whoever has a public key must not outdo what will be said of a person until tomorrow.
      at: isPublic ? Math.min(draft.at, now) : draft.at,
    },
    warnings,
  });
}

/** @returns undefined without an address, or for a bad address from a schemaless sender; null to remove the address */
function checkEmail(
  said: LeadDraft['email'],
  { mode }: Policy,
  warnings: ItemError[],
): Checked<string | null | undefined> {
  if (said === undefined || said === null) return ok(said);
  const email = said.trim();
  if (EMAIL.test(email) && checkId(email, 'email') === undefined) return ok(email);
  const message = 'This is no e-mail address.';
  if (mode === 'strict') return reject('INVALID_VALUE', message, 'email');
  warnings.push({ code: 'INVALID_VALUE', message: `${message} It was left out.`, path: 'email' });
  return ok(undefined);
}

function checkTraits(
  said: LeadDraft['traits'],
  { mode }: Policy,
  warnings: ItemError[],
): Checked<JsonObject> {
  const traits = checkObject(said, 'traits', checkOf({ mode }, warnings));
  if (traits.kind !== 'ok') return traits;
  if (!fitsIn(traits.value, MAX_ACTIVITY_BYTES))
    return reject('TOO_LARGE', `The traits have more than ${MAX_ACTIVITY_BYTES} bytes.`, 'traits');
  if (mode === 'strict')
    for (const [name, value] of Object.entries(traits.value))
      if (isJsonObject(value) || Array.isArray(value))
        return reject('INVALID_VALUE', 'A trait is a string, a number, a boolean or null.', `traits.${name}`);
  return traits;
}

function linksOf(draft: LeadDraft, identity: LeadIdentity, isPublic: boolean): readonly LeadIdentity[] {
  const links: LeadIdentity[] = [];
  if (identity.kind === 'known' && draft.anonymousId !== null)
    links.push({ kind: 'anonymous', anonymousId: draft.anonymousId });
  // A sender that merges two ids doesn't say of which kind the old one was.
  for (const alias of isPublic ? [] : draft.aliases)
    links.push({ kind: 'known', externalId: alias }, { kind: 'anonymous', anonymousId: alias });
  return links;
}
