import type { Activity } from '../../domain/activity.ts';
import { EMAIL_TYPES } from '../../domain/activity-types.ts';
import { isUnsubscribeLink, type SendEvidence } from '../../domain/email-outcomes.ts';

export type Evidence = keyof SendEvidence;

/** Every kind of evidence. */
export const EVIDENCE: readonly Evidence[] = [
  'delivered',
  'hardBounced',
  'softBounced',
  'opened',
  'openedByHuman',
  'clicked',
  'clickedByHuman',
  'unsubscribed',
  'unsubscribedByHuman',
];

const EMAIL_NAMES: ReadonlySet<string> = new Set(Object.values(EMAIL_TYPES));

/** Whether an activity says anything of a send: one of the e-mail types, with a campaign. */
export const isOfSend = (
  activity: Activity,
): activity is Activity & { readonly campaign: NonNullable<Activity['campaign']> } =>
  activity.campaign !== null && EMAIL_NAMES.has(activity.type);

/** What one activity proves of the send of its person and campaign; that it was sent is no evidence but a time. */
export function evidenceOf(activity: Activity): readonly Evidence[] {
  const byPerson = <E extends Evidence>(all: E, human: E): E[] => (activity.isBot ? [all] : [all, human]);
  switch (activity.type) {
    case EMAIL_TYPES.delivered:
      return ['delivered'];
    case EMAIL_TYPES.hardBounced:
      return ['hardBounced'];
    case EMAIL_TYPES.softBounced:
      return ['softBounced'];
    case EMAIL_TYPES.opened:
      return byPerson('opened', 'openedByHuman');
    case EMAIL_TYPES.clicked: {
      const link = activity.attributes['link'];
      return typeof link === 'string' && isUnsubscribeLink(link) ? [] : byPerson('clicked', 'clickedByHuman');
    }
    case EMAIL_TYPES.unsubscribed:
      return byPerson('unsubscribed', 'unsubscribedByHuman');
    default:
      return [];
  }
}
