import { Kafka, logLevel } from 'kafkajs';
import { type KafkaConfig, uniqueTopic } from '../../src/datasources/activity-log/kafka/config.ts';
import { encodeMessage } from '../../src/datasources/activity-log/kafka/message.ts';
import type { Activity } from '../../src/domain/activity.ts';

/** An activity and whose it is. */
export type Fed = { readonly tenantId: string; readonly activity: Activity };

/** Writes the topic `unique` as `settle` does, in transactions. */
export type UniqueFeed = {
  commit(activities: readonly Fed[]): Promise<void>;
  /** Writes activities that then never were. */
  abort(activities: readonly Fed[]): Promise<void>;
  /** Writes a value that is no record perhaps. */
  commitValue(value: string): Promise<void>;
  close(): Promise<void>;
};

export async function openUniqueFeed(kafka: KafkaConfig): Promise<UniqueFeed> {
  const client = new Kafka({ clientId: 'feed', brokers: [...kafka.brokers], logLevel: logLevel.NOTHING });
  const producer = client.producer({
    transactionalId: `${kafka.prefix}feed`,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  type Message = { readonly key: string; readonly value: Buffer };
  const send = async (messages: readonly Message[]) => {
    const transaction = await producer.transaction();
    await transaction.send({ topic: uniqueTopic(kafka), messages: [...messages] });
    return transaction;
  };
  const messageOf = ({ tenantId, activity }: Fed): Message => ({
    key: activity.leadKey,
    value: encodeMessage(tenantId, { kind: 'activity', activity }, { facts: {} }),
  });
  return {
    commit: async (activities) => (await send(activities.map(messageOf))).commit(),
    abort: async (activities) => (await send(activities.map(messageOf))).abort(),
    commitValue: async (value) => (await send([{ key: '', value: Buffer.from(value) }])).commit(),
    close: () => producer.disconnect(),
  };
}
