import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { FILE_FORMATS, type FileFormat, type FileOptions, formatOf } from './plan/rows.ts';
import { isEncoding, STANDARD_INPUT } from './read/bytes.ts';
import { isDelimiter } from './read/csv-scan.ts';
import { isTimeZone } from './values/zones.ts';

export const USAGE = `npm run import -- --tenant acme --mapping mapping.json FILE …

Imports activities and people from files, or from the standard input (-). Run it again after a stop, or as often as
you like: every good row arrives once. Rows that are refused go to FILE.rejects.jsonl with line, reason and text.
docs/import.md describes the mapping.

  --tenant ID       whose data it is; a token says so by itself
  --mapping FILE    what the columns mean, as JSON
  --format F        csv, tsv, jsonl or ndjson; else the file's name tells (.csv, .csv.gz …)
  --delimiter C     of CSV, for example ';'
  --encoding E      for example windows-1252; UTF-8, and UTF-16 with a mark, are known
  --zone Z          time zone of times without one, for example Europe/Berlin
  --dry-run [N]     shows what would be sent, and what would be refused, of the first N rows; writes nothing
  --work-dir DIR    where rejects and checkpoint go; else beside the file
  --url URL         a server that runs; else the one that has this data directory, or the directory itself
  --token T         a token of that server (also JOURNEYGRAPH_TOKEN); else one is signed with its key (DATA_DIR)

Exit code: 0 all is in, 1 some rows were refused, 2 nothing was done, or not to the end.`;

/** The command line can't be followed. */
export class UsageError extends Error {}

export type Arguments = {
  readonly tenant: string | undefined;
  readonly mapping: string;
  readonly files: readonly FileOptions[];
  readonly zone: string | undefined;
  /** `rows`: how many are judged; `shown`: how many are shown at most. */
  readonly dryRun: { readonly rows: number; readonly shown: number } | undefined;
  readonly workDir: string | undefined;
  readonly url: string | undefined;
  readonly token: string | undefined;
};

const SHOWN = 10;
const string = { type: 'string' } as const;

/** Reads the command line. @throws UsageError */
export function parseArguments(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Arguments | 'help' {
  const { values, positionals } = parsed(argv);
  if (values.help) return 'help';
  const { tenant, mapping, format, delimiter, encoding, zone, url } = values;
  const token = values.token ?? env['JOURNEYGRAPH_TOKEN'];
  if (!mapping) throw new UsageError('--mapping is needed.');
  if (positionals.length === 0)
    throw new UsageError('Which file? Name at least one, or - for the standard input.');
  if (!tenant && token === undefined) throw new UsageError('--tenant is needed, or a --token.');
  if (zone !== undefined && !isTimeZone(zone))
    throw new UsageError(`--zone: '${zone}' is no time zone; Europe/Berlin, UTC or +02:00 would be.`);
  if (encoding !== undefined && !isEncoding(encoding))
    throw new UsageError(
      `--encoding: '${encoding}' is unknown; windows-1252, latin1, utf-16le or shift_jis are known.`,
    );
  if (url !== undefined && !/^https?:\/\//.test(url))
    throw new UsageError(`--url: '${url}' is no address; http://127.0.0.1:4000 would be.`);
  const names = positionals.map((path) => basename(path));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (
    twice !== undefined &&
    (values['work-dir'] !== undefined || new Set(positionals).size < positionals.length)
  )
    throw new UsageError(
      `Two files are called '${twice}': their rejects would go to one place. Import them one after the other.`,
    );
  return {
    ...{ tenant, mapping, zone, url, token },
    workDir: values['work-dir'],
    dryRun: dryRunOf(values['dry-run']),
    files: positionals.map((path) => ({
      path,
      format: formatFor(path, format),
      delimiter: delimiterFrom(delimiter),
      encoding,
    })),
  };
}

function parsed(argv: readonly string[]) {
  // The number behind --dry-run may be left out.
  const args = argv.flatMap((argument, index) => {
    if (argument === '--dry-run')
      return [`--dry-run=${/^\d+$/.test(argv[index + 1] ?? '') ? argv[index + 1] : 'all'}`];
    return argv[index - 1] === '--dry-run' && /^\d+$/.test(argument) ? [] : [argument];
  });
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...{
          tenant: string,
          mapping: string,
          format: string,
          delimiter: string,
          encoding: string,
          zone: string,
        },
        ...{ url: string, token: string, 'dry-run': string, 'work-dir': string },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function dryRunOf(text: string | undefined): Arguments['dryRun'] {
  if (text === undefined) return undefined;
  if (text === 'all') return { rows: Number.POSITIVE_INFINITY, shown: SHOWN };
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new UsageError(`--dry-run: '${text}' is no number of rows.`);
  return { rows: Number(text), shown: Number.POSITIVE_INFINITY };
}

function formatFor(path: string, given: string | undefined): FileFormat {
  const format =
    given === undefined ? formatOf(path) : FILE_FORMATS.find((known) => known === given.toLowerCase());
  if (format) return format;
  if (given !== undefined)
    throw new UsageError(`--format: '${given}' must be one of ${FILE_FORMATS.join(', ')}.`);
  throw new UsageError(
    `--format is needed: ${path === STANDARD_INPUT ? 'the standard input' : `the name '${path}'`} does not tell it.`,
  );
}

function delimiterFrom(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const delimiter = text === '\\t' || text.toLowerCase() === 'tab' ? '\t' : text;
  if (isDelimiter(delimiter)) return delimiter;
  throw new UsageError(`--delimiter: '${text}' must be one ASCII character, or tab.`);
}
