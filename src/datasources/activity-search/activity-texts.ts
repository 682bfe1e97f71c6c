import { type ActivityTypeDefinition, standardType } from '../../domain/activity-types.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { attributesPlace, CONTEXT, type Place, UNDECLARED_ATTRIBUTES } from '../../domain/personal/data.ts';
import { holdsPersonal } from '../../domain/personal/text.ts';

/**
 * The weight of a text, and the permission to search it. A: names and titles; B: other attributes; C: circumstances; D:
 * personal data, which is searched for callers with `leads:pii` only.
 */
export type Weight = 'A' | 'B' | 'C' | 'D';

/** Takes one text of a document. `field` is a path such as `attributes.title` or `context.page.url`. */
export type TextVisitor = (field: string, text: string, weight: Weight) => void;

/** The searchable part of an activity. */
export type SearchableActivity = {
  readonly type: string;
  readonly campaign: { readonly id: string; readonly name: string | null } | null;
  readonly assetId: string | null;
  readonly channel: string;
  readonly source: string;
  readonly attributes: JsonObject;
  readonly context: JsonObject;
};

/**
 * The version of the rules for words of a document and for personal words. Raise it whenever the same activity or lead
 * gets other words. Indexed documents keep their words until `npm run reindex`, which a start then asks for.
 */
export const WORDS_VERSION = 2;

const PRIMARY = [
  'title',
  'subject',
  'event',
  'name',
  'formName',
  'description',
  'scoreName',
  'attributeName',
];
const ADDRESSES = ['url', 'path', 'referrer', 'search', 'link'];
const WEIGHTS: ReadonlyMap<string, Weight> = new Map<string, Weight>([
  ...PRIMARY.map((name): [string, Weight] => [name, 'A']),
  ...ADDRESSES.map((name): [string, Weight] => [name, 'C']),
]);

/** Names in a context that describe the sender's software and would match nearly everything. */
const UNSEARCHED = new Set(['userAgent', 'userAgentData', 'library']);

/**
 * Visits every searchable text of an activity, the most telling first: a search index and the highlighter
 * must see the same. `type` tells which attributes are personal; left out, the standard type of that name.
 */
export function visitActivity(
  activity: SearchableActivity,
  type: ActivityTypeDefinition | undefined,
  visit: TextVisitor,
): void {
  visitText('type', activity.type, 'A', visit);
  if (activity.campaign) {
    visitText('campaign.id', activity.campaign.id, 'A', visit);
    if (activity.campaign.name) visitText('campaign.name', activity.campaign.name, 'A', visit);
  }
  if (activity.assetId) visitText('assetId', activity.assetId, 'B', visit);
  visit('channel', activity.channel, 'C');
  visit('source', activity.source, 'C');
  const attributes = attributesPlace(type ?? standardType(activity.type));
  for (const name of namesOf(activity.attributes)) {
    const weight = WEIGHTS.get(name) ?? 'B';
    visitJson(`attributes.${name}`, activity.attributes[name], weight, attributes.below(name), visit);
  }
  for (const name of namesOf(activity.context))
    if (!UNSEARCHED.has(name))
      visitJson(`context.${name}`, activity.context[name], 'C', CONTEXT.below(name), visit);
}

/** The searchable part of a lead: its own ids (personal where they are addresses), and, as personal data, the rest. */
export function visitLead(
  lead: {
    readonly identity: string;
    readonly aliases?: readonly string[];
    readonly email: string | null;
    readonly traits: JsonObject;
  },
  visit: TextVisitor,
): void {
  visitText('externalId', lead.identity, 'A', visit);
  for (const alias of lead.aliases ?? []) visitText('aliases', alias, 'B', visit);
  if (lead.email) visit('email', lead.email, 'D');
  for (const name of namesOf(lead.traits))
    visitJson(`traits.${name}`, lead.traits[name], 'D', UNDECLARED_ATTRIBUTES, visit);
}

/** Of an object, in one order: a sender's own is not what every store gives back. */
const namesOf = (object: JsonObject): string[] => Object.keys(object).sort();

const visitText = (field: string, text: string, weight: Weight, visit: TextVisitor): void =>
  visit(field, text, weight !== 'D' && holdsPersonal(text) ? 'D' : weight);

/**
 * Strings and numbers anywhere in a JSON value. Booleans say nothing without their name.
 * @param weight of texts that every viewer may see
 * @param at where the value stands, which decides how much of it every viewer may see
 */
function visitJson(
  path: string,
  value: Json | undefined,
  weight: Weight,
  at: Place,
  visit: TextVisitor,
): void {
  if (typeof value === 'string') visitText(path, value, at.shown === 'all' ? weight : 'D', visit);
  else if (typeof value === 'number')
    visit(path, String(value), at.shown === 'all' || at.shown === 'numbers' ? weight : 'D');
  else if (Array.isArray(value)) for (const item of value) visitJson(path, item, weight, at, visit);
  else if (isJsonObject(value))
    for (const key of namesOf(value)) visitJson(`${path}.${key}`, value[key], weight, at.below(key), visit);
}
