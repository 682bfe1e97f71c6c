import { Producer } from '@platformatic/kafka';
import { clientOptions, type KafkaConfig } from '../../datasources/activity-log/kafka/config.ts';
import type { Membership } from './group-member.ts';

export type Produced = { readonly topic: string; readonly key: Buffer; readonly value: Buffer };

/** Writes results to topics and moves the consumer group past their input, both or neither. */
export type TransactionalWriter = {
  /**
   * @param partition of every topic that is written to
   * @param next the first offset of the input partition that is not handled yet
   * @throws Error when the outcome is unknown: open another writer, and read the committed offset
   */
  write(partition: number, messages: readonly Produced[], next: number): Promise<void>;
  close(): Promise<void>;
};

const REQUEST_BYTES = 1024 * 1024;
const TRANSACTION_TIMEOUT_MS = 30_000;
/** While the coordinator ends what an owner before left open. */
const RETRIES = 200;

/**
 * Opens the writer of one input partition. Its transactional id is that partition's. So a new owner of the partition
 * ends the transaction of the old owner, and fences it. Only once this resolves is the committed offset of the
 * partition sure to stay as it is.
 *
 * The library (2.12.1) has two more faults. Without a producer id it claims id 0, and the broker refuses every later
 * owner. It takes concurrent calls to one transaction for repeats, so they run one after the other here.
 */
export async function openTransactionalWriter(options: {
  readonly kafka: KafkaConfig;
  readonly group: string;
  readonly source: { readonly topic: string; readonly partition: number };
  /** The membership by which the partition is ours; a later membership does not prove it. */
  readonly membership: Membership;
}): Promise<TransactionalWriter> {
  const { kafka, source, membership } = options;
  const producer = new Producer({
    ...clientOptions(kafka),
    idempotent: true,
    retries: RETRIES,
    retryDelay: (_client, operation, attempt) =>
      operation === 'addPartitionsToTransaction' ? 3 : Math.min(10 * attempt, 200),
    timeout: TRANSACTION_TIMEOUT_MS,
    transactionalId: `${options.group}.${source.partition}`,
    producerId: -1n,
    producerEpoch: -1,
  });
  let opened: Awaited<ReturnType<typeof producer.beginTransaction>> | undefined;
  try {
    // Asks for a producer id now; the transaction itself begins with what is first sent in it.
    opened = await producer.beginTransaction();
  } catch (error) {
    void producer.close(true).catch(() => {});
    throw error;
  }

  return {
    async write(partition, messages, next) {
      const transaction = opened ?? (await producer.beginTransaction());
      opened = undefined;
      for (const part of parts(messages))
        await transaction.send({
          messages: part.map((message) => ({ ...message, partition })),
        });
      await transaction.addConsumer({ groupId: membership.groupId } as never);
      await transaction.addOffset({
        topic: source.topic,
        partition: source.partition,
        // The library commits the offset after that of a message that was handled.
        offset: BigInt(next - 1),
        metadata: { consumer: membership },
      } as never);
      await transaction.commit();
    },
    async close() {
      await producer.close(true).catch(() => {});
    },
  };
}

/** In requests of a bounded size. */
function parts(messages: readonly Produced[]): Produced[][] {
  const all: Produced[][] = [];
  let last: Produced[] | undefined;
  let bytes = 0;
  for (const message of messages) {
    const size = message.key.length + message.value.length;
    if (!last || bytes + size > REQUEST_BYTES) {
      last = [];
      bytes = 0;
      all.push(last);
    }
    last.push(message);
    bytes += size;
  }
  return all;
}
