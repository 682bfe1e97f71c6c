import { GA4_SEARCH, GA4_SHOPPING, GA4_SOCIAL, GA4_VIDEO } from './data/ga4-sources.ts';

/** Kinds of well-known sites that people come from. */
export type SiteKind = 'search' | 'social' | 'video' | 'shopping';

/** Google's list, and after it what it lacks as of November 2026; names that links are tagged with, and hosts. */
const SITES: ReadonlyMap<string, SiteKind> = new Map<string, SiteKind>([
  ...kindOf('search', [
    ...GA4_SEARCH,
    ...['brave', 'search.brave.com', 'ecosia', 'kagi', 'kagi.com', 'mojeek', 'mojeek.com', 'startpage'],
    ...['startpage.com', 'swisscows', 'swisscows.com', 'ask.com', 'search.aol.com', 'presearch.com'],
  ]),
  ...kindOf('social', [
    ...GA4_SOCIAL,
    ...['an', 'audience_network', 'lnkd', 'fb.com', 'm.me', 'msg', 'wa.me', 'x', 'x.com', 't', 'twitter'],
    ...[
      'threads',
      'threads.net',
      'threads.com',
      'bsky',
      'bsky.app',
      'bluesky',
      'mastodon',
      'mastodon.social',
    ],
    ...['discord', 'discord.com', 'discord.gg', 'snapchat', 'snapchat.com', 'telegram', 'truthsocial.com'],
    ...['lemon8-app.com', 'bereal', 'nextdoor.com', 'web.whatsapp.com', 'xing', 'xing.com', 'weibo.cn'],
  ]),
  ...kindOf('video', [...GA4_VIDEO, ...['youtu.be', 'rumble', 'rumble.com', 'nebula.tv', 'bilibili.com']]),
  ...kindOf('shopping', [
    ...GA4_SHOPPING,
    ...['temu', 'temu.com', 'aliexpress', 'aliexpress.com', 'zalando', 'otto.de', 'shein.com', 'idealo.de'],
  ]),
]);

/** Sites with one name below many public suffixes: `google.de`, `amazon.co.jp`. */
const OF_MANY_COUNTRIES: ReadonlyMap<string, SiteKind> = new Map<string, SiteKind>([
  ...kindOf('search', [
    ...['google', 'bing', 'yahoo', 'duckduckgo', 'yandex', 'baidu', 'ecosia', 'qwant', 'startpage', 'naver'],
    ...['seznam', 'sogou', 'aol', 'daum', 'rambler', 'swisscows', 'mojeek', 'kagi'],
  ]),
  ...kindOf('social', [
    'facebook',
    'instagram',
    'linkedin',
    'pinterest',
    'reddit',
    'tumblr',
    'quora',
    'xing',
  ]),
  ...kindOf('video', ['youtube', 'netflix', 'twitch', 'dailymotion', 'vimeo']),
  ...kindOf('shopping', ['amazon', 'ebay', 'etsy', 'mercadolibre', 'mercadolivre', 'aliexpress', 'zalando']),
]);

const MAILBOXES = /^(?:e?mail\.|webmail\.|outlook\.(?:live|office|office365)\.com$|e\.mail\.)/;
/** Suffixes of two parts below which names are registered, as far as these sites use them. */
const SECOND_LEVEL = new Set(['co', 'com', 'org', 'net', 'ne', 'or']);

function kindOf(kind: SiteKind, names: readonly string[]): (readonly [string, SiteKind])[] {
  return names.map((name) => [name, kind]);
}

/** `google` of `www.google.co.uk`. */
function nameOf(host: string): string {
  const parts = host.split('.');
  const isDeep =
    parts.length > 2 && SECOND_LEVEL.has(parts.at(-2) ?? '') && (parts.at(-1) ?? '').length === 2;
  return parts.at(isDeep ? -3 : -2) ?? host;
}

/**
 * The kind of a host, or of the source in a link's tags; undefined for all others, which are referrals. A host has the
 * kind of the nearest listed host above it. Both are in lower case.
 */
export function siteKind(hostOrTag: string): SiteKind | undefined {
  const exact = SITES.get(hostOrTag);
  if (exact !== undefined || !hostOrTag.includes('.')) return exact;
  const parts = hostOrTag.split('.');
  for (let start = 1; start < parts.length - 1; start += 1) {
    const above = SITES.get(parts.slice(start).join('.'));
    if (above !== undefined) return above;
  }
  return OF_MANY_COUNTRIES.get(nameOf(hostOrTag));
}

/** Whether a host is a mailbox's web page. */
export const isMailbox = (host: string): boolean => MAILBOXES.test(host);
