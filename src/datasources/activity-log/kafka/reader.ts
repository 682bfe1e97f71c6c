import { DomainError } from '../../../lib/errors.ts';
import type { ActivityLog } from '../port.ts';
import { inTime, type KafkaConfig } from './config.ts';
import { type Fetcher, openFetcher } from './fetch.ts';
import { CALL_TIMEOUT_MS, readSpan } from './records.ts';

/** Reads the log, any number of reads at a time. */
export type KafkaReader = Pick<ActivityLog, 'read' | 'partitions'> & {
  /** How many partitions the topic has; asked once. @throws as the calls of the log */
  partitionCount(signal: AbortSignal, timeoutMs: number): Promise<number>;
  close(): Promise<void>;
};

export const logClosed = (): DomainError =>
  new DomainError('BACKEND_UNAVAILABLE', 'The activity log is closed.');

export function openReader(config: KafkaConfig, topic: string): KafkaReader {
  const { use, close } = createFetchers(config, topic);
  let known: number | undefined;

  const partitionCount: KafkaReader['partitionCount'] = async (signal, timeoutMs) => {
    known ??= await inTime(
      use(async (fetcher) => (await fetcher.leaders()).length),
      signal,
      timeoutMs,
    );
    return known;
  };
  const boundsOf = (signal: AbortSignal, partitions?: readonly number[]) =>
    inTime(
      use((fetcher) => fetcher.bounds(partitions)),
      signal,
      CALL_TIMEOUT_MS,
    );

  return {
    partitionCount,
    async *read(partition, offset, signal) {
      if (partition >= (await partitionCount(signal, CALL_TIMEOUT_MS))) return;
      const { first, end } = (await boundsOf(signal, [partition])).get(partition) ?? { first: 0, end: 0 };
      const span = { partition, from: Math.max(offset, first), end };
      const fetch: Fetcher['fetch'] = (...call) => use((fetcher) => fetcher.fetch(...call));
      for await (const { records } of readSpan(fetch, span, signal)) if (records.length > 0) yield records;
    },
    async partitions(signal) {
      return [...(await boundsOf(signal))]
        .sort(([a], [b]) => a - b)
        .map(([partition, { first, end }]) => ({ partition, first, next: end }));
    },
    close,
  };
}

/** Fetchers for calls at the same time: each serves one, for its session with the broker knows one set of offsets. */
function createFetchers(config: KafkaConfig, topic: string) {
  const idle: Fetcher[] = [];
  let isClosed = false;
  return {
    async use<T>(work: (fetcher: Fetcher) => Promise<T>): Promise<T> {
      if (isClosed) throw logClosed();
      const fetcher = idle.pop() ?? openFetcher(config, topic);
      try {
        const result = await work(fetcher);
        idle.push(fetcher);
        return result;
      } catch (error) {
        // It may have a call under way still.
        void fetcher.close().catch(() => {});
        throw error;
      }
    },
    async close() {
      isClosed = true;
      await Promise.all(idle.map((fetcher) => fetcher.close().catch(() => {})));
    },
  };
}
