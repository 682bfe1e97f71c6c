import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { compileTimeText, converter, type Reading, RowFault, type ValueType } from './conversions.ts';
import type { Source } from './mapping.ts';

/** A row and its number in the file, from 1. */
export type RowAt = { readonly number: number; readonly values: readonly string[] | JsonObject };
/** Takes a value from a row; undefined when there is none. @throws RowFault */
export type Get = (row: RowAt) => Json | undefined;

/** A column's value. Blanks alone, an empty text and null are no value. */
export function columnGetter(name: string, { columns, nulls }: Reading): Get {
  if (columns) {
    const index = columns.indexOf(name);
    const empty = new Set(nulls);
    return ({ values }) => {
      const text = (values as readonly string[])[index];
      return text === undefined || text.trim() === '' || empty.has(text) ? undefined : text;
    };
  }
  const path = name.split('.');
  return ({ values }) => {
    const row = values as JsonObject;
    let value: Json | undefined = row;
    if (Object.hasOwn(row, name)) value = row[name];
    else
      for (const part of path) {
        if (!isJsonObject(value) || !Object.hasOwn(value, part)) return undefined;
        value = value[part];
      }
    return value === null || (typeof value === 'string' && value.trim() === '') ? undefined : value;
  };
}

/** The parts of a template: texts, and in odd places the names in braces. `{{` is a brace. */
export function templateParts(template: string): readonly string[] {
  const parts = [''];
  for (const token of template.match(/\{\{|\}\}|\{[^{}]+\}|[^{}]+|[{}]/g) ?? []) {
    if (token.length > 2 && token.startsWith('{')) parts.push(token.slice(1, -1), '');
    else parts[parts.length - 1] += token === '{{' || token === '}}' ? token.charAt(0) : token;
  }
  return parts;
}

function templateGetter(template: string, reading: Reading): Get {
  const parts = templateParts(template);
  const gets = parts.map((part, index): Get => {
    if (index % 2 === 0) return () => part;
    return part === '#' ? ({ number }) => number : columnGetter(part, reading);
  });
  return (row) => {
    let text = '';
    for (const get of gets) {
      const value = get(row);
      // Half an id would be the same for many rows.
      if (value === undefined || typeof value === 'object') return undefined;
      text += String(value);
    }
    return text;
  };
}

function originOf(source: Source, reading: Reading): Get {
  if (source.column !== undefined) return columnGetter(source.column, reading);
  if (source.template !== undefined) return templateGetter(source.template, reading);
  if (source.row) return ({ number }) => number;
  return () => source.value;
}

/** @param fallback what the value is when the source does not say `as` */
export function compileSource(source: Source, path: string, reading: Reading, fallback?: ValueType): Get {
  const origin = originOf(source, reading);
  const { trim, map, default: otherwise } = source;
  const as = source.as ?? fallback;
  const convert = as === undefined ? undefined : converter(as, source, path, reading);
  return (row) => {
    let value = origin(row);
    if (typeof value === 'string' && (trim || source.case)) {
      if (trim) value = value.trim();
      if (source.case) value = source.case === 'lower' ? value.toLowerCase() : value.toUpperCase();
    }
    if (map && value !== undefined && typeof value !== 'object') {
      const key = String(value);
      if (Object.hasOwn(map, key)) value = map[key] ?? undefined;
      else if (Object.hasOwn(map, '*')) value = map['*'] ?? undefined;
    }
    value ??= otherwise;
    return value === undefined || !convert ? value : convert(value);
  };
}

/** A value as text, for ids and names. @throws RowFault for objects and lists */
export function compileText(
  source: Source | undefined,
  path: string,
  reading: Reading,
): (row: RowAt) => string | null {
  if (!source) return () => null;
  const get = compileSource(source, path, reading);
  return (row) => {
    const value = get(row);
    if (typeof value === 'object') throw new RowFault('This must be a text or a number.', path);
    return value === undefined ? null : String(value);
  };
}

/** The moment of a row, epoch milliseconds; undefined when it has none. @throws RowFault */
export function compileTime(
  source: Source,
  path: string,
  reading: Reading,
): (row: RowAt) => number | undefined {
  const get = compileSource(source, path, reading);
  const read = compileTimeText(source, path, reading);
  return (row) => {
    const value = get(row);
    return value === undefined ? undefined : read(value);
  };
}
