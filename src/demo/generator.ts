import type { Json } from '../domain/json.ts';
import type { ActivityDraft, LeadDraft } from '../ingest/draft/draft.ts';
import { createRandom, type Random } from './random.ts';
import {
  BROWSERS,
  CAMPAIGNS,
  type CampaignPlan,
  COMPANIES,
  COUNTRIES,
  FIRST_NAMES,
  LAST_NAMES,
  PAGES,
  PLANS,
  REFERRERS,
  SCREENS,
} from './world.ts';

/** An event of a history: a draft like any sender's, with its time of arrival. */
export type DemoEvent =
  | { readonly kind: 'activity'; readonly draft: ActivityDraft; readonly receivedAt: number }
  | { readonly kind: 'lead'; readonly draft: LeadDraft };

export type DemoOptions = {
  /** About how many activities. */
  readonly activities: number;
  readonly days: number;
  /** The end of the history, epoch milliseconds. */
  readonly endsAt: number;
  readonly seed: number;
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Share of activities that arrive hours or days after they happened: phones that were offline, nightly exports. */
const LATE = 0.02;
/** Share of activities that senders send twice. */
const TWICE = 0.01;

type Person = {
  readonly id: string;
  /** The device before the person was known; null for people who came by another way. */
  readonly anonymousId: string | null;
  readonly name: string;
  readonly email: string;
  readonly country: string;
  readonly userAgent: string;
  readonly plan: string;
  readonly joinedAt: number;
  readonly hasApp: boolean;
};

/**
 * A plausible history of one tenant: people who visit, sign up, get e-mails, open, click, buy and unsubscribe.
 * The same options give the same events in the same order.
 */
export function* generateHistory(options: DemoOptions): Generator<DemoEvent> {
  const random = createRandom(options.seed);
  const people = Array.from({ length: Math.max(20, Math.round(options.activities / 37)) }, (_, index) =>
    person(random, index, options),
  );
  let serial = 0;
  const emit = function* (who: Person, occurredAt: number, activity: Activity): Generator<DemoEvent> {
    if (occurredAt >= options.endsAt) return;
    const event: DemoEvent = {
      kind: 'activity',
      ...draftOf(random, who, occurredAt, activity, `demo-${options.seed}-${serial++}`),
    };
    yield event;
    if (random.chance(TWICE)) yield event;
  };

  for (const who of people) {
    yield { kind: 'lead', draft: leadOf(random, who) };
    yield* emit(who, who.joinedAt, {
      type: 'New Lead',
      attributes: { sourceType: random.pick(['Web form', 'Import', 'Event']) },
    });
    yield* visits(random, who, options, emit);
    yield* customerLife(random, who, options, emit);
  }
  for (const campaign of CAMPAIGNS)
    for (const [index, day] of campaign.mailings.entries())
      yield* mailing(random, campaign, index, day, people, options, emit);
}

type Activity = {
  readonly type: string;
  readonly attributes?: Record<string, Json>;
  readonly context?: Record<string, Json>;
  readonly campaign?: CampaignPlan;
  readonly assetId?: string;
  /** Before the person was known on this device. */
  readonly anonymous?: boolean;
  readonly bot?: boolean;
};
type Emit = (who: Person, occurredAt: number, activity: Activity) => Generator<DemoEvent>;

function person(random: Random, index: number, options: DemoOptions): Person {
  const [first, last] = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)];
  const ascii = `${first}.${last}`.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  return {
    id: `user-${index + 1}`,
    anonymousId: random.chance(0.6) ? `device-${options.seed}-${index + 1}` : null,
    name: `${first} ${last}`,
    email: `${ascii}.${index + 1}@example.com`,
    country: random.weighted(COUNTRIES),
    userAgent: random.weighted(BROWSERS.slice(0, 5)),
    plan: random.weighted(PLANS),
    joinedAt:
      options.endsAt - options.days * DAY + Math.floor(random.next() ** 1.6 * options.days * 0.9 * DAY),
    hasApp: random.chance(0.3),
  };
}

const leadOf = (random: Random, who: Person): LeadDraft => ({
  externalId: who.id,
  anonymousId: who.anonymousId,
  email: who.email,
  traits: { name: who.name, company: random.pick(COMPANIES), country: who.country, plan: who.plan },
  aliases: [],
  at: who.joinedAt,
});

/** A time of a day when people are awake, rather on weekdays. */
function waking(random: Random, day: number): number {
  const start = Math.floor(day / DAY) * DAY;
  const weekday = new Date(start).getUTCDay();
  const isWeekend = weekday === 0 || weekday === 6;
  const moved = isWeekend && random.chance(0.5) ? start - 2 * DAY : start;
  return moved + 6 * HOUR + Math.floor(((random.next() + random.next()) / 2) * 17 * HOUR);
}

function* visits(random: Random, who: Person, options: DemoOptions, emit: Emit): Generator<DemoEvent> {
  const sessions = random.between(1, 6);
  for (let session = 0; session < sessions; session += 1) {
    let time = waking(random, who.joinedAt + (random.next() - 0.15) * (options.endsAt - who.joinedAt));
    const anonymous = time < who.joinedAt && who.anonymousId !== null;
    if (time < who.joinedAt && !anonymous) time = who.joinedAt + HOUR;
    let referrer: string = random.weighted(REFERRERS);
    for (let page = random.between(1, 5); page > 0; page -= 1) {
      const [path, title] = random.weighted(PAGES.map((entry) => [entry, entry[2]] as const));
      const url = `https://www.example.com${path}`;
      yield* emit(who, time, {
        type: 'Visit Webpage',
        attributes: { url, path, title, ...(referrer && { referrer }) },
        anonymous,
      });
      referrer = url;
      time += random.between(10_000, 5 * MINUTE);
    }
    if (random.chance(0.08))
      yield* emit(who, time, {
        type: 'Fill Out Form',
        attributes: {
          formId: 'contact',
          formName: 'Contact Sales',
          url: 'https://www.example.com/contact',
          email: who.email,
        },
        anonymous,
      });
    if (random.chance(0.02))
      yield* emit(who, time, {
        type: 'Visit Webpage',
        attributes: { url: 'https://www.example.com/', path: '/', title: 'Home' },
        bot: true,
      });
  }
}

function* customerLife(random: Random, who: Person, options: DemoOptions, emit: Emit): Generator<DemoEvent> {
  const sometime = () => waking(random, who.joinedAt + random.next() * (options.endsAt - who.joinedAt));
  for (let score = random.between(0, 3); score > 0; score -= 1) {
    const change = random.between(1, 20);
    yield* emit(who, sometime(), {
      type: 'Change Score',
      attributes: { scoreName: 'Lead Score', changeValue: change, reason: 'Behaviour' },
    });
  }
  if (random.chance(0.25))
    yield* emit(who, sometime(), {
      type: 'Change Data Value',
      attributes: { attributeName: 'plan', oldValue: 'free', newValue: who.plan, reason: 'Sales' },
    });
  if (random.chance(0.12))
    yield* emit(who, sometime(), {
      type: 'Interesting Moment',
      attributes: {
        momentType: 'Web',
        description: random.pick(['Visited pricing three times', 'Asked for a demo', 'Invited a colleague']),
      },
    });
  if (!who.hasApp) return;
  const installed = sometime();
  yield* emit(who, installed, { type: 'Install App', attributes: { appVersion: '4.2.0' } });
  for (let opened = random.between(2, 12); opened > 0; opened -= 1) {
    const time = waking(random, installed + random.next() * (options.endsAt - installed));
    yield* emit(who, time, { type: 'Open App', attributes: { appVersion: '4.2.0' } });
    yield* emit(who, time + 20_000, {
      type: 'View Screen',
      attributes: { name: random.pick(SCREENS), appVersion: '4.2.0' },
    });
  }
}

/** One mailing of a campaign to its share of people, and what became of each e-mail. */
function* mailing(
  random: Random,
  campaign: CampaignPlan,
  index: number,
  daysAgo: number,
  people: readonly Person[],
  options: DemoOptions,
  emit: Emit,
): Generator<DemoEvent> {
  const sentAt = options.endsAt - daysAgo * DAY + 9 * HOUR;
  const mail = { campaign, assetId: `${campaign.id}-${index + 1}` };
  const attributes = { subject: `${campaign.name} #${index + 1}`, mailingId: mail.assetId };
  for (const who of people) {
    if (who.joinedAt > sentAt || !random.chance(campaign.reach)) continue;
    const sent = sentAt + random.between(0, 30 * MINUTE);
    yield* emit(who, sent, { ...mail, type: 'Send Email', attributes });
    const fate = random.weighted([
      ['hard', campaign.hardBounce],
      ['soft', campaign.softBounce],
      ['pending', campaign.pending],
      ['delivered', 1],
    ] as const);
    if (fate === 'pending') continue;
    const arrived = sent + random.between(1_000, 2 * MINUTE);
    if (fate === 'hard')
      yield* emit(who, arrived, {
        ...mail,
        type: 'Email Bounced',
        attributes: { ...attributes, reason: '550 No such user', category: 'Unknown user' },
      });
    if (fate === 'soft')
      yield* emit(who, arrived, {
        ...mail,
        type: 'Email Bounced Soft',
        attributes: { ...attributes, reason: '452 Mailbox full', category: 'Mailbox full' },
      });
    if (fate !== 'delivered') continue;
    yield* emit(who, arrived, { ...mail, type: 'Email Delivered', attributes });
    if (random.chance(campaign.bots)) {
      yield* emit(who, arrived + 2_000, { ...mail, type: 'Open Email', attributes, bot: true });
      yield* emit(who, arrived + 3_000, {
        ...mail,
        type: 'Click Email',
        attributes: { ...attributes, link: `https://www.example.com/${campaign.id}` },
        bot: true,
      });
    }
    if (random.chance(campaign.open)) yield* reader(random, who, arrived, campaign, mail, attributes, emit);
  }
}

function* reader(
  random: Random,
  who: Person,
  arrived: number,
  campaign: CampaignPlan,
  mail: Pick<Activity, 'campaign' | 'assetId'>,
  attributes: Record<string, Json>,
  emit: Emit,
): Generator<DemoEvent> {
  let time = arrived + Math.floor(random.next() ** 3 * 3 * DAY) + MINUTE;
  for (let opens = random.chance(0.25) ? 2 : 1; opens > 0; opens -= 1) {
    yield* emit(who, time, { ...mail, type: 'Open Email', attributes });
    time += random.between(MINUTE, 6 * HOUR);
  }
  if (random.chance(campaign.unsubscribe)) {
    yield* emit(who, time, {
      ...mail,
      type: 'Click Email',
      attributes: { ...attributes, link: 'https://www.example.com/email/unsubscribe?u=1' },
    });
    yield* emit(who, time + 8_000, { ...mail, type: 'Unsubscribe Email', attributes });
    return;
  }
  if (!random.chance(campaign.click)) return;
  const url = `https://www.example.com/${campaign.id}`;
  yield* emit(who, time, { ...mail, type: 'Click Email', attributes: { ...attributes, link: url } });
  yield* emit(who, time + 4_000, {
    ...mail,
    type: 'Visit Webpage',
    attributes: {
      url: `${url}?utm_source=email`,
      path: `/${campaign.id}`,
      title: campaign.name,
      referrer: 'https://mail.example/',
    },
  });
  if (!random.chance(campaign.convert)) return;
  const revenue = Math.round((20 + random.next() ** 2 * 980) * 100) / 100;
  yield* emit(who, time + random.between(2, 40) * MINUTE, {
    ...mail,
    type: 'Complete Order',
    attributes: { orderId: `order-${who.id}-${time}`, revenue, currency: 'EUR' },
  });
}

const ROBOT = 'Mozilla/5.0 (compatible; MailScanner/3.1 bot; +https://scanner.example/)';

function draftOf(
  random: Random,
  who: Person,
  occurredAt: number,
  activity: Activity,
  messageId: string,
): { draft: ActivityDraft; receivedAt: number } {
  const isAnonymous = activity.anonymous === true;
  const fromBrowser = [
    'Visit Webpage',
    'Fill Out Form',
    'Open Email',
    'Click Email',
    'Complete Order',
    'Unsubscribe Email',
  ].includes(activity.type);
  return {
    receivedAt:
      occurredAt + (random.chance(LATE) ? random.between(2 * HOUR, 3 * DAY) : random.between(50, 3_000)),
    draft: {
      messageId,
      externalId: isAnonymous ? null : who.id,
      anonymousId: isAnonymous ? who.anonymousId : null,
      type: activity.type,
      occurredAt,
      campaign: activity.campaign ? { id: activity.campaign.id, name: activity.campaign.name } : null,
      assetId: activity.assetId ?? null,
      channel: null,
      attributes: activity.attributes ?? {},
      context: {
        ...(fromBrowser && { userAgent: activity.bot ? ROBOT : who.userAgent }),
        location: { country: who.country },
        ...activity.context,
      },
    },
  };
}
