import {
  type ActivityTypeDefinition,
  type AttributeDataType,
  OPEN_TYPE,
} from '../../domain/activity-types.ts';
import { isKeptExactly, numberFrom } from '../../domain/exact-json.ts';
import { type Json, type JsonObject, plainDecimal } from '../../domain/json.ts';
import { parseTime } from '../../domain/time/iso-time.ts';
import { type Checked, type ItemError, ok, type Policy, reject } from './draft.ts';

const EXPECTED: Readonly<Record<AttributeDataType, string>> = {
  STRING: 'a string',
  INTEGER: 'a whole number',
  NUMBER: 'a number',
  BOOLEAN: 'true or false',
  DATETIME: 'an ISO 8601 time with a zone, such as 2026-01-31T12:00:00Z',
  URL: 'an absolute http or https address',
};

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
  if (type === 'STRING') {
    if (typeof value === 'boolean') return String(value);
    return typeof value === 'number' && Number.isFinite(value) ? plainDecimal(value) : undefined;
  }
  if ((type === 'NUMBER' || type === 'INTEGER') && typeof value === 'string') {
    const text = value.trim();
    if (type === 'INTEGER' && !isKeptExactly(text)) return undefined;
    const number = numberFrom(text);
    return number !== undefined && isOfType(number, type) ? number : undefined;
  }
  if (type === 'BOOLEAN' && (value === 'true' || value === 'false')) return value === 'true';
  return undefined;
}

/**
 * Checks attributes against the type's declarations. Null values count as absent and are left out. `lenient` also
 * leaves out empty texts. It keeps a value of another type as it was sent, with a warning; figures don't count it.
 * @param attributes already a clean object (`checkObject`)
 * @param warnings where warnings go
 */
export function checkAttributes(
  attributes: JsonObject,
  type: ActivityTypeDefinition,
  mode: Policy['mode'],
  warnings: ItemError[],
): Checked<JsonObject> {
  const checked: [string, Json][] = [];
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) continue;
    const declared = type.attributes.find((attribute) => attribute.name === name);
    if (!declared) {
      if (mode === 'strict' && type.name !== OPEN_TYPE) return unknownAttribute(name, type);
      checked.push([name, value]);
      continue;
    }
    const { dataType } = declared;
    if (mode === 'lenient' && isEmpty(value, dataType)) continue;
    const converted = mode === 'lenient' ? convert(value, dataType) : value;
    const isGood = converted !== undefined && isOfType(converted, dataType);
    if (!isGood) {
      const error = invalidAttribute(name, value, dataType);
      if (mode === 'strict') return { kind: 'fail', error };
      warnings.push({ ...error, message: `${error.message} It was kept as sent, and counts as nothing.` });
    }
    checked.push([name, isGood ? converted : value]);
  }
  // Not assigned one by one: a name such as `__proto__` would not become a property.
  const all: JsonObject = Object.fromEntries(checked);
  for (const declared of type.attributes)
    if (declared.required && !Object.hasOwn(all, declared.name))
      return reject(
        'MISSING_VALUE',
        `An activity of type '${type.name}' needs the attribute '${declared.name}' (${EXPECTED[declared.dataType]}).`,
        `attributes.${declared.name}`,
      );
  return ok(all);
}

/** Senders without a schema send an empty text for what they don't have. */
const isEmpty = (value: Json, type: AttributeDataType): boolean =>
  typeof value === 'string' && (type === 'STRING' ? value : value.trim()) === '';

function invalidAttribute(name: string, value: Json, type: AttributeDataType): ItemError {
  const isTooLong = typeof value === 'string' && type !== 'STRING' && /^-?\d{16,}$/.test(value);
  const hint = isTooLong ? ` Integers beyond 2^53 - 1 are kept as text only: declare it as STRING.` : '';
  return {
    code: 'INVALID_VALUE',
    message: `'${name}' must be ${EXPECTED[type]}.${hint}`,
    path: `attributes.${name}`,
  };
}

function unknownAttribute(name: string, type: ActivityTypeDefinition): Checked<never> {
  const names = type.attributes.map((attribute) => attribute.name);
  return reject(
    'UNKNOWN_ATTRIBUTE',
    `'${type.name}' declares no attribute of this name. It declares: ${names.join(', ') || 'none'}.`,
    `attributes.${name.slice(0, 100)}`,
  );
}
