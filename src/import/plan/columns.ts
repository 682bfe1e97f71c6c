import { nearest } from '../../domain/text/near-names.ts';
import type { FileRow } from '../model/row.ts';
import type { Reading } from '../values/conversions.ts';
import type { Condition, Mapping, Source } from '../values/mapping.ts';
import { columnGetter, templateParts } from '../values/values.ts';

/** A column that a mapping names, and whether a file may lack it. */
type Used = { readonly name: string; readonly optional: boolean };

const MAX_LISTED = 30;
const MAX_NEAR = 3;

/** Every column that a mapping names. */
export function columnsOf(mapping: Mapping): readonly Used[] {
  const used = new Map<string, boolean>();
  const add = (name: string, optional: boolean) => used.set(name, optional && (used.get(name) ?? true));
  const addSource = (source: Source) => {
    if (source.column !== undefined) add(source.column, source.optional ?? false);
    for (const [index, part] of templateParts(source.template ?? '').entries())
      if (index % 2 === 1 && part !== '#') add(part, source.optional ?? false);
  };
  const addCondition = (condition: Condition) => {
    if (condition.column !== undefined) add(condition.column, condition.empty !== undefined);
    for (const other of [condition.not, ...(condition.all ?? []), ...(condition.any ?? [])])
      if (other) addCondition(other);
  };
  for (const part of [...mapping.activities, ...(mapping.lead ? [mapping.lead] : [])]) {
    const { when, ...sources } = part;
    if (when) addCondition(when);
    for (const source of sourcesIn(sources)) addSource(source);
  }
  return [...used].map(([name, optional]) => ({ name, optional }));
}

const WAYS = ['column', 'value', 'row', 'template'];

/** The sources in a part of a mapping, however deep. A field may be called `column`: then it holds an object. */
function sourcesIn(part: object): readonly Source[] {
  return Object.values(part).flatMap((value: unknown): readonly Source[] => {
    if (typeof value !== 'object' || value === null) return [];
    const isSource = WAYS.some((way) =>
      ['string', 'number', 'boolean'].includes(typeof Reflect.get(value, way)),
    );
    return isSource ? [value as Source] : sourcesIn(value);
  });
}

/** @throws Error that names each column of the mapping that the header lacks or has twice */
export function checkHeader(used: readonly Used[], columns: readonly string[]): void {
  const faults = used.flatMap(({ name, optional }) => {
    const count = columns.filter((column) => column === name).length;
    if (count > 1) return [`The file has the column '${name}' ${count} times; rename all but one.`];
    return count === 0 && !optional ? [unknownColumn(name, columns)] : [];
  });
  if (faults.length === 0) return;
  const [only = ''] = columns;
  const mark = columns.length === 1 ? [';', '\t', '|', ','].find((other) => only.includes(other)) : undefined;
  if (mark)
    faults.push(
      `The header is one column, '${only.slice(0, 100)}': is --delimiter ${JSON.stringify(mark)} meant?`,
    );
  throw new Error(faults.join('\n'));
}

/**
 * JSON lines have no header: a column of the mapping that none of the first rows has is unknown.
 * @throws Error that names them
 */
export function checkRows(used: readonly Used[], rows: readonly FileRow[], reading: Reading): void {
  const good = rows.flatMap((row) => ('values' in row ? [{ number: 0, values: row.values }] : []));
  if (good.length === 0) return;
  const names = [...new Set(good.flatMap(({ values }) => Object.keys(values)))];
  const faults = used.flatMap(({ name, optional }) => {
    const get = columnGetter(name, reading);
    return optional || names.includes(name) || good.some((row) => get(row) !== undefined)
      ? []
      : [unknownColumn(name, names)];
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

function unknownColumn(name: string, columns: readonly string[]): string {
  const near = nearest(name, columns.filter(Boolean), MAX_NEAR);
  const listed = columns.slice(0, MAX_LISTED).map((column) => `'${column}'`);
  const others = columns.length > MAX_LISTED ? ` and ${columns.length - MAX_LISTED} more` : '';
  const hint =
    near.length > 0
      ? `Is ${near.map((column) => `'${column}'`).join(' or ')} meant?`
      : `It has: ${listed.join(', ')}${others}.`;
  return `The mapping names the column '${name}', which the file lacks. ${hint} If only some files have it, say "optional": true.`;
}
