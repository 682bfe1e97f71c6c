/**
 * E-mail reports after Marketo's published rules ("Email Performance Report", "Understanding Email
 * Statistics"): the same person and campaign count once; a send is exactly one of delivered, hard
 * bounced, soft bounced or pending; an open cancels a bounce; a click or an unsubscribe implies an open,
 * an open implies delivery; hard wins over soft, and either over delivered.
 */

/** What was ever seen of one person and one campaign. `...ByHuman` leaves robots out. */
export type SendEvidence = {
  readonly delivered: boolean;
  readonly hardBounced: boolean;
  readonly softBounced: boolean;
  readonly opened: boolean;
  readonly openedByHuman: boolean;
  readonly clicked: boolean;
  readonly clickedByHuman: boolean;
  readonly unsubscribed: boolean;
  readonly unsubscribedByHuman: boolean;
};

export type SendOutcome = {
  readonly delivery: 'delivered' | 'hardBounced' | 'softBounced' | 'pending';
  readonly opened: boolean;
  readonly clicked: boolean;
  readonly unsubscribed: boolean;
};

/** The verdict on one send. The SQL of the metrics adapters says the same; a property test compares them. */
export function sendOutcome(evidence: SendEvidence, includeBots: boolean): SendOutcome {
  const clicked = includeBots ? evidence.clicked : evidence.clickedByHuman;
  const unsubscribed = includeBots ? evidence.unsubscribed : evidence.unsubscribedByHuman;
  const opened = clicked || unsubscribed || (includeBots ? evidence.opened : evidence.openedByHuman);
  const delivery = opened
    ? 'delivered'
    : evidence.hardBounced
      ? 'hardBounced'
      : evidence.softBounced
        ? 'softBounced'
        : evidence.delivered
          ? 'delivered'
          : 'pending';
  return { delivery, opened, clicked, unsubscribed };
}

const UNSUBSCRIBE_LINK =
  /(?:^|[/?&=._-])(?:unsubscribe|unsubscribepage|opt-?out|email-?preferences)(?=$|[/?&=#._-])/i;

/** Whether a clicked link is there to unsubscribe; such a click counts as no click. */
export const isUnsubscribeLink = (link: string): boolean => UNSUBSCRIBE_LINK.test(link);
