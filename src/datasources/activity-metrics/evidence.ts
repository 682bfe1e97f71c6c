import type { Activity } from '../../domain/activity.ts';
import { EMAIL_TYPES } from '../../domain/activity-types.ts';
import { OPENS, opensCounting } from '../../domain/agent-kind.ts';
import { EVIDENCE_SUFFIX, type SendEvidence } from '../../domain/email/outcomes.ts';
import { isUnsubscribeLink } from '../../domain/email/unsubscribe-links.ts';

export type Evidence = keyof SendEvidence;

const byOpens = (action: 'opened' | 'clicked' | 'unsubscribed'): readonly Evidence[] =>
  OPENS.map((opens) => `${action}${EVIDENCE_SUFFIX[opens]}` as const);

/** Every kind of evidence. */
export const EVIDENCE: readonly Evidence[] = [
  'delivered',
  'hardBounced',
  'softBounced',
  'markedAsSpam',
  ...byOpens('opened'),
  ...byOpens('clicked'),
  ...byOpens('unsubscribed'),
];

const EMAIL_NAMES: ReadonlySet<string> = new Set(Object.values(EMAIL_TYPES));

/** The fields of an activity about an e-mail. */
export type MailActivity = Pick<
  Activity,
  'type' | 'leadKey' | 'occurredAt' | 'campaign' | 'assetId' | 'attributes' | 'isBot' | 'agentKind'
>;

/** Whether an activity says anything of a send: one of the e-mail types. */
export const isOfSend = ({ type }: Pick<Activity, 'type'>): boolean => EMAIL_NAMES.has(type);

/** The e-mail of an activity: its campaign, and its asset or else its mailing. Null without any. */
export function mailOf({
  campaign,
  assetId,
  attributes,
}: Pick<MailActivity, 'campaign' | 'assetId' | 'attributes'>): {
  readonly campaign: string | null;
  readonly asset: string | null;
} {
  const { mailingId } = attributes;
  const mailing = typeof mailingId === 'string' && mailingId !== '' ? mailingId : null;
  return { campaign: campaign?.id ?? null, asset: assetId ?? mailing };
}

/** The evidence of one activity about its send; being sent is no evidence, only a time. */
export function evidenceOf(activity: MailActivity): readonly Evidence[] {
  const counting = (action: 'opened' | 'clicked' | 'unsubscribed'): Evidence[] =>
    opensCounting(activity.agentKind, activity.isBot).map(
      (opens) => `${action}${EVIDENCE_SUFFIX[opens]}` as const,
    );
  switch (activity.type) {
    case EMAIL_TYPES.delivered:
      return ['delivered'];
    case EMAIL_TYPES.hardBounced:
      return ['hardBounced'];
    case EMAIL_TYPES.softBounced:
      return ['softBounced'];
    case EMAIL_TYPES.markedAsSpam:
      return ['markedAsSpam'];
    case EMAIL_TYPES.opened:
      return counting('opened');
    case EMAIL_TYPES.clicked:
      // Who follows a link to unsubscribe has opened the e-mail, but shows no interest in what it offers.
      return counting(isUnsubscribeClick(activity.attributes) ? 'opened' : 'clicked');
    case EMAIL_TYPES.unsubscribed:
      return counting('unsubscribed');
    default:
      return [];
  }
}

/** By the sender's word (`linkType`), else by the link's address. */
function isUnsubscribeClick({ link, linkType }: Activity['attributes']): boolean {
  if (typeof linkType === 'string' && linkType.trim() !== '')
    return /^unsub|^opt-?out/i.test(linkType.trim());
  return typeof link === 'string' && isUnsubscribeLink(link);
}
