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
 * An idempotent producer (acks=all): a request whose answer got lost is sent again under the same sequence
 * numbers, by which the broker knows it. Once a send has failed for good nobody can know what of it was written,
 * so the next one is of a new producer with numbers of its own.
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
