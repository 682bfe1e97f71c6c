import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AvaticaValue } from '../../../src/wire/avatica/client.ts';

const VERSION = '1.2.2';
/** What it needs besides Kerberos, which is stubbed. */
const PACKAGES = [
  `phoenixdb==${VERSION}`,
  'protobuf==6.33.1',
  'requests==2.32.5',
  'urllib3',
  'idna',
  'certifi',
  'charset-normalizer',
];
/** Installed once a machine, and found again by later runs. */
const environment = join(tmpdir(), `journeygraph-phoenixdb-${VERSION}`);
const run = promisify(execFile);

/** Why phoenixdb can't be had here, or false. */
export function phoenixdbSkip(): string | false {
  try {
    execFileSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' });
    return false;
  } catch {
    return "needs python3 with venv, which this machine doesn't have";
  }
}

/** The Python that has phoenixdb; installs it from PyPI when it isn't there. */
async function python(): Promise<string> {
  if (!existsSync(environment)) {
    // Made under another name first, so that an installation that failed halfway is not taken for one.
    const made = `${environment}-${process.pid}`;
    await run('python3', ['-m', 'venv', '--copies', made]);
    await run(join(made, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--no-deps', ...PACKAGES]);
    await rename(made, environment).catch(() => {});
  }
  return join(environment, 'bin', 'python');
}

/** A value as through_phoenixdb.py speaks of it: its Python type, and its text. */
export type PythonValue = null | { readonly t: string; readonly v: string } | readonly PythonValue[];

/** What a column is to phoenixdb. */
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
  const child = execFile(await python(), [join(import.meta.dirname, 'through_phoenixdb.py')], {
    maxBuffer: 64 << 20,
  });
  let output = '';
  let errors = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdin?.end(JSON.stringify(task));
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) throw new Error(`through_phoenixdb.py failed: ${errors}`);
  const floats = (value: PythonValue): PythonValue => {
    if (value === null) return null;
    if (Array.isArray(value)) return value.map(floats);
    const one = value as { t: string; v: string };
    return one.t === 'float' ? { t: 'float', v: pythonFloat(Number(one.v)) } : one;
  };
  return (JSON.parse(output) as PythonValue[][][]).map((rows) => rows.map((row) => row.map(floats)));
}
