import type {
  AggregatePlan,
  AggregateRow,
  Figure,
  SendCount,
} from '../../src/datasources/activity-metrics/port.ts';
import type { Activity } from '../../src/domain/activity.ts';
import { EMAIL_TYPES, standardType, VISIT_TYPE } from '../../src/domain/activity-types.ts';
import { startAt } from '../../src/domain/buckets.ts';
import { isUnsubscribeLink, type SendEvidence, sendOutcome } from '../../src/domain/email-outcomes.ts';
import { parseActivityId } from '../../src/domain/ids.ts';

type Send = SendEvidence & {
  readonly campaign: string;
  readonly asset: string | null;
  readonly leadKey: string;
  readonly sentAt: number;
};

/** Counts activities one by one, by the rules as they are written down: the plain recount that every store is held against. */
export function recount(activities: readonly Activity[], plan: AggregatePlan): AggregateRow[] {
  return plan.dataset === 'sends'
    ? recountSends(sendsOf(activities), plan)
    : recountActivities(activities, plan);
}

function recountActivities(
  activities: readonly Activity[],
  plan: Extract<AggregatePlan, { dataset: 'activities' }>,
): AggregateRow[] {
  const keyOf = (activity: Activity, dimension: (typeof plan.dimensions)[number]): string | null => {
    if (typeof dimension !== 'string') {
      const value = activity.attributes[dimension.attribute];
      return value === undefined || value === null
        ? null
        : typeof value === 'string'
          ? value
          : JSON.stringify(value);
    }
    switch (dimension) {
      case 'campaign':
        return activity.campaign?.id ?? null;
      case 'asset':
        return activity.assetId;
      case 'currency': {
        const { currency } = activity.attributes;
        const isMoney = standardType(activity.type)?.conversion ?? false;
        return isMoney && typeof currency === 'string' && currency.length === 3
          ? currency.toUpperCase()
          : null;
      }
      case 'utcDay':
        return String(Math.floor(activity.occurredAt / 86_400_000));
      default:
        return activity[dimension];
    }
  };
  const kept = activities.filter(
    (activity) =>
      activity.occurredAt >= plan.from &&
      activity.occurredAt < plan.to &&
      (plan.includeBots || !activity.isBot) &&
      plan.filters.every(
        (filter) => filter.values.includes(keyOf(activity, filter.dimension)) !== filter.negate,
      ),
  );
  return group(
    kept,
    (activity) => [
      plan.buckets && (startAt(plan.buckets, activity.occurredAt) ?? null),
      ...plan.dimensions.map((dimension) => keyOf(activity, dimension)),
    ],
    (members) =>
      plan.measures.map((measure) => {
        const visits = members.filter((activity) => activity.type === VISIT_TYPE);
        const conversions = members.filter((activity) => standardType(activity.type)?.conversion);
        switch (measure) {
          case 'activities':
            return members.length;
          case 'visits':
            return visits.length;
          case 'conversions':
            return conversions.length;
          case 'revenueMicros':
            return conversions.reduce(
              (sum, { attributes: { revenue } }) =>
                sum + (typeof revenue === 'number' ? exactMicros(revenue) : 0n),
              0n,
            );
          case 'uniqueLeads':
            return persons(members);
          case 'uniqueVisitors':
            return persons(visits);
          case 'uniqueConverters':
            return persons(conversions);
          default:
            return measure satisfies never;
        }
      }),
  );
}

const persons = (members: readonly { readonly leadKey: string }[]): number =>
  new Set(members.map(({ leadKey }) => leadKey)).size;

/** The sends of a history: person and campaign once, dated by the first send. */
function sendsOf(activities: readonly Activity[]): Send[] {
  const pairs = new Map<string, Activity[]>();
  for (const activity of activities) {
    if (!activity.campaign) continue;
    const key = `${activity.campaign.id} ${activity.leadKey}`;
    pairs.set(key, [...(pairs.get(key) ?? []), activity]);
  }
  return [...pairs.values()].flatMap((members) => {
    const order = (a: Activity, b: Activity) =>
      a.occurredAt - b.occurredAt ||
      ((parseActivityId(a.id)?.hash ?? '') < (parseActivityId(b.id)?.hash ?? '') ? -1 : 1);
    const [first] = members.filter(({ type }) => type === EMAIL_TYPES.send).sort(order);
    if (!first?.campaign) return [];
    const seen = (type: string, human = false) =>
      members.some(
        (activity) =>
          activity.type === type &&
          (!human || !activity.isBot) &&
          !(type === EMAIL_TYPES.clicked && isUnsubscribeLink(String(activity.attributes['link'] ?? ''))),
      );
    return [
      {
        campaign: first.campaign.id,
        asset: first.assetId,
        leadKey: first.leadKey,
        sentAt: first.occurredAt,
        delivered: seen(EMAIL_TYPES.delivered),
        hardBounced: seen(EMAIL_TYPES.hardBounced),
        softBounced: seen(EMAIL_TYPES.softBounced),
        opened: seen(EMAIL_TYPES.opened),
        openedByHuman: seen(EMAIL_TYPES.opened, true),
        clicked: seen(EMAIL_TYPES.clicked),
        clickedByHuman: seen(EMAIL_TYPES.clicked, true),
        unsubscribed: seen(EMAIL_TYPES.unsubscribed),
        unsubscribedByHuman: seen(EMAIL_TYPES.unsubscribed, true),
      },
    ];
  });
}

function recountSends(
  sends: readonly Send[],
  plan: Extract<AggregatePlan, { dataset: 'sends' }>,
): AggregateRow[] {
  const kept = sends.filter(
    (send) =>
      send.sentAt >= plan.from &&
      send.sentAt < plan.to &&
      plan.filters.every((filter) => filter.values.includes(send[filter.dimension]) !== filter.negate),
  );
  return group(
    kept,
    (send) => [
      plan.buckets && (startAt(plan.buckets, send.sentAt) ?? null),
      ...plan.dimensions.map((dimension) => send[dimension]),
    ],
    (members) =>
      plan.measures.map((measure) => {
        const unique = measure.startsWith('unique');
        const name = (
          unique ? `${measure.charAt(6).toLowerCase()}${measure.slice(7)}` : measure
        ) as SendCount;
        const counted = members.filter((send) => {
          const outcome = sendOutcome(send, plan.includeBots);
          if (name === 'sent') return true;
          if (name === 'opened' || name === 'clicked' || name === 'unsubscribed') return outcome[name];
          return outcome.delivery === name;
        });
        return unique ? persons(counted) : counted.length;
      }),
  );
}

function group<T>(
  items: readonly T[],
  keyOf: (item: T) => [number | null, ...(string | null)[]],
  count: (members: readonly T[]) => Figure[],
): AggregateRow[] {
  const groups = new Map<string, { bucket: number | null; keys: (string | null)[]; members: T[] }>();
  for (const item of items) {
    const [bucket, ...keys] = keyOf(item);
    const text = JSON.stringify([bucket, keys]);
    const known = groups.get(text);
    if (known) known.members.push(item);
    else groups.set(text, { bucket, keys, members: [item] });
  }
  return sortRows(
    [...groups.values()]
      .map(({ bucket, keys, members }) => ({ bucket, keys, values: count(members) }))
      .filter((row) => row.values.some((value) => Number(value) !== 0)),
  );
}

/** Millionths of an amount, by its decimal text with long division: no arithmetic of the product. */
function exactMicros(amount: number): bigint {
  if (Math.abs(amount) > 1e12) return 0n;
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(amount)) ?? [];
  const shift = 6 + Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  const scale = 10n ** BigInt(Math.abs(shift));
  const size = shift >= 0 ? digits * scale : (digits * 2n + scale) / (scale * 2n);
  return sign === '-' ? -size : size;
}

/** Rows in one order, to compare answers that have none. */
export const sortRows = (rows: readonly AggregateRow[]): AggregateRow[] =>
  rows
    .map(({ bucket, keys, values }) => ({ bucket, keys, values }))
    .sort((a, b) => (JSON.stringify([a.bucket, a.keys]) < JSON.stringify([b.bucket, b.keys]) ? -1 : 1));
