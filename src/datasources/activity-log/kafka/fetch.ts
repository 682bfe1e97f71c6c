import { type API, type Callback, Consumer, FetchIsolationLevels, kGetApi } from '@platformatic/kafka';
import { pollUntil } from '../../../lib/retry.ts';
import { clientOptions, type KafkaConfig } from './config.ts';

/** The broker's answer to a fetch. */
type FetchResponse = Awaited<ReturnType<Consumer<Buffer, Buffer, Buffer, Buffer>['fetch']>>;
type FetchResponsePartition = FetchResponse['responses'][number]['partitions'][number];

/** A message as Kafka keeps it. */
export type FetchedMessage = { readonly offset: number; readonly value: Buffer | null };

/** The result of a fetch for one partition. */
type FetchedPartition = {
  readonly partition: number;
  readonly messages: readonly FetchedMessage[];
  /** Where the next fetch goes on: also past records that no reader may see. */
  readonly next: number;
  /** Kafka dropped the records at the offset asked for, or never had them. */
  readonly isOutOfRange: boolean;
};

type FetchLimits = {
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxPartitionBytes: number;
};

export type Fetcher = {
  /** Records at these offsets and after, of one topic; waits up to `maxWaitMs` for the first of them. */
  fetch(offsets: ReadonlyMap<number, number>, limits: FetchLimits): Promise<readonly FetchedPartition[]>;
  /** First kept offset and end, as a reader of committed records sees it, by partition. */
  bounds(partitions?: readonly number[]): Promise<ReadonlyMap<number, { first: number; end: number }>>;
  /**
   * Waits until readers of committed records see all records that are written by now. A commit is answered, and its
   * offsets are visible, before every partition knows of it.
   * @throws the signal's reason
   */
  untilCommitted(signal: AbortSignal): Promise<void>;
  /** The broker that leads each partition: as many as the topic has. */
  leaders(): Promise<readonly number[]>;
  close(): Promise<void>;
};

const EARLIEST = -2n;
const LATEST = -1n;
const COMMIT_POLL_MS = 20;
const OFFSET_OUT_OF_RANGE = 1;
const IS_TRANSACTIONAL = 0b1_0000;
const IS_CONTROL = 0b10_0000;
/** The kind of a control record, in its key. */
const ABORT = 0;

/** Where a call of the library's has the isolation level, in each version of the fetch request. */
const ISOLATION_LEVEL_PLACE = 4;

/**
 * A consumer whose fetches bring all records of committed transactions. For committed reads the library (2.12.1) also
 * filters by one range for each producer. The range goes from its last aborted transaction to its last abort marker. A
 * transaction that aborts before any write has only a marker, and the filter then hides earlier committed records. So
 * the library filters nothing here, and `committed` does.
 */
class UnfilteredConsumer extends Consumer<Buffer, Buffer, Buffer, Buffer> {
  override [kGetApi]<Arguments extends unknown[], Answer>(
    name: string,
    callback: Callback<API<Arguments, Answer>>,
  ): void {
    super[kGetApi]<Arguments, Answer>(name, (error, api) => {
      if (error || !api || name !== 'Fetch') return callback(error, api);
      const asking = new Proxy(api, {
        apply: (target, self, call) =>
          Reflect.apply(target, self, call.with(ISOLATION_LEVEL_PLACE, FetchIsolationLevels.READ_COMMITTED)),
      });
      callback(null, asking);
    });
  }
}

/**
 * Reads committed records of a topic, outside of any consumer group. One call at a time.
 * @throws (its calls) Error of the library
 */
export function openFetcher(config: KafkaConfig, topic: string): Fetcher {
  const client = new UnfilteredConsumer({
    ...clientOptions(config),
    // Never joined; the library wants a name.
    groupId: `${config.prefix}reader`,
    isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
  });
  // The library looks up the topics it follows when a leader moved.
  client.topics.track(topic);
  const known = async () => {
    const found = (await client.metadata({ topics: [topic] })).topics.get(topic);
    if (!found) throw new Error('Kafka has no such topic');
    return found;
  };

  const offsetsAt = async (isolationLevel: number, timestamp: bigint, partitions?: readonly number[]) =>
    (
      await client.listOffsets({
        topics: [topic],
        ...(partitions && { partitions: { [topic]: [...partitions] } }),
        timestamp,
        isolationLevel,
      })
    ).get(topic) ?? [];
  const { READ_COMMITTED, READ_UNCOMMITTED } = FetchIsolationLevels;

  return {
    async fetch(offsets, limits) {
      const found = await known();
      const nodes = Map.groupBy(offsets, ([partition]) => found.partitions[partition]?.leader ?? -1);
      const answers = await Promise.all(
        [...nodes].map(([node, own]) =>
          client
            .fetch({ node, ...fetchOf(found.id, own, limits) })
            .catch((error: unknown) => outOfRange(error)),
        ),
      );
      return answers
        .flatMap((answer) => answer.responses)
        .flatMap(({ partitions }) => partitions)
        .flatMap((partition) => {
          const from = offsets.get(partition.partitionIndex);
          return from === undefined ? [] : [committed(partition, from)];
        });
    },

    async bounds(partitions) {
      const first = await offsetsAt(READ_UNCOMMITTED, EARLIEST, partitions);
      const end = await offsetsAt(READ_COMMITTED, LATEST, partitions);
      const bounds = new Map<number, { first: number; end: number }>();
      end.forEach((offset, partition) => {
        bounds.set(partition, { first: Number(first[partition] ?? 0n), end: Number(offset) });
      });
      return bounds;
    },

    async untilCommitted(signal) {
      const written = await offsetsAt(READ_UNCOMMITTED, LATEST);
      const isSeen = async (): Promise<boolean> => {
        const end = await offsetsAt(READ_COMMITTED, LATEST);
        return written.every((offset, partition) => (end[partition] ?? -1n) >= offset);
      };
      await pollUntil(isSeen, COMMIT_POLL_MS, signal);
    },

    leaders: async () => (await known()).partitions.map(({ leader }) => leader),
    close: () => client.close(true),
  };
}

/** A request for records at these offsets and after, of one broker. */
const fetchOf = (
  topicId: string,
  offsets: readonly (readonly [partition: number, offset: number])[],
  { maxWaitMs, maxBytes, maxPartitionBytes }: FetchLimits,
) => ({
  maxWaitTime: maxWaitMs,
  minBytes: 1,
  maxBytes,
  topics: [
    {
      topicId,
      partitions: offsets.map(([partition, offset]) => ({
        partition,
        currentLeaderEpoch: -1,
        fetchOffset: BigInt(offset),
        lastFetchedEpoch: -1,
        partitionMaxBytes: maxPartitionBytes,
      })),
    },
  ],
});

/** The answer in an error that only says of some partitions that their offset is out of range. */
function outOfRange(error: unknown): FetchResponse {
  const { response: answer } = error as { response?: FetchResponse };
  const isAll =
    answer?.errorCode === 0 &&
    answer.responses.every(({ partitions }) =>
      partitions.every(({ errorCode }) => errorCode === 0 || errorCode === OFFSET_OUT_OF_RANGE),
    );
  if (!answer || !isAll) throw error;
  return answer;
}

/** The messages that a reader of committed records may see, by the algorithm of Kafka's own consumer. */
function committed(answer: FetchResponsePartition, from: number): FetchedPartition {
  const { partitionIndex: partition } = answer;
  const messages: FetchedMessage[] = [];
  const aborted = [...(answer.abortedTransactions ?? [])].sort((a, b) =>
    a.firstOffset < b.firstOffset ? -1 : 1,
  );
  const aborting = new Set<bigint>();
  let next = from;
  for (const batch of answer.records ?? []) {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    for (let first = aborted[0]; first && first.firstOffset <= last; first = aborted[0]) {
      aborting.add(first.producerId);
      aborted.shift();
    }
    next = Math.max(next, Number(last) + 1);
    if (batch.attributes & IS_CONTROL) {
      if (batch.records[0]?.key?.readInt16BE(2) === ABORT) aborting.delete(batch.producerId);
      continue;
    }
    if (batch.attributes & IS_TRANSACTIONAL && aborting.has(batch.producerId)) continue;
    for (const record of batch.records) {
      const offset = Number(batch.firstOffset) + record.offsetDelta;
      if (offset >= from) messages.push({ offset, value: record.value });
    }
  }
  return { partition, messages, next, isOutOfRange: answer.errorCode === OFFSET_OUT_OF_RANGE };
}
