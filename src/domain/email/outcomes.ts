import type { Opens } from '../agent-kind.ts';

/**
 * E-mail reports after Marketo's published rules ("Email Performance Report", "Understanding Email Statistics"). A send
 * is one asset, campaign and person. It is exactly one of delivered, hard bounced, soft bounced, pending or aborted.
 * Any open, click, unsubscribe or complaint proves delivery and cancels a bounce, even from a robot. Otherwise hard
 * wins over soft, and both win over delivered. Without any outcome it is pending for three days, and then aborted. A
 * click or an unsubscribe implies an open. `Opens` chooses the opens, clicks and unsubscribes that count.
 */

type Action = 'opened' | 'clicked' | 'unsubscribed';
/** Ends the names of evidence that counts by this choice. */
export const EVIDENCE_SUFFIX = {
  ALL: '',
  WITHOUT_SCANNERS: 'WithoutScanners',
  PEOPLE_ONLY: 'ByPeople',
} as const satisfies Record<Opens, string>;
type Suffix = (typeof EVIDENCE_SUFFIX)[Opens];

/** All evidence of one send: outcomes, and actions by each choice of `Opens`. */
export type SendEvidence = Readonly<
  Record<'delivered' | 'hardBounced' | 'softBounced' | 'markedAsSpam' | `${Action}${Suffix}`, boolean>
>;

export type SendOutcome = {
  readonly delivery: 'delivered' | 'hardBounced' | 'softBounced' | 'pending' | 'aborted';
  readonly opened: boolean;
  readonly clicked: boolean;
  readonly unsubscribed: boolean;
  readonly markedAsSpam: boolean;
};

/** How long a send without any outcome is pending, in milliseconds. */
export const PENDING_MS = 3 * 24 * 3_600_000;

/**
 * The verdict on one send. The SQL of the metrics adapters says the same; a property test compares them.
 * @param sentAt when it was sent, epoch milliseconds
 * @param asOf the time of the question, epoch milliseconds: a send without an outcome three days before it is aborted
 */
export function sendOutcome(
  evidence: SendEvidence,
  sentAt: number,
  { opens, asOf }: { readonly opens: Opens; readonly asOf: number },
): SendOutcome {
  const counts = (action: Action) => evidence[`${action}${EVIDENCE_SUFFIX[opens]}`];
  const [clicked, unsubscribed] = [counts('clicked'), counts('unsubscribed')];
  const isIn = evidence.opened || evidence.clicked || evidence.unsubscribed || evidence.markedAsSpam;
  return {
    delivery: isIn ? 'delivered' : withoutOpen(evidence, sentAt, asOf),
    opened: clicked || unsubscribed || counts('opened'),
    clicked,
    unsubscribed,
    markedAsSpam: evidence.markedAsSpam,
  };
}

function withoutOpen(evidence: SendEvidence, sentAt: number, asOf: number): SendOutcome['delivery'] {
  if (evidence.hardBounced) return 'hardBounced';
  if (evidence.softBounced) return 'softBounced';
  if (evidence.delivered) return 'delivered';
  return sentAt + PENDING_MS <= asOf ? 'aborted' : 'pending';
}
