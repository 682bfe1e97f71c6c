import { randomBytes } from 'node:crypto';
import { chunksOf } from '../../../../lib/chunks.ts';
import { DomainError } from '../../../../lib/errors.ts';
import { wait } from '../../../../lib/retry.ts';
import { isIn, type Scope } from '../scope.ts';

/** A document in a row, as it was read. `rev` is another text after each change. */
export type Versioned = { readonly rev: string; readonly body: string | null };

/** Rows with a column `REV` and a column `BODY`, in a table whose key is the tenant, `fixed` and `key`. */
export type VersionedRows = {
  readonly table: string;
  /** Columns of the key that are the same in all of these rows. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** The column that tells them apart. */
  readonly key: string;
};

export type Change = {
  readonly key: string;
  /** The row as it was read; undefined where there was none. */
  readonly before: Versioned | undefined;
  /** Null removes the document. Its row stays, so that no later change is lost with it. */
  readonly body: string | null;
};

/** Phoenix knows no empty text beside null. A body is JSON, which this is not. */
const REMOVED = '-';
/** A row that was made by a change of a row that was not there any more. */
const GHOST = '!';
/** No row has it. */
const NEVER = '-';
const MAX_KEYS = 500;
/** Others change the row meanwhile. At the end of these rounds a caller gets an error and tries again. */
const MAX_ROUNDS = 60;
const PAUSE_MS = 4;

type Row = { readonly KEY_TEXT: string; readonly REV: string; readonly BODY: string };

/** The rows that are there, by key; those of removed documents too. */
export async function readVersioned(
  scope: Scope,
  { table, fixed = {}, key }: VersionedRows,
  keys: Iterable<string>,
): Promise<Map<string, Versioned>> {
  const found = new Map<string, Versioned>();
  for (const chunk of chunksOf([...new Set(keys)], MAX_KEYS)) {
    const among = isIn(key, chunk);
    const rows = await scope.select<Row>({
      from: table,
      columns: `${key} AS KEY_TEXT, REV, BODY`,
      where: [...Object.keys(fixed).map((column) => `${column} = ?`), among.where].join(' AND '),
      values: [...Object.values(fixed), ...among.values],
      limit: chunk.length,
    });
    for (const { KEY_TEXT, REV, BODY } of rows) found.set(KEY_TEXT, versionedFrom(REV, BODY));
  }
  return found;
}

const versionedFrom = (rev: string, body: string): Versioned => ({
  rev,
  body: body === REMOVED ? null : body,
});

/** Condition of rows whose document is there. */
export const IS_THERE = `BODY <> '${REMOVED}'`;

/**
 * Changes rows that still are as they were read. HBase decides under each row's lock, and reading back tells who won.
 * Keys must be distinct.
 * @returns the keys that were changed. One is missing too where another change came on top at once.
 */
export async function changeVersioned(
  scope: Scope,
  rows: VersionedRows,
  changes: readonly Change[],
): Promise<Set<string>> {
  const rev = await writeVersioned(scope, rows, changes);
  const now = await readVersioned(
    scope,
    rows,
    changes.map(({ key }) => key),
  );
  return new Set([...now].flatMap(([key, row]) => (row.rev === rev ? [key] : [])));
}

/** Phoenix takes bound texts in a `CASE` for `CHAR`, which holds ASCII alone. JSON can say every character in it. */
const inAscii = (json: string): string =>
  json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** As `changeVersioned`, for a caller who need not know who won. @returns the `rev` that the changed rows have */
export async function writeVersioned(
  scope: Scope,
  { table, fixed = {}, key }: VersionedRows,
  changes: readonly Change[],
): Promise<string> {
  const rev = randomBytes(12).toString('base64url');
  if (changes.length > 0)
    await scope.upsert({
      into: table,
      columns: [...Object.keys(fixed), key, 'REV', 'BODY'],
      rows: changes.map(({ key: own, before, body }) => {
        const text = body === null ? REMOVED : inAscii(body);
        const was = before?.rev ?? NEVER;
        const inserted = before ? [GHOST, REMOVED] : [rev, text];
        return [...Object.values(fixed), own, ...inserted, was, text, was, rev];
      }),
      onDuplicate:
        'UPDATE BODY = CASE WHEN REV = ? THEN ? ELSE BODY END, REV = CASE WHEN REV = ? THEN ? ELSE REV END',
    });
  return rev;
}

/** Removes documents that are exactly these texts. */
export async function removeVersioned(
  scope: Scope,
  { table, key }: Pick<VersionedRows, 'table' | 'key'>,
  documents: readonly { readonly key: string; readonly body: string }[],
): Promise<void> {
  if (documents.length === 0) return;
  const rev = randomBytes(12).toString('base64url');
  await scope.upsert({
    into: table,
    columns: [key, 'REV', 'BODY'],
    rows: documents.map(({ key: own, body }) => [own, GHOST, REMOVED, body, rev, body, REMOVED]),
    onDuplicate:
      'UPDATE REV = CASE WHEN BODY = ? THEN ? ELSE REV END, BODY = CASE WHEN BODY = ? THEN ? ELSE BODY END',
  });
}

/**
 * Changes one row by what it is, again and again until nobody was in between.
 * @param next the new document; undefined where nothing is to change. It must tell from a document that it was applied.
 * @returns the document that `next` had nothing to change in, or that it made
 * @throws DomainError `BACKEND_UNAVAILABLE` where others change the row all the time
 */
export async function updateVersioned(
  scope: Scope,
  rows: VersionedRows,
  key: string,
  next: (body: string | null) => string | null | undefined,
): Promise<string | null> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = (await readVersioned(scope, rows, [key])).get(key);
    const body = next(before?.body ?? null);
    if (body === undefined) return before?.body ?? null;
    if ((await changeVersioned(scope, rows, [{ key, before, body }])).has(key)) return body;
    await wait(PAUSE_MS * round * Math.random());
  }
  throw new DomainError('BACKEND_UNAVAILABLE', 'Too many changes of one row at once; try again.');
}
