import type { Item, Verdict } from '../../ingest/draft/draft.ts';
import type { FileRow } from '../model/row.ts';
import { addCounts, type ImportCounts, NO_COUNTS, type Reject, type WorkFiles } from './work-files.ts';

/** Takes what rows say, durably; a verdict for each, in order. Sending again is harmless. */
export type Send = (items: readonly Item[]) => Promise<readonly Verdict[]>;
/** Calls under way. People come one call after the other, so that what a file says last stays. */
const PARALLEL_CALLS = 3;

type Refused = { readonly row: FileRow; readonly error: Omit<Reject, 'line' | 'row'> };
/** Some rows, and what they say. */
export type Batch = {
  readonly items: { readonly row: FileRow; readonly item: Item }[];
  readonly refused: Refused[];
  rows: number;
  unwanted: number;
  bytes: number;
};
export const emptyBatch = (): Batch => ({ items: [], refused: [], rows: 0, unwanted: 0, bytes: 0 });

type SenderOptions = {
  readonly send: Send;
  readonly hasLeads: boolean;
  readonly onProgress?: ((counts: ImportCounts) => void) | undefined;
};

/** Sends batches, several at a time, and writes down what became of them in their order. */
export function createSender({ send, hasLeads, onProgress }: SenderOptions, work: WorkFiles) {
  const parallel = hasLeads ? 1 : PARALLEL_CALLS;
  const open: Promise<void>[] = [];
  let counts = work.resumedAt;
  let last: Promise<void> = Promise.resolve();
  return {
    async send(batch: Batch): Promise<void> {
      const verdicts = batch.items.length > 0 ? send(batch.items.map(({ item }) => item)) : [];
      const before = last;
      last = (async () => {
        const [said] = await Promise.all([verdicts, before]);
        const { counts: own, refused } = judged(batch, said);
        counts = addCounts(counts, own);
        await work.advance(counts, refused);
        onProgress?.(counts);
      })();
      // Whoever waits for it later learns of the failure.
      last.catch(() => {});
      open.push(last);
      if (open.length >= parallel) await open.shift();
    },
    async done(): Promise<ImportCounts> {
      await last;
      return counts;
    },
  };
}

function judged(
  batch: Batch,
  verdicts: readonly Verdict[],
): { counts: ImportCounts; refused: readonly Reject[] } {
  const counts = { ...NO_COUNTS, rows: batch.rows, unwanted: batch.unwanted, rejected: batch.refused.length };
  const refused = [...batch.refused];
  for (const [index, verdict] of verdicts.entries()) {
    const row = batch.items[index]?.row;
    if (verdict.status === 'rejected') {
      if ((verdict.error.code as string) === 'CONFLICT') counts.conflicts += 1;
      else counts.rejected += 1;
      if (row) refused.push({ row, error: verdict.error });
    } else if (verdict.status === 'accepted') counts.accepted += 1;
    else if (verdict.status === 'duplicate') counts.duplicates += 1;
    else counts.dropped += 1;
  }
  counts.items = batch.items.length + batch.refused.length;
  const rejects = refused
    .sort((a, b) => a.row.line - b.row.line)
    .map(({ row, error }) => ({ line: row.line, ...error, row: row.raw }));
  return { counts, refused: rejects };
}
