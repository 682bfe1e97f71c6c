import { randomBytes } from 'node:crypto';
import { Admin } from '@platformatic/kafka';
import { openKafkaLog } from '../../src/datasources/activity-log/kafka/adapter.ts';
import {
  allTopics,
  clientOptions,
  type KafkaConfig,
} from '../../src/datasources/activity-log/kafka/config.ts';
import { createTopics, type TopicSettings } from '../../src/datasources/activity-log/kafka/topics.ts';
import type { ActivityLog } from '../../src/datasources/activity-log/port.ts';
import type { RunningFollower } from '../../src/followers/kafka-group/follower.ts';
import { engine } from './engines.ts';
import { until } from './until.ts';

export const topicSettings = (partitions: number): TopicSettings => ({
  partitions,
  replication: 1,
  minInSyncReplicas: 1,
  retentionMs: -1,
  compression: 'producer',
});

/** Where a broker is and how to get in. */
export type KafkaAccess = Pick<KafkaConfig, 'brokers' | 'tls' | 'sasl'>;
export const testKafka = (broker = engine('kafka')): KafkaAccess => ({ brokers: [broker] });

/** A log in a topic of its own. */
export async function kafkaLog(access = testKafka()): Promise<{ log: ActivityLog; close(): Promise<void> }> {
  const { kafka, remove } = await kafkaTopics(1, access);
  const log = openKafkaLog(kafka);
  return {
    log,
    async close() {
      await log.close();
      await remove();
    },
  };
}

export type KafkaFixture = { readonly kafka: KafkaConfig; remove(): Promise<void> };

/** Topics of their own on the run's broker (or on another one), under a prefix that nobody else has. */
export async function kafkaTopics(partitions: number, access = testKafka()): Promise<KafkaFixture> {
  const kafka: KafkaConfig = {
    ...access,
    prefix: `t${randomBytes(6).toString('hex')}.`,
    clientId: 'test',
  };
  const settings = topicSettings(partitions);
  await createTopics(kafka, { activities: settings, settled: settings }, AbortSignal.timeout(300_000));
  await untilKnown(kafka);
  return {
    kafka,
    remove: () => removeTopics(kafka),
  };
}

/** A Kafka that has just begun may not know a topic that it has just made. */
async function untilKnown(kafka: KafkaConfig): Promise<void> {
  const admin = new Admin(clientOptions(kafka));
  const topics = [...allTopics(kafka)];
  try {
    await until('the new topics are known', () =>
      admin.metadata({ topics, forceUpdate: true }).then(
        () => true,
        () => false,
      ),
    );
  } finally {
    await admin.close();
  }
}

/** Removes all topics of a prefix. */
export async function removeTopics(kafka: KafkaConfig): Promise<void> {
  const admin = new Admin(clientOptions(kafka));
  await admin.deleteTopics({ topics: [...allTopics(kafka)] });
  await admin.close();
}

/** Whether a consumer that has all `partitions` of its topic has handled all; false also while that is not known. */
export async function isCaughtUp(
  { lag }: Pick<RunningFollower, 'lag'>,
  partitions: number,
): Promise<boolean> {
  const own = await lag().catch(() => undefined);
  return own?.size === partitions && [...own.values()].every((left) => left === 0);
}
