import type { ActivityCategory } from '../../domain/activity-types.ts';
import { type Candidate, known, type Step } from '../pipeline.ts';
import type { Origin } from './origin.ts';
import { isMailbox, isSearchEngine, isSocialNetwork } from './sites.ts';

/**
 * The channel of an activity whose sender names none. On web sites it is what brought the person there: by the tags of
 * the link, then by the page before; without either it is `web`. Elsewhere it follows from the type.
 */
export const createChannel = (): Step<Candidate> =>
  function channel(candidate) {
    if (candidate.channel !== null) return known(candidate, undefined);
    const { category } = candidate.type;
    const { origin } = candidate;
    const came = origin && (category === 'WEB' || category === 'CUSTOM') ? channelFrom(origin) : undefined;
    return known(candidate, { channel: came ?? CHANNELS[category] });
  };

const CHANNELS: Readonly<Record<ActivityCategory, string>> = {
  EMAIL: 'email',
  WEB: 'web',
  MOBILE: 'mobile',
  CRM: 'crm',
  CUSTOM: 'other',
};

const EMAIL = /^e[-_ ]?mail$/;
const PAID = /^(?:.*cp.*|ppc|retargeting|paid.*)$/;
const DISPLAY = new Set(['display', 'banner', 'expandable', 'interstitial', 'cpm']);
const SOCIAL = new Set(['social', 'social-network', 'social-media', 'sm', 'social network', 'social media']);

/** In the order and by the conditions of Google Analytics, "Default channel group", as far as they hold without its own data. */
function channelFrom(origin: Origin): string | undefined {
  const { source, medium, referrer, isPaidClick } = origin;
  if (source === null && medium === null) {
    if (isPaidClick) return 'paid search';
    return referrer === null ? undefined : channelOfSite(referrer);
  }
  const [from, by] = [source ?? '', medium ?? ''];
  if (PAID.test(by) && !DISPLAY.has(by)) {
    if (isSearchEngine(from)) return 'paid search';
    return isSocialNetwork(from) ? 'paid social' : 'paid other';
  }
  if (DISPLAY.has(by)) return 'display';
  if (isSocialNetwork(from) || SOCIAL.has(by)) return 'social';
  if (by === 'organic' || (by === '' && isSearchEngine(from))) return 'organic search';
  if (EMAIL.test(by) || EMAIL.test(from)) return 'email';
  if (by === 'affiliate' || by === 'affiliates') return 'affiliate';
  if (by === 'sms' || from === 'sms') return 'sms';
  if (by.endsWith('push') || by.includes('mobile') || by.includes('notification')) return 'push';
  if (by === 'referral' || by === 'app' || by === 'link') return 'referral';
  return referrer === null ? undefined : channelOfSite(referrer);
}

function channelOfSite(host: string): string {
  if (isSearchEngine(host)) return 'organic search';
  if (isSocialNetwork(host)) return 'social';
  return isMailbox(host) ? 'email' : 'referral';
}
