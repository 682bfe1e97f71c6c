import { randomBytes } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaConfig } from '../../src/datasources/activity-log/kafka/config.ts';
import { openFetcher } from '../../src/datasources/activity-log/kafka/fetch.ts';
import type { LogRecord } from '../../src/domain/activity.ts';
import { until } from './until.ts';

export type ReadMessage = {
  readonly partition: number;
  readonly offset: number;
  readonly tenant: string;
  readonly record: LogRecord;
  readonly facts?: Record<string, unknown>;
};

/** See `Fetcher`. */
export async function untilCommitted(kafka: KafkaConfig, topic: string): Promise<void> {
  const fetcher = openFetcher(kafka, topic);
  await fetcher.untilCommitted(AbortSignal.timeout(600_000)).finally(() => fetcher.close());
}

/** Everything that a reader of committed records sees in a topic, by partition and offset. */
export async function readAll(kafka: KafkaConfig, topic: string): Promise<ReadMessage[]> {
  const fetcher = openFetcher(kafka, topic);
  try {
    const found: ReadMessage[] = [];
    for (const [partition, { first, end }] of await fetcher.bounds())
      for (let at = first; at < end; ) {
        const [fetched] = await fetcher.fetch(new Map([[partition, at]]), {
          maxWaitMs: 100,
          maxBytes: 1024 * 1024,
          maxPartitionBytes: 256 * 1024,
        });
        for (const { offset, value } of fetched?.messages ?? [])
          if (offset < end) found.push({ partition, offset, ...JSON.parse(String(value)) });
        at = fetched?.next ?? at;
      }
    return found;
  } finally {
    await fetcher.close();
  }
}

/** Where the messages stand that kafkajs, a client nobody here wrote, sees as committed: at least `count`. */
export async function placesByKafkajs(kafka: KafkaConfig, topic: string, count: number): Promise<string[]> {
  const client = new Kafka({
    clientId: 'check',
    brokers: [...kafka.brokers],
    logLevel: logLevel.NOTHING,
  });
  const consumer = client.consumer({
    groupId: `check-${randomBytes(4).toString('hex')}`,
    maxWaitTimeInMs: 200,
  });
  const places: string[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        places.push(`${partition} ${message.offset}`);
      },
    });
    await until(`kafkajs has read ${count} messages`, () => places.length >= count);
    return places;
  } finally {
    await consumer.disconnect();
  }
}
