import type { ActivityMeasure, SendMeasure } from '../../datasources/activity-metrics/port.ts';

/**
 * The semantic layer's model: what each measure means, once, for every store.
 *
 * Two data sets. `activities` are dated by when they occurred. `sends` are e-mails: one send for each asset, campaign
 * and person, judged by `sendOutcome`. A send is dated by the first time it was sent, or by the earliest sign of it. Its
 * outcome counts whenever it happened, so the figures of adjacent periods add up. Unique figures count the lead keys of
 * rows: the identity as it was known when the activity was recorded.
 */
export type BaseMeasure =
  | { readonly dataset: 'activities'; readonly measure: ActivityMeasure }
  | { readonly dataset: 'sends'; readonly measure: SendMeasure };

export type MeasureDefinition =
  | (BaseMeasure & { readonly kind: 'base' })
  | {
      readonly kind: 'ratio';
      readonly of: readonly BaseMeasure[];
      readonly by: BaseMeasure;
    };

const activities = (measure: ActivityMeasure) => ({ kind: 'base', dataset: 'activities', measure }) as const;
const sends = (measure: SendMeasure) => ({ kind: 'base', dataset: 'sends', measure }) as const;
const ratio = (of: readonly BaseMeasure[], by: BaseMeasure) => ({ kind: 'ratio', of, by }) as const;

/** Every measure by its name in the API. */
export const MEASURES = {
  ACTIVITIES: activities('activities'),
  UNIQUE_LEADS: activities('uniqueLeads'),
  VISITS: activities('visits'),
  UNIQUE_VISITORS: activities('uniqueVisitors'),
  CONVERSIONS: activities('conversions'),
  UNIQUE_CONVERTERS: activities('uniqueConverters'),
  REVENUE: activities('revenueMicros'),
  CONVERSION_RATE: ratio([activities('uniqueConverters')], activities('uniqueVisitors')),
  SENT: sends('sent'),
  DELIVERED: sends('delivered'),
  HARD_BOUNCED: sends('hardBounced'),
  SOFT_BOUNCED: sends('softBounced'),
  PENDING: sends('pending'),
  ABORTED: sends('aborted'),
  OPENED: sends('opened'),
  CLICKED: sends('clicked'),
  UNSUBSCRIBED: sends('unsubscribed'),
  MARKED_AS_SPAM: sends('markedAsSpam'),
  UNIQUE_SENT: sends('uniqueSent'),
  UNIQUE_DELIVERED: sends('uniqueDelivered'),
  UNIQUE_HARD_BOUNCED: sends('uniqueHardBounced'),
  UNIQUE_SOFT_BOUNCED: sends('uniqueSoftBounced'),
  UNIQUE_PENDING: sends('uniquePending'),
  UNIQUE_ABORTED: sends('uniqueAborted'),
  UNIQUE_OPENED: sends('uniqueOpened'),
  UNIQUE_CLICKED: sends('uniqueClicked'),
  UNIQUE_UNSUBSCRIBED: sends('uniqueUnsubscribed'),
  UNIQUE_MARKED_AS_SPAM: sends('uniqueMarkedAsSpam'),
  DELIVERY_RATE: ratio([sends('delivered')], sends('sent')),
  BOUNCE_RATE: ratio([sends('hardBounced'), sends('softBounced')], sends('sent')),
  OPEN_RATE: ratio([sends('opened')], sends('delivered')),
  CLICK_RATE: ratio([sends('clicked')], sends('delivered')),
  CLICK_TO_OPEN_RATE: ratio([sends('clicked')], sends('opened')),
  UNSUBSCRIBE_RATE: ratio([sends('unsubscribed')], sends('delivered')),
} as const satisfies Record<string, MeasureDefinition>;

export type Measure = keyof typeof MEASURES;

/** The base measures that a measure is made of. */
export function basesOf(measure: Measure): readonly BaseMeasure[] {
  const definition: MeasureDefinition = MEASURES[measure];
  return definition.kind === 'base' ? [definition] : [...definition.of, definition.by];
}

/** The value of a measure other than REVENUE from its base measures; null for a ratio by zero. */
export function measureValue(measure: Measure, base: (of: BaseMeasure) => number): number | null {
  const definition: MeasureDefinition = MEASURES[measure];
  if (definition.kind === 'base') return base(definition);
  const by = base(definition.by);
  if (by === 0) return null;
  return definition.of.reduce((sum, part) => sum + base(part), 0) / by;
}
