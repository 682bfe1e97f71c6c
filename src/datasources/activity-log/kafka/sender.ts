import { Producer } from '@platformatic/kafka';
import { clientOptions, type KafkaConfig, kafkaUnavailable } from './config.ts';
import type { Outgoing } from './lane.ts';

export type KafkaSender = {
  /** One request at a time. Resolves with the offset of the first message in each partition. */
  send(messages: readonly Outgoing[]): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
};

/** How long the broker may wait for its replicas, in milliseconds. */
const REPLICAS_TIMEOUT_MS = 3_000;

/**
 * An idempotent producer (acks=all). A request with a lost answer is retried under the same sequence numbers, by which
 * the broker recognises it. After a final failure the written part is unknown, so a new producer with its own numbers
 * continues.
 */
export function createKafkaSender(
  config: KafkaConfig & { readonly compression?: 'none' | 'gzip' | 'lz4' | 'zstd' | 'snappy' | undefined },
  topic: string,
): KafkaSender {
  const open = (): Producer =>
    new Producer({
      ...clientOptions(config),
      idempotent: true,
      timeout: REPLICAS_TIMEOUT_MS,
      requestTimeout: REPLICAS_TIMEOUT_MS + 1_000,
      compression: config.compression ?? 'none',
    });
  let producer: Producer | undefined;

  return {
    async send(messages) {
      producer ??= open();
      try {
        const { offsets } = await producer.send({
          messages: messages.map(({ partition, key, value }) => ({ topic, partition, key, value })),
        });
        return new Map(offsets?.map(({ partition, offset }) => [partition, Number(offset)]));
      } catch (error) {
        void producer.close(true).catch(() => {});
        producer = undefined;
        throw kafkaUnavailable(error);
      }
    },
    async close() {
      await producer?.close(true);
      producer = undefined;
    },
  };
}
