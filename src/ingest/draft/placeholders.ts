import type { ActivityDraft, ItemError, LeadDraft } from './draft.ts';

/** Texts that programs and templates write for a missing value, in lower case. */
const MISSING_VALUES: ReadonlySet<string> = new Set([
  'undefined',
  'null',
  '(null)',
  '<null>',
  'nil',
  'nan',
  'none',
  '(none)',
  '(not set)',
  'n/a',
  '#n/a',
  '\\n',
  '[object object]',
  '00000000-0000-0000-0000-000000000000',
  '00000000000000000000000000000000',
]);
/**
 * Ids that stand for anybody: PostHog's list of ids that it refuses to identify by ("Identifying users", illegal
 * distinct ids), in lower case.
 */
const ANYBODY: ReadonlySet<string> = new Set([
  '0',
  'true',
  'false',
  'id',
  'email',
  'guest',
  'anonymous',
  'distinctid',
  'distinct_id',
  'not_authenticated',
]);
const LONGEST = Math.max(...[...MISSING_VALUES, ...ANYBODY].map((text) => text.length));
/** A variable of a template that nobody filled in: `{{user.id}}`, `${id}`, `{% … %}`, `<%= … %>`, `%%…%%`, `*|…|*`. */
const TEMPLATE = /^(?:\{\{.*\}\}|\$\{.*\}|\{%.*%\}|<%.*%>|%%.*%%|\*\|.*\|\*)$/s;

const holds = (texts: ReadonlySet<string>, text: string): boolean =>
  text.length <= LONGEST && texts.has(text.toLowerCase());

/** Whether a text says that its sender had no value: `undefined`, `NaN`, `\N`, an unfilled template, in any case. */
export function isMissingValue(value: string): boolean {
  const text = bare(value);
  return holds(MISSING_VALUES, text) || TEMPLATE.test(text);
}

/** A text without spaces and quotes around it. */
function bare(value: string): string {
  const text = value.trim();
  const quote = text.charAt(0);
  return (quote === '"' || quote === "'") && text.length > 1 && text.endsWith(quote)
    ? text.slice(1, -1)
    : text;
}

/** Whether an id of a person or a device is a placeholder that many people could share. */
export const isPlaceholderId = (value: string): boolean =>
  isMissingValue(value) || holds(ANYBODY, bare(value));

const warningAt = (path: string): ItemError => ({
  code: 'INVALID_VALUE',
  message: 'This is a placeholder that stands for nobody. It was left out.',
  path,
});

type Who = { readonly externalId: string | null; readonly anonymousId: string | null };

/** The ids of a draft without placeholders, so that these link nobody. @param warnings receives each placeholder */
function whoOf(draft: Who, warnings: ItemError[]): Who {
  const kept = (field: keyof Who): string | null => {
    const id = draft[field];
    if (id === null || !isPlaceholderId(id)) return id;
    warnings.push(warningAt(field));
    return null;
  };
  return { externalId: kept('externalId'), anonymousId: kept('anonymousId') };
}

/** A person's draft without placeholders. @param warnings receives each placeholder */
export function cleanLead(draft: LeadDraft, warnings: ItemError[]): LeadDraft {
  const aliases = draft.aliases.filter((alias, index) => {
    const isGood = !isPlaceholderId(alias);
    if (!isGood) warnings.push(warningAt(`aliases[${index}]`));
    return isGood;
  });
  return { ...draft, ...whoOf(draft, warnings), aliases };
}

/** An activity's draft without placeholders. @param warnings receives each placeholder */
export function cleanActivity(draft: ActivityDraft, warnings: ItemError[]): ActivityDraft {
  const { campaign, assetId } = draft;
  const isBadCampaign = campaign !== null && isMissingValue(campaign.id);
  const isBadAsset = assetId !== null && isMissingValue(assetId);
  if (isBadCampaign) warnings.push(warningAt('campaign.id'));
  if (isBadAsset) warnings.push(warningAt('assetId'));
  const { externalId, anonymousId } = whoOf(draft, warnings);
  // Most drafts are clean, and a copy costs more than the look.
  if (!isBadCampaign && !isBadAsset && externalId === draft.externalId && anonymousId === draft.anonymousId)
    return draft;
  return {
    ...draft,
    externalId,
    anonymousId,
    campaign: isBadCampaign ? null : campaign,
    assetId: isBadAsset ? null : assetId,
  };
}
