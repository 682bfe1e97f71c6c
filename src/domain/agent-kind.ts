/** Programs that fetch an e-mail's picture or follow one of its links, judged by their user agents. */
export const AGENT_KINDS = [
  'BROWSER',
  'MAIL_CLIENT',
  'APP',
  'MAILBOX_PROXY',
  'PRIVACY_PROXY',
  'SCANNER',
  'ROBOT',
] as const;
export type AgentKind = (typeof AGENT_KINDS)[number];

/** The opens, clicks and unsubscribes of an e-mail that count. */
export const OPENS = ['ALL', 'WITHOUT_SCANNERS', 'PEOPLE_ONLY'] as const;
export type Opens = (typeof OPENS)[number];
export const DEFAULT_OPENS: Opens = 'WITHOUT_SCANNERS';

const EVERY: readonly Opens[] = OPENS;
const OF_PROXIES: readonly Opens[] = ['ALL', 'WITHOUT_SCANNERS'];
const OF_SCANNERS: readonly Opens[] = ['ALL'];

/** Whether an agent acts without any person: scanners, pre-fetchers, crawlers, scripts. */
export const isAutomatic = (kind: AgentKind | null): boolean => kind === 'SCANNER' || kind === 'ROBOT';

/**
 * By which of `OPENS` something that such an agent did counts. A mailbox proxy fetches a picture when the person opens
 * the e-mail; a privacy proxy may fetch it without that. Activities from before kinds were recorded have none: of them
 * only `isBot` is known.
 */
export function opensCounting(kind: AgentKind | null, isBot: boolean): readonly Opens[] {
  if (isBot || isAutomatic(kind)) return OF_SCANNERS;
  return kind === 'PRIVACY_PROXY' ? OF_PROXIES : EVERY;
}
