/**
 * The traffic of a load: batches of the Segment protocol. Each is a pure function of its tenant and its number. So a
 * retry has the same bytes, and a check of the stores knows the expected rows.
 */
export type Traffic = {
  /** Begins every message's id. */
  readonly run: string;
  /** Of the first event, epoch milliseconds; each next one is a millisecond later. */
  readonly start: number;
  /** Events in one batch. */
  readonly batchSize: number;
  /** People of one tenant. */
  readonly people: number;
};

/** The outcome of an event: the name of an activity type, or null for an identify call. */
type Kind = { readonly share: number; readonly type: string | null; body(n: number): string };

const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
];
const COUNTRIES = ['DE', 'US', 'FR', 'GB', 'JP', 'BR'];
const PAGES = ['pricing', 'docs', 'blog/launch', 'product/graph', 'about', 'signup', 'changelog'];

const page = (n: number): string => {
  const path = PAGES[n % PAGES.length];
  return `"type":"page","name":"${path}","properties":{"url":"https://www.example.com/${path}?ref=${n % 97}","path":"/${path}","title":"Example ${path}","referrer":"https://www.google.com/"}`;
};
const track = (event: string, properties: string): string =>
  `"type":"track","event":"${event}","properties":{${properties}}`;
const mail = (event: string, n: number): string =>
  track(
    event,
    `"campaign_id":"campaign-${n % 20}","campaign_name":"Campaign ${n % 20}","email_id":"mail-${n % 40}","email_subject":"Offer ${n % 40}"`,
  );

const KINDS: readonly Kind[] = [
  { share: 54, type: 'Visit Webpage', body: page },
  {
    share: 14,
    type: 'Track Event',
    body: (n) => track('Product Viewed', `"sku":"sku-${n % 500}","price":${n % 90}.5`),
  },
  { share: 9, type: 'Send Email', body: (n) => mail('Email Sent', n) },
  { share: 8, type: 'Email Delivered', body: (n) => mail('Email Delivered', n) },
  { share: 5, type: 'Open Email', body: (n) => mail('Email Opened', n) },
  { share: 2, type: 'Click Email', body: (n) => mail('Email Link Clicked', n) },
  { share: 3, type: 'View Screen', body: (n) => `"type":"screen","name":"Home ${n % 5}","properties":{}` },
  { share: 3, type: 'Open App', body: () => track('Application Opened', '"version":"3.2.1"') },
  {
    share: 1,
    type: 'Complete Order',
    body: (n) => track('Order Completed', `"order_id":"o-${n}","revenue":${n % 200}.25,"currency":"EUR"`),
  },
  {
    share: 1,
    type: null,
    body: (n) => `"type":"identify","traits":{"email":"person-${n % 1000}@example.com","plan":"pro"}`,
  },
];
const KIND_OF = KINDS.flatMap((kind) => Array.from({ length: kind.share }, () => kind));

/** Spreads numbers over 32 bits; the finaliser of MurmurHash3 (Appleby, public domain). */
function mix(n: number): number {
  let h = n | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const kindOf = (n: number): Kind => KIND_OF[mix(n) % KIND_OF.length] as Kind;

/** The type of the activity that event `n` becomes; null when it becomes none. */
export const typeOf = (n: number): string | null => kindOf(n).type;
const messageIdOf = (traffic: Traffic, n: number): string => `${traffic.run}-${n}`;

/** The number in a message id of this run; undefined for one of another. */
export function numberOf(traffic: Traffic, messageId: string): number | undefined {
  if (!messageId.startsWith(`${traffic.run}-`)) return undefined;
  const n = Number(messageId.slice(traffic.run.length + 1));
  return Number.isInteger(n) ? n : undefined;
}

function event(traffic: Traffic, n: number): string {
  // Eight events in a row are a visit of one person; four visits of ten are signed in on a known device.
  const visit = mix(Math.floor(n / 8) + 7);
  const person = visit % traffic.people;
  const who =
    visit % 10 < 4
      ? `"userId":"person-${person}","anonymousId":"device-${person}"`
      : visit % 10 < 8
        ? `"userId":"person-${person}"`
        : `"anonymousId":"device-${person}"`;
  const kind = kindOf(n);
  return (
    `{"messageId":"${messageIdOf(traffic, n)}",${who},"timestamp":"${new Date(traffic.start + n).toISOString()}",` +
    `${kind.body(n)},"context":{"userAgent":"${AGENTS[visit % AGENTS.length]}","locale":"en-US",` +
    `"location":{"countryCode":"${COUNTRIES[visit % COUNTRIES.length]}"},"library":{"name":"analytics.js","version":"5.2.0"}}}`
  );
}

/** Batch number `index`: events `index * batchSize` and on. */
export function batchOf(traffic: Traffic, index: number): Buffer {
  const first = index * traffic.batchSize;
  const events: string[] = [];
  for (let n = first; n < first + traffic.batchSize; n += 1) events.push(event(traffic, n));
  return Buffer.from(`{"batch":[${events.join(',')}]}`);
}
