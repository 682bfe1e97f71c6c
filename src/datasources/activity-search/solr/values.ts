import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Range } from '../../../domain/filter.ts';
import { isJsonObject, type Json, type JsonObject, plainDecimal } from '../../../domain/json.ts';
import { mayHoldPersonal } from '../../../domain/personal/text.ts';
import { quoted, type SolrQuery } from './query.ts';

/**
 * Attributes and traits have any name, and each tenant its own. A field for each name would give Lucene unbounded
 * fields. A single field would order millions of values whenever one attribute is counted. So there are 64 fields to
 * filter by and 64 to count, chosen by a hash of tenant and name. A value begins with more of that hash, which keeps
 * names and tenants apart, then a letter for its kind.
 */
type Place = { readonly bucket: string; readonly prefix: string };

const BUCKETS = 64;
/** Digests cost more than all else of a value; names come again and again. */
const places = new LRUCache<string, Place>({ max: 20_000 });

function placeOf(tenantId: string, name: string): Place {
  const key = `${tenantId}\0${name}`;
  let place = places.get(key);
  if (!place) {
    const digest = createHash('sha256').update(key).digest();
    const bucket = String(digest.readUInt8(0) % BUCKETS);
    place = { bucket, prefix: digest.toString('base64url', 1, 13) };
    places.set(key, place);
  }
  return place;
}

const isHarmless = (text: string): boolean => !mayHoldPersonal(text);

/** Of a term in Lucene, in bytes, less the prefix. Activities with longer texts are refused at the door. */
const MAX_TERM = 32_000;

/** Kinds of values to filter by: a string without and with what looks personal, a number, a boolean, any but null. */
const STRING = 's';
const ADDRESS = 'e';
const NUMBER = 'n';
const BOOLEAN = 'b';
const EXISTS = 'x';
/** Kinds of values to count: shown to everybody, or personal data. */
const OPEN = 'o';
const PERSONAL = 'p';

type Scalar = string | number | boolean;
const isScalar = (value: Json): value is Scalar =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

function term(value: Scalar): string {
  if (typeof value === 'number') return NUMBER + sortable(value);
  if (typeof value === 'boolean') return BOOLEAN + (value ? '1' : '0');
  return (isHarmless(value) ? STRING : ADDRESS) + value;
}

/** 16 hexadecimal digits that sort as the numbers do. */
function sortable(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value === 0 ? 0 : value);
  const bits = view.getBigUint64(0);
  const negative = bits >> 63n === 1n;
  return BigInt.asUintN(64, negative ? ~bits : bits | (1n << 63n))
    .toString(16)
    .padStart(16, '0');
}

/** The fields of a document that hold these attributes or traits. Only top-level names are indexed. */
export function valueFields(tenantId: string, values: JsonObject): Record<string, string[]> {
  const fields: Record<string, string[]> = {};
  const put = (field: string, value: string): void => {
    fields[field] ??= [];
    fields[field].push(value);
  };
  for (const [name, value] of Object.entries(values)) {
    if (value === null) continue;
    const { bucket, prefix } = placeOf(tenantId, name);
    put(`af_${bucket}`, prefix + EXISTS);
    if (isJsonObject(value) || !isScalar(value)) continue;
    const text = typeof value === 'number' ? plainDecimal(value) : String(value);
    if (Buffer.byteLength(text) > MAX_TERM) continue;
    put(`af_${bucket}`, prefix + term(value));
    put(`av_${bucket}`, prefix + (isHarmless(text) ? OPEN : PERSONAL) + text);
  }
  return fields;
}

/** Where the value is one of these: of the same type, too. */
export function valueIn(tenantId: string, name: string, values: readonly Scalar[]): SolrQuery {
  const { bucket, prefix } = placeOf(tenantId, name);
  return oneOf(
    `af_${bucket}`,
    values.map((value) => prefix + term(value)),
  );
}

/** Where there is a value, of any kind but null. */
export function valueExists(tenantId: string, name: string): SolrQuery {
  const { bucket, prefix } = placeOf(tenantId, name);
  return oneOf(`af_${bucket}`, [prefix + EXISTS]);
}

/** Where the value is a number within bounds. */
export function valueInRange(tenantId: string, name: string, range: Range<number>): SolrQuery {
  const { bucket, prefix } = placeOf(tenantId, name);
  const bound = (value: number | undefined, open: string): string =>
    quoted(`${prefix}${NUMBER}${value === undefined ? open : sortable(value)}`);
  const from = Math.max(range.gt ?? Number.NEGATIVE_INFINITY, range.gte ?? Number.NEGATIVE_INFINITY);
  const to = Math.min(range.lt ?? Number.POSITIVE_INFINITY, range.lte ?? Number.POSITIVE_INFINITY);
  const low = range.gt !== undefined && from === range.gt ? '{' : '[';
  const high = range.lt !== undefined && to === range.lt ? '}' : ']';
  const lower = bound(range.gt === undefined && range.gte === undefined ? undefined : from, '0'.repeat(16));
  const upper = bound(range.lt === undefined && range.lte === undefined ? undefined : to, 'f'.repeat(16));
  return `af_${bucket}:${low}${lower} TO ${upper}${high}`;
}

/** Where the value is a string with this beginning; without `pii` not one with an address, which could be guessed. */
export function valueStartsWith(tenantId: string, name: string, start: string, pii: boolean): SolrQuery {
  const { bucket, prefix } = placeOf(tenantId, name);
  const starts = (kind: string): SolrQuery => ({
    prefix: { f: `af_${bucket}`, query: prefix + kind + start },
  });
  return pii ? { bool: { should: [starts(STRING), starts(ADDRESS)] } } : starts(STRING);
}

/** Where the values of an attribute are counted: fields with the beginning that these values have there. */
export function countedValues(
  tenantId: string,
  name: string,
  pii: boolean,
): readonly { readonly field: string; readonly prefix: string }[] {
  const { bucket, prefix } = placeOf(tenantId, name);
  return (pii ? [OPEN, PERSONAL] : [OPEN]).map((kind) => ({ field: `av_${bucket}`, prefix: prefix + kind }));
}

/** A separator that none of the values has. */
const SEPARATORS = ['\u0001', '\u0002', '\u0003', '\u0004', '\ue000', '\uf8ff'];

/** Where a field has one of these values exactly; where there are none, nowhere. */
export function oneOf(field: string, values: readonly string[]): SolrQuery {
  const separator = SEPARATORS.find((candidate) => !values.some((value) => value.includes(candidate)));
  if (separator === undefined || values.length === 0)
    return { bool: { should: values.map((value) => ({ term: { f: field, query: value } })) } };
  // Once more at the end: the parser takes a text without a separator, and none at all, for something else.
  return { terms: { f: field, separator, query: [...values, values[0]].join(separator) } };
}
