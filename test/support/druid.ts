import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Producer } from '@platformatic/kafka';
import { keepTrying } from '../../src/compose/keep-trying.ts';
import { clientOptions, uniqueTopic } from '../../src/datasources/activity-log/kafka/config.ts';
import { encodeMessage, placeOf } from '../../src/datasources/activity-log/kafka/message.ts';
import {
  createDruidMetrics,
  type DruidMetrics,
  type DruidMetricsConfig,
} from '../../src/datasources/activity-metrics/druid/adapter.ts';
import {
  type DruidClient,
  type DruidConfig,
  openDruid,
} from '../../src/datasources/activity-metrics/druid/client.ts';
import {
  type DruidIngestion,
  ensureDruid,
  retireDruid,
} from '../../src/datasources/activity-metrics/druid/setup.ts';
import { DATA_SOURCES } from '../../src/datasources/activity-metrics/druid/specs.ts';
import { publishGroups, supervisorReport } from '../../src/datasources/activity-metrics/druid/status.ts';
import { activityFacts } from '../../src/datasources/activity-metrics/facts.ts';
import type { Activity } from '../../src/domain/activity.ts';
import { standardType } from '../../src/domain/activity-types.ts';
import type { Tenant } from '../../src/domain/tenant.ts';
import { engine } from './engines.ts';
import { kafkaTopics, testKafka } from './kafka.ts';

/** Has the tasks of a prefix write what they read; resolves when they have, and only data servers hold it. */
export async function publishAll(druid: DruidClient, prefix: string, signal: AbortSignal): Promise<void> {
  const publish = async (name: string): Promise<void> => {
    const before = (await supervisorReport(druid, name, signal)).payload.activeTasks;
    const old = new Set(before.map(({ id }) => id));
    await publishGroups(druid, name, [0], signal);
    for (;;) {
      const { payload } = await supervisorReport(druid, name, signal);
      const [first] = payload.activeTasks;
      if (payload.publishingTasks.length === 0 && first && !old.has(first.id)) return;
      await sleep(100, undefined, { signal });
    }
  };
  await Promise.all(DATA_SOURCES.map((source) => publish(prefix + source)));
}

export type DruidFixture = {
  readonly config: DruidConfig;
  readonly metricsConfig: DruidMetricsConfig;
  readonly metrics: DruidMetrics;
  /** Activities of one tenant, repeats and all; the first of a messageId goes on. Returns when they are counted. */
  ingest(tenant: Tenant, activities: readonly Activity[]): Promise<void>;
  /** The same, but returns when the topic has them. */
  send(tenant: Tenant, activities: readonly Activity[]): Promise<void>;
  /** Until every data source shows all that was sent. */
  untilCounted(): Promise<void>;
  /** See `publishAll`. */
  publish(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
};

const PARTITIONS = 2;
const DEADLINE_MS = 900_000;

/** Data sources of their own, fed from a topic of their own. */
export async function druidFixture(
  addresses = { druid: engine('druid'), coordinator: engine('druid-coordinator'), kafka: testKafka() },
  metricsOverrides: Partial<DruidMetricsConfig> = {},
): Promise<DruidFixture> {
  const topics = await kafkaTopics(PARTITIONS, addresses.kafka);
  const config: DruidConfig = {
    brokerUrl: addresses.druid,
    coordinatorUrl: addresses.coordinator,
    prefix: `t${randomBytes(6).toString('hex')}_`,
  };
  const ingestion: DruidIngestion = {
    kafka: topics.kafka,
    maxBytesInMemory: 20_000_000,
    segmentGranularity: 'MONTH',
    isCompacting: false,
  };
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  // As the product does: its metadata store may refuse in the first seconds.
  await keepTrying(
    () => ensureDruid(config, ingestion, deadline),
    deadline,
    () => {},
  );
  const metricsConfig = { ...config, kafka: topics.kafka, ...metricsOverrides };
  const producer = new Producer(clientOptions(topics.kafka));
  const topic = uniqueTopic(topics.kafka);
  const metrics = createDruidMetrics(metricsConfig);
  await metrics.untilAvailable(AbortSignal.timeout(DEADLINE_MS));
  const druid = openDruid(config);
  const seen = new Map<string, Set<string>>();
  let sends = 0;

  const untilCounted = async (): Promise<void> => {
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    const expected = [...seen.values()].reduce((sum, messages) => sum + messages.size, 0);
    const count = async (source: string, column: string): Promise<number> => {
      const text = `SELECT ${column} FROM "${config.prefix}${source}" WHERE tenant <> '~schema'`;
      return Number((await druid.sql(text, 'light', AbortSignal.timeout(DEADLINE_MS)))[0]?.[0] ?? 0);
    };
    for (;;) {
      const hours = await count('hours', 'SUM(activities)');
      const details = await count('details', 'COUNT(*)');
      const ofSends = await count('emails', 'SUM("messages")');
      if (hours === expected && details === expected && ofSends === sends) return;
      const state = `${hours} hours, ${details} details of ${expected}, ${ofSends} of ${sends} sends`;
      if (hours > expected || details > expected || ofSends > sends)
        throw new Error(`counted twice: ${state}`);
      if (deadline.aborted) throw new Error(`not all counted in time: ${state}`);
      await sleep(20);
    }
  };

  const send = async (tenant: Tenant, activities: readonly Activity[]): Promise<void> => {
    const messages = seen.get(tenant.id) ?? new Set();
    seen.set(tenant.id, messages);
    const firsts = activities.filter(({ messageId }) => {
      if (messages.has(messageId)) return false;
      messages.add(messageId);
      return true;
    });
    const values = firsts.map((activity) => {
      const facts = activityFacts(tenant.id, activity, standardType(activity.type));
      if (facts.ofSend) sends += 1;
      const record = { kind: 'activity', activity } as const;
      return {
        topic,
        value: encodeMessage(tenant.id, record, { facts }),
        partition: placeOf(tenant, record, PARTITIONS).partition,
      };
    });
    if (values.length > 0) await producer.send({ messages: values });
  };

  return {
    config,
    metricsConfig,
    metrics,
    untilCounted,
    publish: (signal) => publishAll(druid, config.prefix, signal),
    send,
    async ingest(tenant, activities) {
      await send(tenant, activities);
      await untilCounted();
    },
    async close() {
      await Promise.all([metrics.close(), druid.close(), producer.close()]);
      await retireDruid(config, AbortSignal.timeout(DEADLINE_MS));
      await topics.remove();
    },
  };
}
