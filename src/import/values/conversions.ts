import { parseJson } from '../../domain/exact-json.ts';
import { type Json, MAX_NESTING, nestsDeeperThan } from '../../domain/json.ts';
import type { ItemErrorCode } from '../../ingest/draft/draft.ts';
import type { Source } from './mapping.ts';
import { parseNumber } from './numbers.ts';
import { timeReader } from './times.ts';

export type ValueType = NonNullable<Source['as']>;

/** Why a row can't be mapped. */
export class RowFault extends Error {
  readonly code: ItemErrorCode;
  readonly path: string;
  constructor(message: string, path: string, code: ItemErrorCode = 'INVALID_VALUE') {
    super(message);
    this.code = code;
    this.path = path;
  }
}

/** Settings for reading the values of a file. */
export type Reading = {
  /** Undefined: JSON lines. */
  readonly columns: readonly string[] | undefined;
  readonly zone: string | undefined;
  readonly decimal: '.' | ',';
  readonly nulls: readonly string[];
};

/** Makes what the mapping wants of a value. */
export function converter(
  as: ValueType,
  source: Source,
  path: string,
  reading: Reading,
): (value: Json) => Json | undefined {
  const refuse = (value: Json, right: string, code?: ItemErrorCode): never => {
    throw new RowFault(`'${String(value).slice(0, 60)}' ${right}`, path, code);
  };
  const decimal = source.decimal ?? reading.decimal;
  switch (as) {
    case 'string':
      return (value) => (typeof value === 'object' ? value : String(value));
    case 'number':
    case 'integer':
      return (value) => {
        const number = typeof value === 'string' ? parseNumber(value, decimal) : value;
        if (typeof number !== 'number') return refuse(value, noNumber(String(value).trim()));
        if (as === 'integer' && !Number.isInteger(number)) return refuse(value, 'is no whole number.');
        return number;
      };
    case 'boolean':
      return (value) => {
        const text = String(value).trim();
        if (!/^(?:true|false|[10ynft]|yes|no)$/i.test(text)) refuse(value, 'is neither true nor false.');
        return /^(?:true|1|yes|y|t)$/i.test(text);
      };
    case 'time': {
      const read = compileTimeText(source, path, reading);
      return (value) => new Date(read(value)).toISOString();
    }
    case 'json':
      return (value) => {
        if (typeof value !== 'string') return value;
        const parsed = parsedOrNothing(value);
        if (parsed === undefined) return refuse(value, 'is no valid JSON.');
        return nestsDeeperThan(parsed, MAX_NESTING) ? refuse(value, 'nests too deep.') : parsed;
      };
    default:
      return as satisfies never;
  }
}

function noNumber(text: string): string {
  if (/^[+-]?\d{16,}$/.test(text)) return 'has more digits than a number holds exactly; map it as a string.';
  const isComma = /^[+-]?\d+,\d+$/.test(text);
  return `is no number${isComma ? '; with a decimal comma say "decimal": ","' : ''}.`;
}

function parsedOrNothing(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** Reads a value as a time, epoch milliseconds. @throws RowFault */
export function compileTimeText(source: Source, path: string, reading: Reading): (value: Json) => number {
  const formats = source.format === undefined ? ['iso'] : [source.format].flat();
  const read = timeReader(formats, source.zone ?? reading.zone);
  return (value) => {
    const time = read(String(value));
    if (typeof time === 'string') throw new RowFault(time, path, 'INVALID_TIME');
    return time;
  };
}
