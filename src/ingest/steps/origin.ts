import { isJsonObject, type Json, plainDecimal } from '../../domain/json.ts';
import { type Candidate, enrich, type Origin, type Step } from '../draft/pipeline.ts';

const MAX_LENGTH = 256;
/** Google Ads and Microsoft Advertising put these on every paid click ("auto-tagging"). */
const PAID_CLICK = ['gclid', 'gbraid', 'wbraid', 'msclkid'] as const;

/** A text, or a number as text: some tools write ids of campaigns as numbers. */
function text(value: Json | undefined): string | null {
  const said = typeof value === 'number' && Number.isFinite(value) ? plainDecimal(value) : value;
  return typeof said === 'string' && said.trim() !== '' ? said.trim().slice(0, MAX_LENGTH) : null;
}

const urlOf = (value: Json | undefined): URL | null =>
  typeof value === 'string' && /^https?:\/\//i.test(value) ? URL.parse(value) : null;

const hostOf = (url: URL | null): string | null =>
  url === null ? null : url.hostname.replace(/^www\./, '').toLowerCase();

/** Whether two hosts are of one site: the same, or one below the other. */
const isSameSite = (a: string, b: string): boolean => a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);

/** Names that stand in a query only where there is something to read; most queries have none. */
const TAGGED = /utm_|clid|braid/;
const NO_QUERY = new URLSearchParams();

/**
 * Reads the origin of an activity for the steps that follow. Tags come from `context.campaign` (Segment, "Spec: Common
 * Fields"), else from the query of the page's address. The page before comes from attributes or `context.page`.
 */
export const createOrigin = (): Step<Candidate> =>
  function origin(candidate) {
    const isNeeded = candidate.campaign === null || candidate.channel === null;
    return enrich(candidate, isNeeded ? { origin: originOf(candidate) } : undefined);
  };

function originOf({ attributes, context }: Candidate): Origin {
  const page = isJsonObject(context['page']) ? context['page'] : {};
  const tags = isJsonObject(context['campaign']) ? context['campaign'] : {};
  const before = isJsonObject(context['referrer']) ? context['referrer']['url'] : context['referrer'];
  const url = urlOf(attributes['url'] ?? page['url']);
  const search = url?.search || text(attributes['search']) || text(page['search']) || '';
  const query = TAGGED.test(search) ? new URLSearchParams(search) : NO_QUERY;
  const tag = (name: string): string | null =>
    text(tags[name]) ?? text(query.get(`utm_${name}`) ?? undefined);
  const referrer = hostOf(urlOf(attributes['referrer'] ?? page['referrer'] ?? before));
  const own = referrer === null ? null : hostOf(url);
  const isFromOwnSite = referrer !== null && own !== null && isSameSite(referrer, own);
  return {
    source: tag('source')?.toLowerCase() ?? null,
    medium: tag('medium')?.toLowerCase() ?? null,
    campaign: text(tags['name']) ?? text(query.get('utm_campaign') ?? undefined),
    campaignId: tag('id'),
    isPaidClick: query !== NO_QUERY && PAID_CLICK.some((name) => query.has(name)),
    referrer: isFromOwnSite ? null : referrer,
    isFromOwnSite,
  };
}
