import { type ActivityTypeDefinition, primaryAttribute } from '../../domain/activity-types.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { convert } from '../../ingest/draft/attributes.ts';

/** Names of Marketo's attributes that are not ours with blanks in them. */
const OURS: Readonly<Record<string, string>> = {
  webpageurl: 'path',
  queryparameters: 'search',
  referrerurl: 'referrer',
  details: 'reason',
};
/** Names of circumstances in the context. */
const CONTEXT: Readonly<Record<string, string>> = { useragent: 'userAgent', clientipaddress: 'ip' };

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** The name of the type that is meant: by its name, or by its number as Marketo has it. */
export function typeNamed(said: string, types: readonly ActivityTypeDefinition[]): string {
  if (!/^\d{1,9}$/.test(said)) return said;
  const number = Number(said);
  return types.find((type) => type.number === number)?.name ?? said;
}

/**
 * Attributes as Marketo exports them (`New Value`, `Campaign Run ID`) under the names of their type. Attributes that
 * the type does not declare or accept are kept in the context under `marketo`, by Marketo's name.
 * @param given names and values
 * @param primary value of the attribute that an activity of the type is about
 */
export function marketoAttributes(
  given: JsonObject,
  primary: Json | undefined,
  type: ActivityTypeDefinition | undefined,
): { readonly attributes: JsonObject; readonly context: JsonObject } {
  const attributes: Record<string, Json> = {};
  const context: Record<string, Json> = {};
  const others: Record<string, Json> = {};
  const declared = new Map(type?.attributes.map((attribute) => [plain(attribute.name), attribute]));
  const add = (name: string, value: Json, attribute = declared.get(plain(OURS[plain(name)] ?? name))) => {
    if (value === null || value === '') return;
    const fitting = attribute && convert(value, attribute.dataType);
    const circumstance = CONTEXT[plain(name)];
    if (attribute && fitting !== undefined) attributes[attribute.name] = fitting;
    else if (circumstance !== undefined) context[circumstance] = value;
    else others[name] = value;
  };
  if (primary !== undefined) add('primaryAttributeValue', primary, type && primaryAttribute(type));
  for (const [name, value] of Object.entries(given)) add(name, value);
  if (Object.keys(others).length > 0) context['marketo'] = others;
  return { attributes, context };
}

/** Attributes from a cell: an object of names and values, or a list of `{name, value}`. Undefined: neither. */
export function attributesFrom(value: Json | undefined): JsonObject | undefined {
  if (value === undefined) return {};
  if (isJsonObject(value)) return value;
  if (!Array.isArray(value)) return undefined;
  const pairs = (value as readonly Json[]).map((item): [string, Json] | undefined =>
    isJsonObject(item) && typeof item['name'] === 'string'
      ? [item['name'], item['value'] ?? null]
      : undefined,
  );
  return pairs.every((pair) => pair !== undefined) ? Object.fromEntries(pairs) : undefined;
}
