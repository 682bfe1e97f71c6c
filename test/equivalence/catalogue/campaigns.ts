import { EDGE_CAMPAIGN, ODD_CAMPAIGN } from '../history/mail.ts';
import { type Entry, entry, type Names } from './entry.ts';

const EMAIL = `sent delivered hardBounced softBounced pending aborted opened clicked unsubscribed markedAsSpam
  deliveryRate bounceRate openRate clickRate clickToOpenRate unsubscribeRate`;
const FIGURES = `email { ${EMAIL} } visits conversions revenue revenueText currency revenueByCurrency { currency text } activities`;
const REPORT = `query ($ids: [ID!], $from: DateTime, $to: DateTime, $asOf: DateTime, $opens: Opens) {
  emailPerformance(campaignIds: $ids, from: $from, to: $to, asOf: $asOf, opens: $opens) { from to asOf
    total { ${EMAIL} } campaigns { campaign { id externalId name createdAt } performance { ${EMAIL} } } } }`;
const PERFORMANCE = `query ($externalId: String, $from: DateTime, $to: DateTime, $asOf: DateTime, $grain: Grain, $bots: Boolean, $opens: Opens) {
  campaign(externalId: $externalId) { id name createdAt
    performance(from: $from, to: $to, asOf: $asOf, grain: $grain, includeBots: $bots, opens: $opens) { from to asOf ${FIGURES} series { time ${FIGURES} } } } }`;
const LIST = `query ($first: Int, $after: String) { campaigns(first: $first, after: $after) {
  edges { node { id externalId name createdAt } } pageInfo { hasNextPage hasPreviousPage endCursor } } }`;

/** Campaigns, how they did, and e-mail reports. */
export function campaignEntries({ at, ago, campaignId }: Names): Entry[] {
  const asOf = at(2);
  const year = { from: at(450), to: at(0), asOf };
  const quarter = { from: at(95), to: at(0), asOf };
  const cut = {
    asOf,
    from: new Date(ago(60) + 12_345).toISOString(),
    to: new Date(ago(10) - 1).toISOString(),
  };
  const tenants = ['colossus', 'middling', 'tiny'] as const;
  return [
    ...tenants.map((tenant) =>
      entry(`campaigns: of ${tenant}, in pages of 3`, LIST, { first: 3 }, { tenant, pages: ['campaigns'] }),
    ),
    entry(
      'campaign: by id, by own id, and none',
      `query ($id: ID, $odd: String) { a: campaign(id: $id) { id externalId name createdAt }
        b: campaign(externalId: $odd) { id externalId name createdAt } c: campaign(externalId: "none") { id } }`,
      { id: campaignId(EDGE_CAMPAIGN.id), odd: ODD_CAMPAIGN.id },
    ),
    ...tenants.map((tenant) => entry(`e-mail report: everything of ${tenant}`, REPORT, year, { tenant })),
    entry('e-mail report: with robots', REPORT, { ...year, opens: 'ALL' }),
    entry('e-mail report: people only', REPORT, { ...year, opens: 'PEOPLE_ONLY' }),
    entry(
      'e-mail report: of a quarter, with robots',
      REPORT,
      { ...quarter, opens: 'ALL' },
      { tenant: 'middling' },
    ),
    entry('e-mail report: of a period that cuts hours', REPORT, cut),
    entry('e-mail report: of three campaigns', REPORT, {
      ...quarter,
      ids: ['newsletter', 'old-list', EDGE_CAMPAIGN.id].map(campaignId),
    }),
    entry('e-mail report: of one month, in which some were sent again', REPORT, {
      from: at(70),
      to: at(39),
      asOf,
    }),
    entry('e-mail report: of a campaign full of traps, over more than a year', REPORT, {
      ...year,
      ids: [campaignId(ODD_CAMPAIGN.id)],
    }),
    entry('campaign performance: every fate of an e-mail, by day', PERFORMANCE, {
      externalId: EDGE_CAMPAIGN.id,
      ...quarter,
      grain: 'DAY',
    }),
    entry('campaign performance: with robots, by week', PERFORMANCE, {
      externalId: 'scanner-storm',
      ...quarter,
      grain: 'WEEK',
      bots: true,
      opens: 'ALL',
    }),
    entry('campaign performance: by hour', PERFORMANCE, {
      externalId: 'spring-sale',
      from: at(61),
      to: at(57),
      grain: 'HOUR',
      asOf,
    }),
    entry('campaign performance: by month', PERFORMANCE, {
      externalId: ODD_CAMPAIGN.id,
      ...year,
      grain: 'MONTH',
    }),
    entry('campaign performance: of a period that cuts hours', PERFORMANCE, {
      externalId: 'newsletter',
      ...cut,
      grain: 'WEEK',
    }),
    entry(
      'campaign performance: of all campaigns',
      `query ($from: DateTime, $to: DateTime, $asOf: DateTime) { campaigns(first: 200) { nodes { externalId
        performance(from: $from, to: $to, asOf: $asOf) { ${FIGURES} }
        bots: performance(from: $from, to: $to, asOf: $asOf, includeBots: true, opens: ALL) { ${FIGURES} } } } }`,
      quarter,
    ),
  ];
}
