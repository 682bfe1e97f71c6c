import type { Answer } from './ask.ts';

type Json = null | boolean | number | string | readonly Json[] | Fields;
type Fields = { readonly [name: string]: Json };

/** Measures that a store may estimate, and says so. Ratios of two such are off by the errors of both. */
const ESTIMATES: ReadonlyMap<string, number> = new Map([
  ['UNIQUE_LEADS', 1],
  ['UNIQUE_VISITORS', 1],
  ['UNIQUE_CONVERTERS', 1],
  ['CONVERSION_RATE', 2],
]);

/**
 * The first place at which two answers differ, as `path: one ≠ other`; undefined when they are the same. Objects
 * are the same in whatever order their fields are. Unique figures that a side says to have estimated may be off by
 * the error that it says; everything else must be the same to the last digit.
 */
export function firstDifference(one: Answer, other: Answer): string | undefined {
  return differ(one as unknown as Json, other as unknown as Json, '');
}

function differ(one: Json, other: Json, path: string): string | undefined {
  if (one === other) return undefined;
  if (Array.isArray(one) && Array.isArray(other)) {
    for (let index = 0; index < Math.min(one.length, other.length); index += 1) {
      const found = differ(one[index], other[index], `${path}[${index}]`);
      if (found) return found;
    }
    return one.length === other.length ? undefined : `${path}: ${one.length} ≠ ${other.length} items`;
  }
  if (!isFields(one) || !isFields(other)) return `${path}: ${shown(one)} ≠ ${shown(other)}`;
  const error = Math.max(errorOf(one), errorOf(other));
  const [a, b] = error > 0 ? [withoutEstimates(one), withoutEstimates(other)] : [one, other];
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (!(name in a) || !(name in b)) return `${path}.${name}: only one has it`;
    const found = differ(a[name] as Json, b[name] as Json, `${path}.${name}`);
    if (found) return found;
  }
  return error > 0 ? beyond(one, other, error, path) : undefined;
}

const isFields = (value: Json): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: Json): string => JSON.stringify(value)?.slice(0, 300) ?? 'nothing';

/** Of a `MetricsResult`: the error of what it estimates; 0 of anything else. */
const errorOf = (value: Fields): number =>
  typeof value['uniquesRelativeError'] === 'number' ? value['uniquesRelativeError'] : 0;

type Figure = { readonly measure: string; readonly value: number | null; readonly previous: number | null };
const figuresOf = (result: Fields): Figure[][] =>
  (result['rows'] as unknown as { values: Figure[] }[]).map(({ values }) => values);

/** What of a `MetricsResult` must be the same all the same. */
const withoutEstimates = ({
  uniquesExact: _exact,
  uniquesRelativeError: _error,
  ...result
}: Fields): Fields => ({
  ...result,
  rows: (result['rows'] as Fields[]).map((row) => ({
    ...row,
    values: (row['values'] as unknown as Figure[]).filter(
      ({ measure }) => !ESTIMATES.has(measure),
    ) as unknown as Json,
  })),
});

/** The first estimate that is further off than was said. Rows are the same in number and place by now. */
function beyond(one: Fields, other: Fields, error: number, path: string): string | undefined {
  const others = figuresOf(other);
  for (const [row, figures] of figuresOf(one).entries())
    for (const { measure, value, previous } of figures) {
      const weight = ESTIMATES.get(measure);
      const twin = others[row]?.find((figure) => figure.measure === measure);
      if (weight === undefined) continue;
      for (const [name, a, b] of [
        ['value', value, twin?.value],
        ['previous', previous, twin?.previous],
      ] as const)
        if (!isWithin(a, b, weight === 1 ? error : 2 * error + error * error, weight === 1 ? 0.5 : 0))
          return `${path}.rows[${row}].${measure}.${name}: ${a} ≠ ${b} by more than ${error}`;
    }
  return undefined;
}

/** @param rounding counts are estimated in fractions and told whole */
function isWithin(a: number | null, b: number | null | undefined, error: number, rounding: number): boolean {
  if (a === null || b === null || b === undefined) return a === b;
  return Math.abs(a - b) <= error * Math.min(Math.abs(a), Math.abs(b)) + rounding;
}

/** The lists by which connections, reports and figures say what was found. */
const LISTS = ['edges', 'nodes', 'rows', 'facets', 'campaigns'];

/** Whether an answer has found anything: two profiles that both find nothing prove little. */
export function isEmptyAnswer({ pages }: Answer): boolean {
  const finds = (value: Json | undefined): boolean => {
    if (value === null || value === undefined) return false;
    if (Array.isArray(value))
      return value.some((item) => (isFields(item) ? finds(item['values'] ?? item) : item !== null));
    if (!isFields(value)) return true;
    const inner = value['activities'];
    if (inner !== undefined && isFields(inner)) return finds(inner);
    const lists = LISTS.filter((name) => name in value);
    return lists.length === 0 || lists.some((name) => finds(value[name]));
  };
  return !pages.some(({ data }) => isFields(data as Json) && Object.values(data as Fields).some(finds));
}
