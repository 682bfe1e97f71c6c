import { z } from 'zod';
import { isDelimiter } from '../read/csv-scan.ts';
import { formatReader } from './time-formats.ts';
import { isTimeZone } from './zones.ts';

const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: 'must be a string, a number, true or false',
});
const zone = z.string().refine(isTimeZone, 'is no time zone: "Europe/Berlin", "UTC" or "+02:00" would be');
const format = z
  .string()
  .refine((name) => formatReader(name) !== undefined, 'is no time format; docs/import.md lists them');
const decimal = z.enum(['.', ','], { error: 'must be "." or ","' });
const WAYS = ['column', 'value', 'row', 'template'] as const;

/** Where a value comes from, and how it is converted. */
const source = z
  .strictObject({
    /** A column; of JSON lines a dotted path. */
    column: z.string().min(1).optional(),
    /** A constant. */
    value: scalar.optional(),
    /** The row's number in the file, from 1. */
    row: z.literal(true, { error: 'must be true' }).optional(),
    /** A text with `{column}` in it; `{#}` is the row's number. */
    template: z.string().min(1).optional(),
    /** The file need not have the column. */
    optional: z.boolean().optional(),
    trim: z.boolean().optional(),
    case: z.enum(['lower', 'upper'], { error: 'must be "lower" or "upper"' }).optional(),
    /** Meanings of texts; `*` is any other text. */
    map: z.record(z.string(), z.union([scalar, z.null()])).optional(),
    /** Instead of no value. */
    default: scalar.optional(),
    as: z.enum(['string', 'number', 'integer', 'boolean', 'time', 'json']).optional(),
    format: z.union([format, z.array(format).min(1)]).optional(),
    zone: zone.optional(),
    decimal: decimal.optional(),
  })
  .refine((given) => WAYS.filter((way) => given[way] !== undefined).length === 1, {
    error: `must have exactly one of ${WAYS.join(', ')}`,
  });
export type Source = z.infer<typeof source>;

/** A condition on a row. All that it says must hold. */
export type Condition = {
  readonly column?: string | undefined;
  readonly equals?: string | number | boolean | undefined;
  readonly in?: readonly (string | number | boolean)[] | undefined;
  readonly matches?: string | undefined;
  readonly empty?: boolean | undefined;
  readonly not?: Condition | undefined;
  readonly all?: readonly Condition[] | undefined;
  readonly any?: readonly Condition[] | undefined;
};
const isExpression = (text: string): boolean => {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
};
const TESTS = ['equals', 'in', 'matches', 'empty'] as const;
const condition: z.ZodType<Condition> = z.lazy(() =>
  z
    .strictObject({
      column: z.string().min(1).optional(),
      equals: scalar.optional(),
      in: z.array(scalar).min(1).optional(),
      matches: z.string().refine(isExpression, 'is no regular expression').optional(),
      empty: z.boolean().optional(),
      not: condition.optional(),
      all: z.array(condition).min(1).optional(),
      any: z.array(condition).min(1).optional(),
    })
    .refine(
      (given) =>
        given.column === undefined
          ? TESTS.every((test) => given[test] === undefined) && Object.keys(given).length > 0
          : TESTS.some((test) => given[test] !== undefined),
      { error: `must have a column with one of ${TESTS.join(', ')}, or one of not, all, any` },
    ),
);

const fields = z.record(z.string().min(1), source);
const activity = z.strictObject({
  when: condition.optional(),
  type: source.optional(),
  messageId: source.optional(),
  externalId: source.optional(),
  anonymousId: source.optional(),
  occurredAt: source.optional(),
  campaign: z.strictObject({ id: source, name: source.optional() }).optional(),
  assetId: source.optional(),
  channel: source.optional(),
  attributes: fields.optional(),
  /** Keys with dots nest: `page.url`. */
  context: fields.optional(),
  /** Columns of Marketo's bulk export: attributes by Marketo's names as JSON, and the primary attribute's value. */
  marketo: z.strictObject({ attributes: source.optional(), primary: source.optional() }).optional(),
});
export type ActivityMapping = z.infer<typeof activity>;

const lead = z.strictObject({
  when: condition.optional(),
  externalId: source.optional(),
  anonymousId: source.optional(),
  email: source.optional(),
  traits: fields.optional(),
  aliases: z.array(source).optional(),
  at: source.optional(),
});
export type LeadMapping = z.infer<typeof lead>;

const mappingSchema = z.strictObject({
  ...activity.shape,
  /** Several activities a row; missing fields are taken from above. */
  activities: z.array(activity).min(1).optional(),
  /** The person of a row. */
  lead: lead.optional(),
  /** Of CSV: one ASCII character. */
  delimiter: z.string().refine(isDelimiter, 'must be one ASCII character').optional(),
  encoding: z.string().optional(),
  /** The zone of times that name none. */
  zone: zone.optional(),
  decimal: decimal.optional(),
  /** Texts of CSV that stand for no value. */
  nulls: z.array(z.string()).default(['NULL', '\\N']),
});

/** A mapping of rows: what `docs/import.md` describes. Each activity in it is complete. */
export type Mapping = Pick<
  z.infer<typeof mappingSchema>,
  'lead' | 'delimiter' | 'encoding' | 'zone' | 'decimal' | 'nulls'
> & {
  readonly activities: readonly ActivityMapping[];
};

/** Reads a mapping. @throws Error that names every fault, with its place */
export function parseMapping(text: string): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new Error(`The mapping is no valid JSON: ${(error as Error).message}`);
  }
  const parsed = mappingSchema.safeParse(value);
  if (!parsed.success)
    throw faultsOf(
      parsed.error.issues.map(({ path, message }) => `${path.join('.') || '(top)'}: ${message}`),
    );
  const {
    activities,
    lead: person,
    delimiter,
    encoding,
    zone: local,
    decimal: point,
    nulls,
    ...shared
  } = parsed.data;
  const isLeadOnly = person !== undefined && !activities && shared.type === undefined;
  const complete = isLeadOnly ? [] : (activities ?? [{}]).map((own) => ({ ...shared, ...own }));
  const faults = complete.flatMap((each, index) => {
    const place = activities ? `activities.${index}.` : '';
    return (['type', 'occurredAt'] as const).flatMap((name) =>
      each[name] ? [] : [`${place}${name}: is needed`],
    );
  });
  if (shared.messageId && (activities ?? []).filter((own) => !own.messageId).length > 1)
    faults.push(
      'messageId: several activities of a row would share it; give each its own, such as {"template": "visit-{id}"}',
    );
  if (person && !person.externalId && !person.anonymousId)
    faults.push('lead: externalId or anonymousId is needed');
  if (faults.length > 0) throw faultsOf(faults);
  return { activities: complete, lead: person, delimiter, encoding, zone: local, decimal: point, nulls };
}

const faultsOf = (faults: readonly string[]): Error =>
  new Error(`The mapping has faults:\n  ${faults.join('\n  ')}`);
