import type { JsonObject } from '../../../src/domain/json.ts';
import { activity, type Cast, DAY, HOUR, type Item } from './items.ts';

/** A campaign in which every combination of what can become of a send occurs. */
export const EDGE_CAMPAIGN = { id: 'edge', name: 'Every Fate of an E-mail' } as const;
/** A campaign whose id is full of traps. */
export const ODD_CAMPAIGN = { id: `spring "24" / été & 春`, name: 'Sprïng ’24 <sale>' } as const;

const EVIDENCE = [
  'Email Delivered',
  'Email Bounced',
  'Email Bounced Soft',
  'Open Email',
  'Click Email',
  'Unsubscribe Email',
] as const;
const ROBOT = 'Mozilla/5.0 (compatible; MailScanner/3.1 bot; +https://scanner.example/)';

/** Sends with every combination of evidence, by humans and by robots; sends twice; evidence without a send. */
export function* mail({ seed, endsAt }: Cast): Generator<Item> {
  const start = endsAt - 45 * DAY;
  for (let mask = 0; mask < 2 ** EVIDENCE.length; mask += 1)
    for (const isBot of [false, true]) {
      const who = `edge-${isBot ? 'bot' : 'human'}-${mask}`;
      const base = {
        externalId: who,
        campaign: EDGE_CAMPAIGN,
        assetId: mask % 3 === 0 ? 'edge-b' : 'edge-a',
      };
      const sentAt = start + mask * 20 * 60_000;
      const context: JsonObject = isBot ? { userAgent: ROBOT } : { location: { country: 'PT' } };
      // Some evidence has no send.
      if (mask !== 21)
        yield activity({ ...base, messageId: `${seed}-${who}-sent`, type: 'Send Email', occurredAt: sentAt });
      for (const [bit, type] of EVIDENCE.entries())
        if (mask & (1 << bit))
          yield activity({
            ...base,
            messageId: `${seed}-${who}-${bit}`,
            type,
            occurredAt: sentAt + (bit + 1) * 7 * HOUR,
            context,
            attributes: type === 'Click Email' ? { link: `https://www.example.com/edge/${mask}` } : {},
          });
    }
  yield* twice({ seed, endsAt });
  yield* odd({ seed, endsAt });
  yield* untold({ seed, endsAt });
}

const AGENTS = [
  'Mozilla/5.0 (via ggpht.com GoogleImageProxy)',
  'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html',
  'Mozilla/5.0',
  'Microsoft Outlook 16.0.4993',
  'Barracuda Sentinel (EE)',
];

/** E-mails whose send nobody told, with and without campaign, asset and mailing, opened by agents of every kind. */
function* untold({ seed, endsAt }: Pick<Cast, 'seed' | 'endsAt'>): Generator<Item> {
  const MAILS = [
    { campaign: EDGE_CAMPAIGN, assetId: null },
    { campaign: null, assetId: 'edge-a' },
    { campaign: null, assetId: null },
    { campaign: null, assetId: null, attributes: { mailingId: 'edge-mailing' } },
  ];
  for (const [index, mail] of MAILS.entries())
    for (const [place, userAgent] of AGENTS.entries())
      for (const [bit, type] of [...EVIDENCE, 'Mark Email as Spam', 'Send Email'].entries())
        if ((index + place + bit) % 3 === 0)
          yield activity({
            ...mail,
            externalId: `untold-${index}-${place}`,
            messageId: `${seed}-untold-${index}-${place}-${bit}`,
            type,
            occurredAt: endsAt - (bit + 1 + place * 20) * DAY,
            context: { userAgent },
          });
}

/** Sent twice to the same person: in another month, in the same millisecond, and a click that only unsubscribes. */
function* twice({ seed, endsAt }: Pick<Cast, 'seed' | 'endsAt'>): Generator<Item> {
  const at = endsAt - 70 * DAY;
  for (let index = 0; index < 24; index += 1) {
    const base = { externalId: `twice-${index}`, campaign: EDGE_CAMPAIGN, type: 'Send Email' };
    const id = `${seed}-twice-${index}`;
    yield activity({
      ...base,
      messageId: `${id}-b`,
      occurredAt: at + (index % 2) * 30 * DAY,
      assetId: 'edge-b',
    });
    yield activity({ ...base, messageId: `${id}-a`, occurredAt: at, assetId: 'edge-a' });
    yield activity({
      ...base,
      messageId: `${id}-click`,
      type: 'Click Email',
      occurredAt: at + 40 * DAY,
      attributes: {
        link:
          index % 3 === 0 ? 'https://www.example.com/email/unsubscribe?u=1' : 'https://www.example.com/offer',
      },
    });
  }
}

function* odd({ seed, endsAt }: Pick<Cast, 'seed' | 'endsAt'>): Generator<Item> {
  for (let index = 0; index < 40; index += 1) {
    const base = {
      externalId: `odd-${index}`,
      campaign: ODD_CAMPAIGN,
      assetId: index % 4 === 0 ? 'アセット' : null,
    };
    const at = endsAt - 410 * DAY + index * 11 * DAY;
    if (at >= endsAt) return;
    yield activity({
      ...base,
      messageId: `${seed}-odd-${index}-sent`,
      type: 'Send Email',
      occurredAt: at,
      attributes: { subject: 'Été: −50 % sur tout' },
    });
    if (index % 2 === 0)
      yield activity({
        ...base,
        messageId: `${seed}-odd-${index}-open`,
        type: 'Open Email',
        occurredAt: at + DAY,
        attributes: { subject: 'Été: −50 % sur tout' },
      });
  }
}
