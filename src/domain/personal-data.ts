/**
 * Of a context, at any depth: what identifies a person, a person's device or where it is, in lower case
 * without separators (Segment, "Spec: Common Fields"). What is masked and what search keeps apart must be the
 * same, or a search would tell what the mask hides.
 */
const PERSONAL_CONTEXT: ReadonlySet<string> = new Set([
  'ip',
  'ipaddress',
  'email',
  'phone',
  'traits',
  'externalids',
  'advertisingid',
  'deviceid',
  'latitude',
  'longitude',
]);

/** Whether a key of a context is personal, however it is spelled. */
export const isPersonalContext = (name: string): boolean =>
  PERSONAL_CONTEXT.has(name.replace(/[_-]/g, '').toLowerCase());

/** More than is masked as an e-mail address: a text on either side of a sign, plain, full-width or percent-encoded. */
const EMAIL_SIGN = /\S(?:[@＠﹫]|%(?:25){0,4}40)\S/;

/** Whether there is anything like an e-mail address in `text`; wherever one stands, it is personal data. */
export const holdsEmail = (text: string): boolean => EMAIL_SIGN.test(text);
