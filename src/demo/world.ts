/** The material of the demo's histories. Every address is of a domain reserved for examples (RFC 2606). */

export type CampaignPlan = {
  readonly id: string;
  readonly name: string;
  /** Days before the end of the history on which a mailing went out. */
  readonly mailings: readonly number[];
  /** Share of all known people that each mailing goes to. */
  readonly reach: number;
  readonly hardBounce: number;
  readonly softBounce: number;
  /** Share of sends without any outcome. */
  readonly pending: number;
  /** Of delivered. */
  readonly open: number;
  /** Of opened. */
  readonly click: number;
  readonly unsubscribe: number;
  /** Of delivered: opened and clicked by a mail scanner. */
  readonly bots: number;
  /** Of clicked: bought something. */
  readonly convert: number;
};

const usual = {
  reach: 0.25,
  hardBounce: 0.01,
  softBounce: 0.015,
  pending: 0.005,
  open: 0.28,
  click: 0.15,
  unsubscribe: 0.004,
  bots: 0.02,
  convert: 0.05,
};
const weekly = [84, 77, 70, 63, 56, 49, 42, 35, 28, 21, 14, 7];

/** Campaigns that differ so much that every report shows which is which. */
export const CAMPAIGNS: readonly CampaignPlan[] = [
  {
    ...usual,
    id: 'newsletter',
    name: 'Weekly Newsletter',
    mailings: weekly,
    reach: 0.3,
    open: 0.24,
    click: 0.08,
  },
  {
    ...usual,
    id: 'welcome',
    name: 'Welcome Series',
    mailings: weekly.map((day) => day - 2),
    reach: 0.05,
    open: 0.62,
    click: 0.4,
    convert: 0.12,
  },
  {
    ...usual,
    id: 'spring-sale',
    name: 'Spring Sale',
    mailings: [60, 58, 55],
    reach: 0.7,
    open: 0.41,
    click: 0.33,
    convert: 0.14,
  },
  {
    ...usual,
    id: 'product-launch',
    name: 'Product Launch',
    mailings: [33, 30],
    reach: 0.8,
    open: 0.47,
    click: 0.29,
    convert: 0.06,
  },
  {
    ...usual,
    id: 'webinar',
    name: 'Webinar Invitation',
    mailings: [47, 44, 41],
    reach: 0.35,
    open: 0.31,
    click: 0.2,
    convert: 0.01,
  },
  {
    ...usual,
    id: 'old-list',
    name: 'Reactivation of an Old List',
    mailings: [25],
    reach: 0.4,
    hardBounce: 0.19,
    softBounce: 0.08,
    open: 0.09,
    click: 0.05,
    unsubscribe: 0.03,
  },
  {
    ...usual,
    id: 'scanner-storm',
    name: 'Enterprise Outreach (scanned by robots)',
    mailings: [18],
    reach: 0.3,
    open: 0.2,
    click: 0.06,
    bots: 0.55,
  },
  {
    ...usual,
    id: 'survey',
    name: 'Customer Survey',
    mailings: [12],
    reach: 0.5,
    open: 0.26,
    click: 0.18,
    unsubscribe: 0.02,
    convert: 0,
  },
  {
    ...usual,
    id: 'too-often',
    name: 'Daily Deals',
    mailings: [10, 9, 8, 7, 6],
    reach: 0.3,
    open: 0.15,
    click: 0.05,
    unsubscribe: 0.035,
  },
  {
    ...usual,
    id: 'just-sent',
    name: 'Autumn Preview (just sent)',
    mailings: [1],
    reach: 0.4,
    pending: 0.45,
    open: 0.12,
    click: 0.1,
  },
  {
    ...usual,
    id: 'vip',
    name: 'VIP Early Access',
    mailings: [20, 5],
    reach: 0.02,
    open: 0.78,
    click: 0.55,
    convert: 0.3,
  },
];

export const FIRST_NAMES = [
  'Ada',
  'Ben',
  'Clara',
  'David',
  'Elena',
  'Farid',
  'Grace',
  'Hugo',
  'Ines',
  'Jonas',
  'Keiko',
  'Liam',
  'Mara',
  'Noah',
  'Olga',
  'Pablo',
  'Rosa',
  'Sven',
  'Tara',
  'Yusuf',
];
export const LAST_NAMES = [
  'Almeida',
  'Bauer',
  'Castillo',
  'Dubois',
  'Eriksen',
  'Fischer',
  'García',
  'Hansen',
  'Ito',
  'Jansen',
  'Kowalski',
  'Larsson',
  'Müller',
  'Novak',
  'Okafor',
  'Petrov',
  'Rossi',
  'Schmidt',
  'Tanaka',
  'Weber',
];
export const COMPANIES = [
  'Northwind',
  'Contoso',
  'Initech',
  'Umbrella',
  'Hooli',
  'Stark',
  'Wayne',
  'Wonka',
  'Soylent',
  'Tyrell',
];
export const COUNTRIES = [
  ['US', 40],
  ['DE', 18],
  ['GB', 12],
  ['FR', 9],
  ['ES', 6],
  ['JP', 5],
  ['BR', 5],
  ['SE', 3],
  ['PL', 2],
] as const;
export const PLANS = [
  ['free', 60],
  ['team', 28],
  ['enterprise', 12],
] as const;

export const PAGES = [
  ['/', 'Home', 30],
  ['/pricing', 'Pricing and Plans', 18],
  ['/features', 'Features', 12],
  ['/docs/getting-started', 'Getting Started', 10],
  ['/docs/api', 'API Reference', 8],
  ['/blog/timeline-of-a-customer', 'The Timeline of a Customer', 7],
  ['/blog/what-is-an-open-worth', 'What Is an Open Worth?', 6],
  ['/customers', 'Customer Stories', 5],
  ['/contact', 'Contact Sales', 4],
] as const;
export const REFERRERS = [
  ['', 50],
  ['https://search.example/', 25],
  ['https://social.example/feed', 15],
  ['https://partner.example/list', 10],
] as const;
export const SCREENS = ['Inbox', 'Dashboard', 'Settings', 'Search', 'Profile'];

export const BROWSERS = [
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    40,
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
    20,
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    22,
  ],
  [
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
    12,
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    3,
  ],
  ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 3],
] as const;
