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
 * @throws DomainError `BACKEND_UNAVAILABLE`, also when Kafka dropped the records at an offset meanwhile, or the signal's
 * reason
 * @throws RecordFormatError for a message that is no record of ours
 */
export async function* readSpan(
  fetch: Fetcher['fetch'],
  { partition, from, end }: Span,
  signal: AbortSignal,
): AsyncGenerator<{ readonly records: readonly LoggedRecord[]; readonly next: number }> {
  for (let at = from; at < end; ) {
    const [fetched] = await inTime(fetch(new Map([[partition, at]]), READ), signal, CALL_TIMEOUT_MS);
    if (!fetched) continue;
    if (fetched.isOutOfRange) throw kafkaUnavailable(new Error(`offset ${at} is gone`));
    const records = fetched.messages
      .filter(({ offset }) => offset < end)
      .map(({ offset, value }) => ({ position: { partition, offset }, ...decodeMessage(value) }));
    at = fetched.next;
    yield { records, next: Math.min(at, end) };
  }
}
