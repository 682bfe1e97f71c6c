import { z } from 'zod';
import { parseTime } from '../domain/iso-time.ts';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { ActivityDraft, ItemError } from '../ingest/draft.ts';

/** Where a value comes from: a column (of JSON lines: a dotted path), or a constant. */
const source = z.union([
  z.strictObject({ column: z.string().min(1) }),
  z.strictObject({ value: z.union([z.string(), z.number(), z.boolean()]) }),
]);
const typed = z.union([
  z.strictObject({
    column: z.string().min(1),
    as: z.enum(['string', 'number', 'integer', 'boolean']).default('string'),
  }),
  z.strictObject({ value: z.union([z.string(), z.number(), z.boolean()]) }),
]);

const mappingSchema = z.strictObject({
  type: source,
  externalId: source.optional(),
  anonymousId: source.optional(),
  messageId: source.optional(),
  occurredAt: z.strictObject({
    column: z.string().min(1),
    format: z.enum(['iso', 'epoch-milliseconds', 'epoch-seconds']).default('iso'),
  }),
  campaign: z.strictObject({ id: source, name: source.optional() }).optional(),
  assetId: source.optional(),
  channel: source.optional(),
  attributes: z.record(z.string(), typed).default({}),
  context: z.record(z.string(), typed).default({}),
  /** Of CSV only. */
  delimiter: z.string().length(1).default(','),
});

export type Mapping = z.infer<typeof mappingSchema>;
type Source = z.infer<typeof source>;
type Typed = z.infer<typeof typed>;

/** Reads a mapping. @throws Error that names every fault, with its place */
export function parseMapping(text: string): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('The mapping is no valid JSON.');
  }
  const parsed = mappingSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(
    `The mapping has faults:\n  ${parsed.error.issues.map((issue) => `${issue.path.join('.') || '(top)'}: ${issue.message}`).join('\n  ')}`,
  );
}

/** The value at a dotted path, or under the path as a whole (columns may have dots in their names). */
function at(row: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(row, path)) return row[path];
  let value: Json | undefined = row;
  for (const part of path.split('.')) {
    if (!isJsonObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

function text(row: JsonObject, from: Source | undefined): string | null {
  if (!from) return null;
  const value = 'value' in from ? from.value : at(row, from.column);
  return value === undefined || value === null || value === '' || typeof value === 'object'
    ? null
    : String(value);
}

/** A value as its mapping wants it; what can't be converted stays as it is, for the door to reject with its reason. */
function convert(row: JsonObject, from: Typed): Json | undefined {
  if ('value' in from) return from.value;
  const value = at(row, from.column);
  if (value === undefined || value === null || value === '') return undefined;
  switch (from.as) {
    case 'string':
      return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
    case 'number':
    case 'integer': {
      const number = typeof value === 'string' ? Number(value.trim()) : value;
      return typeof number === 'number' && Number.isFinite(number) ? number : value;
    }
    case 'boolean':
      return typeof value === 'string' && /^(?:true|false|1|0|yes|no)$/i.test(value)
        ? /^(?:true|1|yes)$/i.test(value)
        : value;
    default:
      return from.as satisfies never;
  }
}

const convertAll = (row: JsonObject, fields: Readonly<Record<string, Typed>>): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, from]) => {
      const value = convert(row, from);
      return value === undefined ? [] : [[name, value]];
    }),
  );

/**
 * The draft of a row. @param derivedId the message id of a row whose mapping names none: the same for the
 * same row of the same file, so that a file imported again changes nothing.
 */
export function draftFrom(row: JsonObject, mapping: Mapping, derivedId: string): ActivityDraft | ItemError {
  const said = at(row, mapping.occurredAt.column);
  const occurredAt = timeFrom(said, mapping.occurredAt.format);
  if (occurredAt === undefined)
    return {
      code: 'INVALID_TIME',
      message: `Column '${mapping.occurredAt.column}' must hold a time (${mapping.occurredAt.format}).`,
      path: 'occurredAt',
    };
  const type = text(row, mapping.type);
  if (type === null)
    return { code: 'MISSING_VALUE', message: 'The row names no activity type.', path: 'type' };
  const campaignId = text(row, mapping.campaign?.id);
  return {
    messageId: text(row, mapping.messageId) ?? derivedId,
    externalId: text(row, mapping.externalId),
    anonymousId: text(row, mapping.anonymousId),
    type,
    occurredAt,
    campaign: campaignId === null ? null : { id: campaignId, name: text(row, mapping.campaign?.name) },
    assetId: text(row, mapping.assetId),
    channel: text(row, mapping.channel),
    attributes: convertAll(row, mapping.attributes),
    context: convertAll(row, mapping.context),
  };
}

function timeFrom(value: Json | undefined, format: Mapping['occurredAt']['format']): number | undefined {
  if (format === 'iso') return typeof value === 'string' ? parseTime(value.trim()) : undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  return Math.round(format === 'epoch-seconds' ? number * 1000 : number);
}
