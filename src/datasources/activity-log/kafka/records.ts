import type { LoggedRecord } from '../port.ts';
import { inTime, kafkaUnavailable } from './config.ts';
import type { Fetcher } from './fetch.ts';
import { decodeMessage } from './message.ts';

const MIB = 1024 * 1024;
const READ = { maxWaitMs: 500, maxBytes: 4 * MIB, maxPartitionBytes: 4 * MIB } as const;
/** How long one call waits for Kafka, unless its signal is faster. */
export const CALL_TIMEOUT_MS = 10_000;

/** Offsets `from` … `end`-1 of a partition. */
type Span = { readonly partition: number; readonly from: number; readonly end: number };

/**
 * Records of a span in order, in batches of some MiB; of a topic with transactions, those that were committed.
 * @param onGone says where to go on when Kafka dropped the records at an offset meanwhile; without it that is an error
 * @throws DomainError `BACKEND_UNAVAILABLE`, or the signal's reason
 * @throws RecordFormatError for a message that is no record of ours
 */
export async function* readSpan(
  fetch: Fetcher['fetch'],
  { partition, from, end }: Span,
  signal: AbortSignal,
  onGone?: () => Promise<number>,
): AsyncGenerator<{ readonly records: readonly LoggedRecord[]; readonly next: number }> {
  for (let at = from; at < end; ) {
    const [fetched] = await inTime(fetch(new Map([[partition, at]]), READ), signal, CALL_TIMEOUT_MS);
    if (!fetched) continue;
    if (fetched.isOutOfRange) {
      const next = await onGone?.();
      if (next === undefined || next <= at) throw kafkaUnavailable(new Error(`offset ${at} is gone`));
      at = next;
      continue;
    }
    const records = fetched.messages
      .filter(({ offset }) => offset < end)
      .map(({ offset, value }) => ({ position: { partition, offset }, ...decodeMessage(value) }));
    at = fetched.next;
    yield { records, next: Math.min(at, end) };
  }
}

/** Offsets passed, of all that there were when the reading began. */
export type ReadProgress = { readonly done: number; readonly total: number };

/**
 * All records of a topic, partition by partition, from the first kept record to the end at the call. Records that are
 * deleted meanwhile are left out.
 * @throws as `readSpan`
 */
export async function* readTopic(
  fetcher: Pick<Fetcher, 'bounds' | 'fetch'>,
  signal: AbortSignal,
  onProgress: (progress: ReadProgress) => void,
): AsyncGenerator<readonly LoggedRecord[]> {
  const boundsOf = (partitions?: readonly number[]) =>
    inTime(fetcher.bounds(partitions), signal, CALL_TIMEOUT_MS);
  const bounds = await boundsOf();
  const total = [...bounds.values()].reduce((sum, { first, end }) => sum + end - first, 0);
  let passed = 0;
  for (const [partition, { first, end }] of bounds) {
    const firstKept = async () => (await boundsOf([partition])).get(partition)?.first ?? end;
    for await (const { records, next } of readSpan(
      fetcher.fetch,
      { partition, from: first, end },
      signal,
      firstKept,
    )) {
      if (records.length > 0) yield records;
      onProgress({ done: passed + next - first, total });
    }
    passed += end - first;
    onProgress({ done: passed, total });
  }
}
