import { DEFAULT_OPENS, type Opens } from '../../domain/agent-kind.ts';
import type { Tenant } from '../../domain/tenant.ts';
import { UTC_CALENDAR } from '../../domain/time/buckets.ts';
import { boundedList, type Optional } from '../../lib/bounds.ts';
import type { Measure } from './model.ts';
import type { PeriodQuestion, Periods } from './period.ts';
import type { MetricsRow, ReadRows } from './rows.ts';

/** A question about e-mails. */
export type EmailQuestion = PeriodQuestion & {
  /** Null: of all. */
  readonly campaignIds?: Optional<readonly string[]>;
  readonly opens?: Optional<Opens>;
};

export type EmailFigures = ReturnType<typeof emailFigures>;
export type EmailReport = {
  readonly from: number;
  readonly to: number;
  readonly asOf: number;
  readonly total: EmailFigures;
  readonly campaigns: readonly { readonly campaignId: string; readonly performance: EmailFigures }[];
};

const MAX_CAMPAIGNS = 100;

/** Persons, so that a campaign's counts do not grow with the number of its e-mails. */
export const EMAIL_MEASURES = [
  'UNIQUE_SENT',
  'UNIQUE_DELIVERED',
  'UNIQUE_HARD_BOUNCED',
  'UNIQUE_SOFT_BOUNCED',
  'UNIQUE_PENDING',
  'UNIQUE_ABORTED',
  'UNIQUE_OPENED',
  'UNIQUE_CLICKED',
  'UNIQUE_UNSUBSCRIBED',
  'UNIQUE_MARKED_AS_SPAM',
] as const satisfies readonly Measure[];

/** A count of a row; 0 where the row is absent. */
export const count = (row: MetricsRow | undefined, measure: Measure): number => row?.values.get(measure) ?? 0;

/** The figures of rows, one a campaign, added up. */
export function emailFigures(rows: readonly MetricsRow[]) {
  const sum = (measure: (typeof EMAIL_MEASURES)[number]) =>
    rows.reduce((total, row) => total + count(row, measure), 0);
  const rate = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  const [sent, delivered, opened] = [sum('UNIQUE_SENT'), sum('UNIQUE_DELIVERED'), sum('UNIQUE_OPENED')];
  const [hardBounced, softBounced] = [sum('UNIQUE_HARD_BOUNCED'), sum('UNIQUE_SOFT_BOUNCED')];
  const [clicked, unsubscribed] = [sum('UNIQUE_CLICKED'), sum('UNIQUE_UNSUBSCRIBED')];
  return {
    sent,
    delivered,
    hardBounced,
    softBounced,
    pending: sum('UNIQUE_PENDING'),
    aborted: sum('UNIQUE_ABORTED'),
    opened,
    clicked,
    unsubscribed,
    markedAsSpam: sum('UNIQUE_MARKED_AS_SPAM'),
    deliveryRate: rate(delivered, sent),
    bounceRate: rate(hardBounced + softBounced, sent),
    openRate: rate(opened, delivered),
    clickRate: rate(clicked, delivered),
    clickToOpenRate: rate(clicked, opened),
    unsubscribeRate: rate(unsubscribed, delivered),
  };
}

/** A condition on the campaign. */
export const ofCampaigns = (ids: readonly string[]) => [
  { dimension: 'campaign', values: ids, negate: false } as const,
];

/** Figures of e-mails by campaign. @throws DomainError `BAD_USER_INPUT` for too many campaigns */
export async function readEmails(
  read: ReadRows,
  periods: Periods,
  tenant: Tenant,
  asked: EmailQuestion,
  signal: AbortSignal,
): Promise<EmailReport> {
  const period = periods.period(asked);
  const asOf = periods.asOf(asked);
  const { campaignIds } = asked;
  const { rows } = await read(
    tenant,
    {
      measures: EMAIL_MEASURES,
      dimensions: ['campaign'],
      filters: campaignIds ? ofCampaigns(boundedList(campaignIds, MAX_CAMPAIGNS, 'campaignIds')) : [],
      grain: null,
      calendar: UTC_CALENDAR,
      ...period,
      includeBots: false,
      opens: asked.opens ?? DEFAULT_OPENS,
      asOf,
    },
    signal,
  );
  return {
    ...period,
    asOf,
    total: emailFigures(rows),
    campaigns: rows.flatMap((row) => {
      const [campaignId] = row.keys;
      return campaignId ? [{ campaignId, performance: emailFigures([row]) }] : [];
    }),
  };
}
