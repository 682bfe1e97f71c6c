import { join } from 'node:path';
import { pythonWith, runPython } from '../../../test/support/python.ts';
import type { AvaticaValue } from '../src/client.ts';

const VERSION = '1.2.2';
/** Packages that it needs besides Kerberos, which is stubbed. */
const PACKAGES = [
  `phoenixdb==${VERSION}`,
  'protobuf==6.33.1',
  'requests==2.32.5',
  'urllib3',
  'idna',
  'certifi',
  'charset-normalizer',
];

/** A value as through_phoenixdb.py speaks of it: its Python type, and its text. */
export type PythonValue = null | { readonly t: string; readonly v: string } | readonly PythonValue[];

/** Kinds of columns in phoenixdb. */
export type PythonKind = 'int' | 'decimal' | 'float' | 'text' | 'bool' | 'bytes' | 'ms' | 'time';

/** Our value as through_phoenixdb.py takes and gives it. */
export function toPython(value: AvaticaValue, kind: PythonKind): PythonValue {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((element) => toPython(element, kind));
  if (value instanceof Date) return { t: kind, v: String(value.getTime()) };
  if (value instanceof Uint8Array) return { t: kind, v: Buffer.from(value).toString('hex') };
  if (kind === 'float') return { t: kind, v: pythonFloat(Number(value)) };
  return { t: kind, v: String(value) };
}

/** Compared as numbers: Python writes 1e+16 where JavaScript writes 10000000000000000. */
const pythonFloat = (value: number): string => String(value);

/** Runs statements through phoenixdb; the rows of each `read`, by position. */
export async function throughPhoenixdb(task: {
  url: string;
  write: readonly (readonly [text: string, rows: readonly (readonly PythonValue[])[]])[];
  read: readonly string[];
}): Promise<PythonValue[][][]> {
  const python = await pythonWith(`phoenixdb-${VERSION}`, PACKAGES);
  const output = await runPython(python, join(import.meta.dirname, 'through_phoenixdb.py'), task);
  const floats = (value: PythonValue): PythonValue => {
    if (value === null) return null;
    if (Array.isArray(value)) return value.map(floats);
    const one = value as { t: string; v: string };
    return one.t === 'float' ? { t: 'float', v: pythonFloat(Number(one.v)) } : one;
  };
  return (JSON.parse(output) as PythonValue[][][]).map((rows) => rows.map((row) => row.map(floats)));
}
