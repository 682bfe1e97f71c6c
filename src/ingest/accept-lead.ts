import { fitsIn, isJsonObject } from '../domain/json.ts';
import type { LeadIdentity, LeadUpdate } from '../domain/lead.ts';
import { type Checked, type LeadDraft, ok, type Policy, reject } from './draft.ts';
import { checkTime, identityOf } from './identity.ts';
import { MAX_ACTIVITY_BYTES } from './steps/normalise.ts';
import { checkId, checkObject } from './values.ts';

/** Good enough to tell an address from a name; the mail server has the last word. */
const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;

/** Judges one identify call. */
export function acceptLead(draft: LeadDraft, policy: Policy, now: number): Checked<LeadUpdate> {
  const identity = identityOf(draft);
  if (identity.kind !== 'ok') return identity;
  for (const [index, alias] of draft.aliases.entries()) {
    const error = checkId(alias, `aliases[${index}]`);
    if (error) return { kind: 'fail', error };
  }
  const time = checkTime(draft.at, now, 'at');
  if (time.kind !== 'ok') return time;
  const email = draft.email?.trim() ?? null;
  const validEmail = email === null || (EMAIL.test(email) && checkId(email, 'email') === undefined);
  if (!validEmail && policy.mode === 'strict')
    return reject('INVALID_VALUE', 'This is no e-mail address.', 'email');
  const traits = checkObject(draft.traits, 'traits', policy.mode);
  if (traits.kind !== 'ok') return traits;
  if (!fitsIn(traits.value, MAX_ACTIVITY_BYTES))
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
