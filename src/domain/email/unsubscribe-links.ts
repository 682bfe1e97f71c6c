/** How deep links may nest in one another, by redirects. */
const MAX_DEPTH = 8;
const MAX_LINK_LENGTH = 8_192;

/** Names of pages and parameters that end a subscription, in lower case, without hyphens, underscores and spaces. */
const NAMES: ReadonlySet<string> = new Set(
  `unsubscribe unsubscribed unsubscribeall unsubscribeme unsubscribepage unsubscribeemail unsubscribelink unsub
   encryptedunsubscribe emailunsubscribe newsletterunsubscribe listunsubscribe oneclickunsubscribe
   unsubscription unsubscriptions optout optoutemail emailoptout optoutpage
   emailpreferences emailpreference emailpreferencecenter preferencecenter mailpreferences
   communicationpreferences subscriptionpreferences subscriptioncenter subscriptionmanagement
   managesubscription managesubscriptions manageemailpreferences manageemails manageyoursubscription
   abmelden abmeldung newsletterabmelden newsletterabmeldung abbestellen austragen
   desabonnement desinscription desabonner sedesabonner sedesinscrire
   cancelarsuscripcion darsedebaja darmedebaja descadastrar cancelarinscricao
   uitschrijven afmelden disiscriviti cancellaiscrizione avregistrera avprenumerera afmeld frameld`.split(
    /\s+/,
  ),
);
/** Parameters whose value says what the page does. */
const ACTIONS: ReadonlySet<string> = new Set([
  'action',
  'do',
  'cmd',
  'command',
  'mode',
  'page',
  'op',
  'task',
]);

const isName = (text: string): boolean =>
  NAMES.has(
    text
      .normalize('NFKD')
      .toLowerCase()
      .replace(/\.[a-z]{2,5}$/, '')
      .replaceAll(/[-_\s\p{M}]/gu, ''),
  );

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `http` in base64: how senders of e-mail hide the target of a redirect. */
const BASE64_LINK = /^aHR0c[\w+/-]+=*$/;
const readable = (text: string): string =>
  BASE64_LINK.test(text) ? Buffer.from(text, 'base64').toString('utf8') : decoded(text);

/**
 * Whether a link is there to unsubscribe. Whole segments of its path and whole names of its parameters tell, never a
 * part of one: an article about unsubscribing is none. Of a redirect its target tells, percent-encoded or in base64.
 */
export function isUnsubscribeLink(link: string): boolean {
  return link.length <= MAX_LINK_LENGTH && leadsOut(link.trim(), 0);
}

function leadsOut(link: string, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  const mail = /^mailto:(?<address>[^?]*)(?:\?(?<query>.*))?$/is.exec(link)?.groups;
  if (mail) return isMailTo(mail['address'] ?? '', mail['query'] ?? '');
  const url = URL.parse(link) ?? URL.parse(link, 'https://relative.invalid/');
  if (!url) return false;
  if (/^unsub(?:scribe)?\./i.test(url.hostname)) return true;
  const route = /^#!?\/(?<path>.*)$/.exec(url.hash)?.groups?.['path'] ?? '';
  return (
    [...url.pathname.split(/[/;]/), ...route.split(/[/?]/)].some((part) => tells(readable(part), depth)) ||
    [...url.searchParams].some(
      ([name, value]) =>
        isName(name) ||
        (ACTIONS.has(name.toLowerCase()) && isName(value)) ||
        (isLink(readable(value)) && leadsOut(readable(value), depth + 1)),
    ) ||
    holdsLink(url.pathname, depth)
  );
}

const isLink = (text: string): boolean => /^(?:https?:\/\/|mailto:)/i.test(text);
const tells = (part: string, depth: number): boolean =>
  isName(part) || (isLink(part) && leadsOut(part, depth + 1));

/** A target that stands in the path as it is: `/redirect/https://example.com/unsubscribe`. */
function holdsLink(path: string, depth: number): boolean {
  const start = path.search(/(?<=\/)https?:\//i);
  return start > 0 && leadsOut(path.slice(start).replace(/^(https?:)\/+/i, '$1//'), depth + 1);
}

/** `unsubscribe@…`, `unsubscribe+id@…`, `bounce+unsubscribe@…`, or a subject that says so. */
function isMailTo(address: string, query: string): boolean {
  const [local = ''] = decoded(address).split('@');
  const subject = new URLSearchParams(query).get('subject') ?? '';
  return isName(local) || local.split(/[+.=-]/).some(isName) || isName(subject.split(/[\s:]/)[0] ?? '');
}
