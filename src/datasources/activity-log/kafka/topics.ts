import { Admin, ConfigResourceTypes } from '@platformatic/kafka';
import {
  activitiesTopic,
  campaignsTopic,
  clientOptions,
  decisionsTopic,
  inTime,
  type KafkaConfig,
  repeatsTopic,
  uniqueTopic,
} from './config.ts';

export type TopicSettings = {
  readonly partitions: number;
  /** Copies of each partition; 3 wherever there are three brokers. */
  readonly replication: number;
  /** How many copies must have a record before it is acknowledged; 2 of 3 survives any one broker. */
  readonly minInSyncReplicas: number;
  /** How long records are kept, in milliseconds; -1 is for ever. */
  readonly retentionMs: number;
  /** `producer` keeps what the writer chose. */
  readonly compression: 'producer' | 'uncompressed' | 'gzip' | 'lz4' | 'zstd' | 'snappy';
  /** Keeps the last record of each key for ever, instead of every record for a time. */
  readonly isCompacted?: true;
};

const CALL_TIMEOUT_MS = 20_000;
/** No record is longer than the segment log's limit; the rest is for the framing. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024 + 64 * 1024;

const DAY_MS = 86_400_000;
const segmentMs = (retentionMs: number): number =>
  Math.max(1_000, Math.min(DAY_MS, Math.ceil(retentionMs / 7)));
/** How often a broker looks for old segments (`log.retention.check.interval.ms`), and then keeps their files. */
const DROP_MS = 6 * 60_000;

/** When no file of a topic has a record any more, in milliseconds since it was written. @param retentionMs above 0 */
export const goneAfterMs = (retentionMs: number): number => retentionMs + segmentMs(retentionMs) + DROP_MS;

const configsOf = (settings: TopicSettings): ReadonlyMap<string, string> =>
  new Map<string, string>([
    ['cleanup.policy', settings.isCompacted ? 'compact' : 'delete'],
    ['min.insync.replicas', String(settings.minInSyncReplicas)],
    ['retention.ms', String(settings.retentionMs)],
    // Time alone decides what is dropped: a limit in bytes would drop what a tenant was promised to keep.
    ['retention.bytes', '-1'],
    // Kafka drops whole segments: one must not grow for much longer than its records are kept.
    ...(settings.retentionMs > 0 ? [['segment.ms', String(segmentMs(settings.retentionMs))] as const] : []),
    ['compression.type', settings.compression],
    ['max.message.bytes', String(MAX_MESSAGE_BYTES)],
    ['unclean.leader.election.enable', 'false'],
  ]);

/**
 * Creates missing topics: `settled` are the topics that the log is divided into.
 * @throws Error with a correction, for a topic with too few partitions or with other settings
 * @throws DomainError `BACKEND_UNAVAILABLE`
 */
export async function createTopics(
  config: KafkaConfig,
  settings: { readonly activities: TopicSettings; readonly settled: TopicSettings },
  signal: AbortSignal,
): Promise<void> {
  const admin = new Admin(clientOptions(config));
  const wait = <T>(call: Promise<T>): Promise<T> => inTime(call, signal, CALL_TIMEOUT_MS);
  try {
    const wanted = new Map([
      [activitiesTopic(config), settings.activities],
      [uniqueTopic(config), settings.settled],
      [repeatsTopic(config), settings.settled],
      [decisionsTopic(config), settings.settled],
      // One partition: a reader knows when it has read all campaigns.
      [campaignsTopic(config), { ...settings.settled, partitions: 1, retentionMs: -1, isCompacted: true }],
    ]);
    const there = new Set(await wait(admin.listTopics()));
    for (const [name, topic] of wanted) if (!there.has(name)) await wait(create(admin, name, topic));
    const faults: string[] = [];
    for (const [name, topic] of wanted)
      if (there.has(name)) faults.push(...(await wait(faultsOf(admin, name, topic))));
    if (faults.length > 0) throw new Error(`The topics of the activity log need care:\n${faults.join('\n')}`);
  } finally {
    await admin.close().catch(() => {});
  }
}

async function create(admin: Admin, name: string, settings: TopicSettings): Promise<void> {
  try {
    await admin.createTopics({
      topics: [name],
      partitions: settings.partitions,
      replicas: settings.replication,
      configs: [...configsOf(settings)].map(([key, value]) => ({ name: key, value })),
    });
  } catch (error) {
    // Another process was faster: what it made is what this one would have made, or the next start says so.
    if (!(await admin.listTopics()).includes(name)) throw error;
  }
}

async function faultsOf(admin: Admin, name: string, settings: TopicSettings): Promise<string[]> {
  const metadata = await admin.metadata({ topics: [name] });
  const topic = metadata.topics.get(name);
  const faults: string[] = [];
  const partitions = topic?.partitionsCount ?? 0;
  if (partitions < settings.partitions)
    faults.push(
      `${name} has ${partitions} partitions instead of ${settings.partitions}. Partitions can't be added without ` +
        `moving leads between them: configure ${partitions}, or copy the topic to a new prefix.`,
    );
  const replicas = Math.min(...(topic?.partitions.map((partition) => partition.replicas.length) ?? [0]));
  if (replicas < settings.replication)
    faults.push(
      `${name} has ${replicas} copies of a partition instead of ${settings.replication}. ` +
        `Raise them with kafka-reassign-partitions, or configure ${replicas}.`,
    );
  const configs = configsOf(settings);
  const [described] = await admin.describeConfigs({
    resources: [
      {
        resourceType: ConfigResourceTypes.TOPIC,
        resourceName: name,
        configurationKeys: [...configs.keys()],
      },
    ],
  });
  for (const [key, value] of configs) {
    const actual = described?.configs.find((one) => one.name === key)?.value;
    if (actual !== value)
      faults.push(
        `${name} has ${key}=${actual ?? ''} instead of ${value}. Set it with ` +
          `kafka-configs --alter --entity-type topics --entity-name ${name} --add-config ${key}=${value}, or configure what is there.`,
      );
  }
  return faults;
}
