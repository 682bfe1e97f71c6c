import type { ActivityTypeDefinition, AttributeDataType } from '../domain/activity-types.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import { type Checked, ok, type Policy, reject } from './draft.ts';

const EXPECTED: Readonly<Record<AttributeDataType, string>> = {
  STRING: 'a string',
  INTEGER: 'a whole number',
  NUMBER: 'a number',
  BOOLEAN: 'true or false',
  DATETIME: 'an ISO 8601 time with a zone, such as 2026-01-31T12:00:00Z',
  URL: 'an absolute http or https address',
};

/** ISO 8601 with a zone: without one the same text would mean another moment on another machine. */
const DATETIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/** Epoch milliseconds of an ISO 8601 time with a zone; undefined when it is none. */
export function parseTime(text: string): number | undefined {
  if (!DATETIME.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function isOfType(value: Json, type: AttributeDataType): boolean {
  switch (type) {
    case 'STRING':
      return typeof value === 'string';
    case 'INTEGER':
      return Number.isSafeInteger(value);
    case 'NUMBER':
      return typeof value === 'number' && Number.isFinite(value);
    case 'BOOLEAN':
      return typeof value === 'boolean';
    case 'DATETIME':
      return typeof value === 'string' && parseTime(value) !== undefined;
    case 'URL':
      return typeof value === 'string' && isUrl(value);
    default:
      return type satisfies never;
  }
}

/** The value as `type` where nothing is lost by it ("12" as 12, 12 as "12"); undefined where it can't be. */
export function convert(value: Json, type: AttributeDataType): Json | undefined {
  if (isOfType(value, type)) return value;
  if (type === 'STRING')
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  if ((type === 'NUMBER' || type === 'INTEGER') && typeof value === 'string' && value.trim() !== '') {
    const number = Number(value);
    return isOfType(number, type) ? number : undefined;
  }
  if (type === 'BOOLEAN' && (value === 'true' || value === 'false')) return value === 'true';
  return undefined;
}

/**
 * Checks attributes against what the type declares. Null values count as absent and are left out.
 * @param attributes already a clean object (`checkObject`)
 */
export function checkAttributes(
  attributes: JsonObject,
  type: ActivityTypeDefinition,
  mode: Policy['mode'],
): Checked<JsonObject> {
  const checked: Record<string, Json> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) continue;
    const declared = type.attributes.find((attribute) => attribute.name === name);
    if (!declared) {
      if (mode === 'strict') return unknownAttribute(name, type);
      checked[name] = value;
      continue;
    }
    const converted = mode === 'lenient' ? convert(value, declared.dataType) : value;
    if (converted === undefined || !isOfType(converted, declared.dataType)) {
      // An address that is none is no reason to lose a schemaless sender's activity; it is only no address.
      if (mode === 'lenient' && (declared.dataType === 'URL' || declared.dataType === 'DATETIME')) continue;
      return reject(
        'INVALID_VALUE',
        `'${name}' must be ${EXPECTED[declared.dataType]}.`,
        `attributes.${name}`,
      );
    }
    checked[name] = converted;
  }
  for (const declared of type.attributes)
    if (declared.required && checked[declared.name] === undefined)
      return reject(
        'MISSING_VALUE',
        `An activity of type '${type.name}' needs the attribute '${declared.name}' (${EXPECTED[declared.dataType]}).`,
        `attributes.${declared.name}`,
      );
  return ok(checked);
}

function unknownAttribute(name: string, type: ActivityTypeDefinition): Checked<never> {
  const names = type.attributes.map((attribute) => attribute.name);
  return reject(
    'UNKNOWN_ATTRIBUTE',
    `'${type.name}' declares no attribute of this name. It declares: ${names.join(', ') || 'none'}.`,
    `attributes.${name.slice(0, 100)}`,
  );
}
