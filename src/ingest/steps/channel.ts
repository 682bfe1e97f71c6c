import { VISIT_TYPE } from '../../domain/activity-types.ts';
import type { Origin } from '../draft/pipeline.ts';
import { type Candidate, enrich, type Step } from '../draft/pipeline.ts';
import { clientLibrary } from './libraries.ts';
import { isMailbox, type SiteKind, siteKind } from './sites.ts';

/** The channel where no rule applies. No sender can set it: senders' channels have no parentheses. */
export const NO_CHANNEL = '(none)';

/**
 * The channel of an activity whose sender names none. On web sites it is derived from the tags of the link, then from
 * the page before. A visit without either is `direct`. Otherwise it is the place of the activity, such as `mobile`.
 */
export const createChannel = (): Step<Candidate> =>
  function channel(candidate) {
    return enrich(candidate, candidate.channel === null ? { channel: derived(candidate) } : undefined);
  };

function derived({ type, origin, context }: Candidate): string {
  const library = clientLibrary(context);
  switch (type.category) {
    case 'EMAIL':
      return 'email';
    case 'MOBILE':
      return 'mobile';
    case 'CRM':
      return NO_CHANNEL;
    case 'WEB': {
      const came = origin === null ? undefined : channelFrom(origin);
      if (came !== undefined) return came;
      if (library === 'mobile') return 'mobile';
      return type.name === VISIT_TYPE && origin !== null && isDirect(origin) ? 'direct' : 'web';
    }
    case 'CUSTOM': {
      const came = origin === null ? undefined : channelFrom(origin);
      if (came !== undefined) return came;
      if (library === 'mobile') return 'mobile';
      return library === 'browser' || hasPage(context) ? 'web' : NO_CHANNEL;
    }
    default:
      return type.category satisfies never;
  }
}

const hasPage = ({ page }: Candidate['context']): boolean =>
  typeof page === 'object' && page !== null && Object.keys(page).length > 0;

/** Nothing led here: no tags, no advertiser's click, no page before. */
const isDirect = (origin: Origin): boolean =>
  origin.source === null &&
  origin.medium === null &&
  origin.campaign === null &&
  origin.campaignId === null &&
  origin.referrer === null &&
  !origin.isPaidClick &&
  !origin.isFromOwnSite;

const EMAIL = /^e[-_ ]?mail$/;
const PAID = /^(?:.*cp.*|ppc|retargeting|paid.*)$/;
const SHOPPING_CAMPAIGN = /^(?:.*(?:(?:[^a-df-z]|^)shop|shopping).*)$/i;
const DISPLAY = new Set(['display', 'banner', 'expandable', 'interstitial', 'cpm']);
const SOCIAL = new Set(['social', 'social-network', 'social-media', 'sm', 'social network', 'social media']);
const ORGANIC: Readonly<Record<SiteKind, string>> = {
  search: 'organic search',
  social: 'social',
  video: 'video',
  shopping: 'shopping',
};

/** In the order and by the conditions of Google Analytics, "Default channel group", as far as they hold without its own data. */
function channelFrom(origin: Origin): string | undefined {
  const { source, medium, campaign, referrer, isPaidClick } = origin;
  if (source === null && medium === null) {
    if (isPaidClick) return 'paid search';
    return referrer === null ? undefined : channelOfSite(referrer);
  }
  const [from, by, named] = [source ?? '', medium ?? '', campaign ?? ''];
  if (/cross-network/i.test(named)) return 'cross-network';
  const site = isMailbox(from) ? undefined : siteKind(from);
  const isShopping = site === 'shopping' || SHOPPING_CAMPAIGN.test(named);
  if (PAID.test(by)) {
    if (isShopping) return 'paid shopping';
    if (site !== undefined) return `paid ${site}`;
  }
  if (DISPLAY.has(by)) return 'display';
  if (PAID.test(by)) return 'paid other';
  if (isShopping) return 'shopping';
  if (site === 'social' || SOCIAL.has(by)) return 'social';
  if (site === 'video' || by.includes('video')) return 'video';
  if (by === 'organic' || (by === '' && site === 'search')) return 'organic search';
  return channelByTags(from, by) ?? (referrer === null ? undefined : channelOfSite(referrer));
}

function channelByTags(from: string, by: string): string | undefined {
  if (by === 'referral' || by === 'app' || by === 'link') return 'referral';
  if (EMAIL.test(by) || EMAIL.test(from)) return 'email';
  if (by === 'affiliate' || by === 'affiliates') return 'affiliate';
  if (by === 'audio') return 'audio';
  if (by === 'sms' || from === 'sms') return 'sms';
  return /push$|mobile|notification/.test(by) || from === 'firebase' ? 'push' : undefined;
}

function channelOfSite(host: string): string {
  if (isMailbox(host)) return 'email';
  const site = siteKind(host);
  return site === undefined ? 'referral' : ORGANIC[site];
}
