/**
 * Well-known sites that people come from. By the name before the public suffix where a site has many
 * (`google.de`, `google.com.au`), else by host. A site that is missing here is a referral, which is no error.
 */
const SEARCH_ENGINES = new Set([
  ...['google', 'bing', 'yahoo', 'duckduckgo', 'yandex', 'baidu', 'ecosia', 'qwant', 'startpage', 'naver'],
  ...['seznam', 'sogou', 'ask', 'aol', 'brave', 'daum', 'rambler', 'swisscows', 'mojeek', 'kagi'],
]);
const SOCIAL_NETWORKS = new Set([
  ...[
    'facebook',
    'fb',
    'instagram',
    'linkedin',
    'lnkd',
    'twitter',
    'x',
    't',
    'tiktok',
    'pinterest',
    'reddit',
  ],
  ...[
    'youtube',
    'snapchat',
    'threads',
    'bsky',
    'vk',
    'weibo',
    'xing',
    'tumblr',
    'quora',
    'whatsapp',
    'telegram',
  ],
]);
/** Of names that other sites have too, only these hosts. */
const EXACT = new Set([
  'x.com',
  't.co',
  'fb.com',
  'fb.me',
  'lnkd.in',
  'ask.com',
  'search.brave.com',
  'vk.com',
]);
const SHORT_NAMES = new Set(['x', 't', 'fb', 'ask', 'brave', 'vk', 'lnkd']);
const MAILBOXES = /^(?:mail\.|webmail\.|outlook\.(?:live|office|office365)\.com$|e\.mail\.)/;

/** Suffixes of two parts below which names are registered, as far as these sites use them. */
const SECOND_LEVEL = new Set(['co', 'com', 'org', 'net', 'ne', 'or']);

/** `google` of `www.google.co.uk`; of a tag such as `google`, itself. */
function nameOf(host: string): string {
  const parts = host.split('.');
  if (parts.length === 1) return host;
  const isDeep =
    parts.length > 2 && SECOND_LEVEL.has(parts.at(-2) ?? '') && (parts.at(-1) ?? '').length === 2;
  return parts.at(isDeep ? -3 : -2) ?? host;
}

function isOneOf(names: ReadonlySet<string>, hostOrTag: string): boolean {
  const name = nameOf(hostOrTag);
  return names.has(name) && (!hostOrTag.includes('.') || !SHORT_NAMES.has(name) || EXACT.has(hostOrTag));
}

/** Whether a host, or the source a link was tagged with, is a search engine. Its mail is not. */
export const isSearchEngine = (host: string): boolean =>
  isOneOf(SEARCH_ENGINES, host) && !MAILBOXES.test(host);

export const isSocialNetwork = (host: string): boolean => isOneOf(SOCIAL_NETWORKS, host);

export const isMailbox = (host: string): boolean => MAILBOXES.test(host);
