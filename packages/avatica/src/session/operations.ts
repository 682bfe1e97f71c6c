import { AvaticaError } from '../protocol/errors.ts';
import * as requests from '../protocol/requests.ts';
import {
  type Column,
  decodeExecute,
  decodeExecuteBatch,
  decodeFetch,
  decodeFrame,
  decodeSignature,
  type Executed,
  type Frame,
  type Prepared,
  type ResultRow,
} from '../protocol/responses.ts';
import { sendsTimes } from '../protocol/utc.ts';
import type { AvaticaValue } from '../protocol/values.ts';
import type { Attempt, Use } from './session.ts';

/** The server makes a first frame of at most this many rows, except one of all rows. */
export const FIRST_FRAME = 100;
/** Rows of each further frame. */
export const FRAME = 5_000;

export type QueryResult = { readonly rows: readonly ResultRow[]; readonly updateCount: number };

/** Runs a statement and reads all of its rows. */
export async function readAll(use: Use, values: readonly AvaticaValue[]): Promise<Attempt<QueryResult>> {
  const begun = await begin(use, values, FIRST_FRAME);
  if (begun.is !== 'done') return begun;
  const { columns, frame, updateCount } = begun.value;
  if (!frame || frame.done)
    return { is: 'done', value: { rows: frame?.rows ?? [], updateCount: Math.max(0, updateCount) } };
  const rows = [...frame.rows];
  for (;;) {
    const next = await fetchFrame(use, columns, rows.length, FRAME);
    if (next.is !== 'done') return next;
    for (const row of next.value.rows) rows.push(row);
    if (next.value.done) return { is: 'done', value: { rows, updateCount: 0 } };
  }
}

export type Begun = {
  readonly columns: readonly Column[];
  /** The first rows; absent for a statement that has none. */
  readonly frame: Frame | undefined;
  readonly updateCount: number;
};

/** Runs a statement and reads its first rows. */
export async function begin(
  { connectionId, prepared, utc, call }: Use,
  values: readonly AvaticaValue[],
  frameSize: number,
): Promise<Attempt<Begun>> {
  assertCount(prepared, values.length);
  const { statementId, signature } = prepared;
  if (!utc && sendsTimes(signature.parameters, [values])) return { is: 'needs-utc' };
  const reply = await call(
    requests.execute(connectionId, statementId, values, signature.parameters, frameSize),
    'ExecuteResponse',
  );
  if (reply.is !== 'ok') return reply;
  const executed = decodeExecute(reply.message);
  if (executed.missingStatement) return { is: 'again' };
  const columns = columnsOf(executed);
  const frame = executed.frame && decodeFrame(executed.frame, columns);
  return { is: 'done', value: { columns, frame, updateCount: executed.updateCount } };
}

/** The columns of the answer, not of the prepared statement: a table may have changed since. */
const columnsOf = (executed: Executed): readonly Column[] =>
  executed.signature ? decodeSignature(executed.signature).columns : [];

/** @param offset rows had so far */
export async function fetchFrame(
  { connectionId, prepared, call }: Use,
  columns: readonly Column[],
  offset: number,
  frameSize: number,
): Promise<Attempt<Frame>> {
  const reply = await call(
    requests.fetch(connectionId, prepared.statementId, offset, frameSize),
    'FetchResponse',
  );
  if (reply.is !== 'ok') return reply;
  const fetched = decodeFetch(reply.message);
  // The server can only be asked to run the statement again (SyncResults), and that without its values.
  if (fetched.missingStatement || fetched.missingResults || !fetched.frame) return { is: 'again' };
  return { is: 'done', value: decodeFrame(fetched.frame, columns) };
}

/** Runs a statement for each row of values, as one commit. */
export async function runBatch(
  { connectionId, prepared, utc, call }: Use,
  rows: readonly (readonly AvaticaValue[])[],
): Promise<Attempt<readonly number[]>> {
  for (const row of rows) assertCount(prepared, row.length);
  const { statementId, signature } = prepared;
  if (!utc && sendsTimes(signature.parameters, rows)) return { is: 'needs-utc' };
  const reply = await call(
    requests.executeBatch(connectionId, statementId, rows, signature.parameters),
    'ExecuteBatchResponse',
  );
  if (reply.is !== 'ok') return reply;
  const { missingStatement, updateCounts } = decodeExecuteBatch(reply.message);
  // Avatica 1.18 forgets to send missing_statement here (`ExecuteBatchResponse.serialize`): what tells a statement
  // it did not have is that it counts nothing. Of a batch that it ran, it counts every row.
  if (missingStatement || (updateCounts.length === 0 && rows.length > 0)) return { is: 'again' };
  if (updateCounts.length !== rows.length)
    return { is: 'lost', cause: new Error('the server counts other updates than it was sent') };
  return { is: 'done', value: updateCounts };
}

/** In place of a missing value the server would take the value of the run before. */
function assertCount({ signature }: Prepared, count: number): void {
  if (count !== signature.parameters.length)
    throw new AvaticaError('VALUE_COUNT', 'A statement has another number of values than of parameters.');
}

/** Rows of one ExecuteBatch. */
const BATCH_ROWS = 2_000;
/** Phoenix keeps a batch in memory until its commit (`phoenix.mutate.maxSizeBytes` is 100 MiB). */
const BATCH_BYTES = 8 * 1024 * 1024;

/** Cuts the rows into parts. Each part is one request and one commit. */
export function* batchesOf(
  rows: readonly (readonly AvaticaValue[])[],
): Generator<readonly (readonly AvaticaValue[])[]> {
  let start = 0;
  let bytes = 0;
  for (const [index, row] of rows.entries()) {
    const size = row.reduce((sum: number, value) => sum + sizeOf(value), 0);
    if (index > start && (index - start === BATCH_ROWS || bytes + size > BATCH_BYTES)) {
      yield rows.slice(start, index);
      start = index;
      bytes = 0;
    }
    bytes += size;
  }
  if (start < rows.length) yield start === 0 ? rows : rows.slice(start);
}

const sizeOf = (value: AvaticaValue): number =>
  typeof value === 'string' ? value.length : value instanceof Uint8Array ? value.byteLength : 8;
