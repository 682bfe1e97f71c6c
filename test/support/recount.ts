import type {
  AggregatePlan,
  AggregateRow,
  Figure,
  SendCount,
} from '../../src/datasources/activity-metrics/port.ts';
import type { Activity } from '../../src/domain/activity.ts';
import { EMAIL_TYPES, standardType, VISIT_TYPE } from '../../src/domain/activity-types.ts';
import { isUnsubscribeLink } from '../../src/domain/email/unsubscribe-links.ts';
import { startAt } from '../../src/domain/time/buckets.ts';

type Send = {
  readonly campaign: string | null;
  readonly asset: string | null;
  readonly leadKey: string;
  readonly sentAt: number;
  /** All that was told of it. */
  readonly members: readonly Activity[];
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

/** The sends of a history: asset, campaign and person once, dated by the first "sent", or else by the earliest sign. */
function sendsOf(activities: readonly Activity[]): Send[] {
  const ofMail = new Set<string>(Object.values(EMAIL_TYPES));
  const mails = activities.filter(({ type }) => ofMail.has(type));
  const assetOf = ({ assetId, attributes }: Activity) =>
    assetId ?? (attributes['mailingId'] as string) ?? null;
  const keyOf = (activity: Activity) =>
    JSON.stringify([activity.campaign?.id ?? null, assetOf(activity), activity.leadKey]);
  return [...Map.groupBy(mails, keyOf).values()].map((members): Send => {
    const [first] = members as [Activity, ...Activity[]];
    const told = members.filter(({ type }) => type === EMAIL_TYPES.send);
    const signs = told.length > 0 ? told : members;
    return {
      campaign: first.campaign?.id ?? null,
      asset: assetOf(first),
      leadKey: first.leadKey,
      sentAt: Math.min(...signs.map(({ occurredAt }) => occurredAt)),
      members,
    };
  });
}

type SendsPlan = Extract<AggregatePlan, { dataset: 'sends' }>;

/** Whether what this activity's agent did counts. */
function counts({ isBot, agentKind }: Activity, opens: SendsPlan['opens']): boolean {
  if (opens === 'ALL') return true;
  if (isBot || agentKind === 'SCANNER' || agentKind === 'ROBOT') return false;
  return opens === 'WITHOUT_SCANNERS' || agentKind !== 'PRIVACY_PROXY';
}

/** Whether a count holds for a send: the rules of the schema's `EmailPerformance`, one by one. */
function holds({ members, sentAt }: Send, name: SendCount, { opens, asOf }: SendsPlan): boolean {
  const some = (type: string, where: (activity: Activity) => boolean = () => true) =>
    members.some((activity) => activity.type === type && where(activity));
  const isCounted = (activity: Activity) => counts(activity, opens);
  const leadsOut = ({ attributes }: Activity) => isUnsubscribeLink(String(attributes['link'] ?? ''));
  const { opened, clicked, unsubscribed, markedAsSpam } = EMAIL_TYPES;
  const isIn = [opened, clicked, unsubscribed, markedAsSpam].some((type) => some(type));
  const hard = !isIn && some(EMAIL_TYPES.hardBounced);
  const soft = !isIn && !hard && some(EMAIL_TYPES.softBounced);
  const delivered = isIn || (!hard && !soft && some(EMAIL_TYPES.delivered));
  const isUnknown = !delivered && !hard && !soft;
  const isOld = asOf - sentAt >= 3 * 24 * 3_600_000;
  switch (name) {
    case 'sent':
      return true;
    case 'delivered':
      return delivered;
    case 'hardBounced':
      return hard;
    case 'softBounced':
      return soft;
    case 'pending':
      return isUnknown && !isOld;
    case 'aborted':
      return isUnknown && isOld;
    case 'opened':
      return [opened, clicked, unsubscribed].some((type) => some(type, isCounted));
    case 'clicked':
      return some(clicked, (activity) => isCounted(activity) && !leadsOut(activity));
    case 'unsubscribed':
      return some(unsubscribed, isCounted);
    case 'markedAsSpam':
      return some(markedAsSpam);
    default:
      return name satisfies never;
  }
}

function recountSends(sends: readonly Send[], plan: SendsPlan): AggregateRow[] {
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
        const counted = members.filter((send) => holds(send, name, plan));
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
