import { type KafkaConfig, uniqueTopic } from '../../activity-log/kafka/config.ts';
import { type Fetcher, openFetcher } from '../../activity-log/kafka/fetch.ts';

const LIMITS = { maxWaitMs: 0, maxBytes: 4 * 1024 * 1024, maxPartitionBytes: 4 * 1024 * 1024 };
const FIRST_STEP = 16;

/**
 * Where a topic, the unique topic unless given, ends for readers of committed records, by partition: the offset after the last record. Kafka's
 * own end also counts transaction markers and the last aborted records, which no reader ever reports.
 * @throws (the library's) Error
 */
export async function topicEnds(
  kafka: KafkaConfig,
  topic = uniqueTopic(kafka),
): Promise<ReadonlyMap<string, number>> {
  const fetcher = openFetcher(kafka, topic);
  try {
    const ends = new Map<string, number>();
    for (const [partition, { first, end }] of await fetcher.bounds())
      ends.set(String(partition), await endOf(fetcher, partition, first, end));
    return ends;
  } finally {
    await fetcher.close().catch(() => {});
  }
}

/** 0 for a partition without any record. */
async function endOf(fetcher: Fetcher, partition: number, first: number, end: number): Promise<number> {
  for (let step = FIRST_STEP; ; step *= 8) {
    const from = Math.max(first, end - step);
    let last: number | undefined;
    let at = from;
    while (at < end) {
      const [fetched] = await fetcher.fetch(new Map([[partition, at]]), LIMITS);
      if (!fetched || fetched.isOutOfRange || fetched.next <= at) throw new Error('the topic cannot be read');
      last = fetched.messages.findLast(({ offset }) => offset < end)?.offset ?? last;
      at = fetched.next;
    }
    if (last !== undefined) return last + 1;
    if (from === first) return 0;
  }
}
