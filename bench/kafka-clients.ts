// kafkajs and @platformatic/kafka behind our port, by turns on one broker: `node bench/kafka-clients.ts [host:port]`.
// Each case runs in a process of its own; CPU is that process's, user and system, divided by the records. Producers:
// acks=all, idempotent, JSON records of about 1 KB, group commit as in the activity log. Consumers decode each record.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Admin } from '@platformatic/kafka';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { activitiesTopic, type KafkaConfig } from '../src/datasources/activity-log/kafka/config.ts';
import { openFetcher } from '../src/datasources/activity-log/kafka/fetch.ts';
import { createLane, type Outgoing } from '../src/datasources/activity-log/kafka/lane.ts';
import { decodeMessage, encodeMessage, placeOf } from '../src/datasources/activity-log/kafka/message.ts';
import { createKafkaSender } from '../src/datasources/activity-log/kafka/sender.ts';
import { createTopics } from '../src/datasources/activity-log/kafka/topics.ts';
import type { LogRecord } from '../src/domain/activity.ts';
import { activityId, messageHash } from '../src/domain/ids.ts';
import { leadKey } from '../src/domain/lead.ts';
import { verifyTenant } from '../src/domain/tenant.ts';
import { openTransactionalWriter } from '../src/followers/kafka-group/transactions.ts';
import { unkeyed } from '../test/support/id-space.ts';
import { topicSettings } from '../test/support/kafka.ts';

const PARTITIONS = 8;
const SECONDS = 4;
const CASES = [1, 100, 1_000].flatMap((batch) => [1, 8, 32].map((callers) => ({ batch, callers })));
const CONSUMED = 200_000;
const TRANSACTIONS = 60;
const TENANT = 'bench';

type Client = 'kafkajs' | 'platformatic';
type Figures = Record<string, number>;

function record(number: number): LogRecord {
  const identity = { kind: 'known', externalId: `lead-${number % 5_000}` } as const;
  const key = leadKey(unkeyed(TENANT), identity);
  const messageId = `message-${number}`;
  const occurredAt = 1_790_000_000_000 + number;
  return {
    kind: 'activity',
    activity: {
      id: activityId({ leadKey: key, occurredAt, hash: messageHash(unkeyed(TENANT), messageId) }),
      messageId,
      leadKey: key,
      identity,
      type: 'Visit Webpage',
      occurredAt,
      receivedAt: occurredAt,
      campaign: { id: 'spring', name: 'Spring' },
      assetId: null,
      channel: 'web',
      source: 'graphql',
      attributes: { url: `https://example.com/${number}`, text: 'x'.repeat(450) },
      context: {},
      country: 'DE',
      device: 'mobile',
      isBot: false,
      agentKind: null,
      enrichmentVersion: 1,
      contentDigest: null,
    },
  };
}

const openKafkajs = (kafka: KafkaConfig): Kafka =>
  new Kafka({ clientId: kafka.clientId, brokers: [...kafka.brokers], logLevel: logLevel.ERROR });

async function openSender(client: Client, kafka: KafkaConfig) {
  const topic = activitiesTopic(kafka);
  if (client === 'platformatic') return createKafkaSender(kafka, topic);
  const producer = openKafkajs(kafka).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  return {
    async send(messages: readonly Outgoing[]) {
      const answer = await producer.send({
        topic,
        acks: -1,
        messages: messages.map(({ partition, key, value }) => ({ partition, key, value })),
      });
      return new Map(answer.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
    },
    close: () => producer.disconnect(),
  };
}

/** CPU of this process while something runs, in microseconds, and its time in seconds. */
async function measured(work: () => Promise<void>): Promise<{ cpu: number; seconds: number }> {
  const from = process.cpuUsage();
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage(from);
  return { cpu: user + system, seconds: (performance.now() - started) / 1_000 };
}

async function produce(
  client: Client,
  kafka: KafkaConfig,
  batch: number,
  callers: number,
  seconds: number,
): Promise<Figures> {
  const sender = await openSender(client, kafka);
  const lane = createLane({ maxBatchBytes: 1024 * 1024, send: sender.send, onReleased: () => {} });
  const records = Array.from({ length: 5_000 }, (_, index) => record(index));
  let next = 0;
  let sent = 0;
  const times: number[] = [];
  const call = async (until: number): Promise<void> => {
    while (performance.now() < until) {
      const started = performance.now();
      const messages = Array.from({ length: batch }, (): Outgoing => {
        const one = records[next++ % records.length] as LogRecord;
        return { ...placeOf(verifyTenant(TENANT), one, PARTITIONS), value: encodeMessage(TENANT, one) };
      });
      await lane.add(messages, batch * 1_024).offsets;
      times.push(performance.now() - started);
      sent += batch;
    }
  };
  const all = (ms: number) => {
    const until = performance.now() + ms;
    return Promise.all(Array.from({ length: callers }, () => call(until)));
  };
  await all(1_000);
  [times.length, sent] = [0, 0];
  const { cpu, seconds: took } = await measured(async () => {
    await all(seconds * 1_000);
  });
  await sender.close();
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? 0;
  return { perSecond: sent / took, p50: at(0.5), p99: at(0.99), cpu: cpu / sent };
}

async function consume(client: Client, kafka: KafkaConfig): Promise<Figures> {
  const topic = activitiesTopic(kafka);
  let count = 0;
  const { cpu, seconds } = await measured(async () => {
    if (client === 'platformatic') {
      const fetcher = openFetcher(kafka, topic);
      const offsets = new Map(Array.from({ length: PARTITIONS }, (_, partition) => [partition, 0]));
      while (count < CONSUMED)
        for (const { partition, messages, next } of await fetcher.fetch(offsets, {
          maxWaitMs: 500,
          maxBytes: 8 * 1024 * 1024,
          maxPartitionBytes: 1024 * 1024,
        })) {
          for (const { value } of messages) decodeMessage(value);
          count += messages.length;
          offsets.set(partition, next);
        }
      await fetcher.close();
      return;
    }
    const consumer = openKafkajs(kafka).consumer({
      groupId: `bench-${randomBytes(4).toString('hex')}`,
      maxBytesPerPartition: 1024 * 1024,
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const enough = Promise.withResolvers<void>();
    await consumer.run({
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) decodeMessage(value);
        count += batch.messages.length;
        if (count >= CONSUMED) enough.resolve();
      },
    });
    await enough.promise;
    await consumer.disconnect();
  });
  return { perSecond: count / seconds, cpu: cpu / count };
}

/** Transactions of 200 records each with an offset, one after the other. */
async function transact(client: Client, kafka: KafkaConfig): Promise<Figures> {
  const topic = activitiesTopic(kafka);
  const group = `bench-${randomBytes(4).toString('hex')}`;
  const messages = Array.from({ length: 200 }, (_, index) => ({
    key: Buffer.from('k'),
    value: encodeMessage(TENANT, record(index)),
  }));
  const times: number[] = [];
  const rounds = async (write: (next: number) => Promise<void>): Promise<void> => {
    for (let next = 1; next <= TRANSACTIONS; next += 1) {
      const started = performance.now();
      await write(next);
      times.push(performance.now() - started);
    }
  };
  const { cpu, seconds } = await measured(async () => {
    if (client === 'platformatic') {
      const writer = await openTransactionalWriter({
        kafka,
        group,
        source: { topic, partition: 0 },
        membership: { groupId: group, memberId: '', generationId: -1, coordinatorId: 1 },
      });
      const produced = messages.map((message) => ({ ...message, topic }));
      await rounds((next) => writer.write(0, produced, next));
      await writer.close();
      return;
    }
    const producer = openKafkajs(kafka).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      transactionalId: `${group}.0`,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 5 },
    });
    await producer.connect();
    await rounds(async (next) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: messages.map((one) => ({ ...one, partition: 0 })) });
      await transaction.sendOffsets({
        consumerGroupId: group,
        topics: [{ topic, partitions: [{ partition: 0, offset: String(next) }] }],
      });
      await transaction.commit();
    });
    await producer.disconnect();
  });
  times.sort((a, b) => a - b);
  const count = TRANSACTIONS * messages.length;
  return {
    perSecond: count / seconds,
    p50: times[times.length >> 1] ?? 0,
    p99: times.at(-1) ?? 0,
    cpu: cpu / count,
  };
}

async function runCase(client: Client, kafka: KafkaConfig, what: string, args: number[]): Promise<Figures> {
  if (what === 'produce') return produce(client, kafka, args[0] ?? 1, args[1] ?? 1, args[2] ?? SECONDS);
  return what === 'consume' ? consume(client, kafka) : transact(client, kafka);
}

async function inProcess(
  client: Client,
  kafka: KafkaConfig,
  what: string,
  ...args: number[]
): Promise<Figures> {
  const child = spawn(
    process.execPath,
    [import.meta.filename, '--case', client, JSON.stringify(kafka), what, ...args.map(String)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  await once(child, 'close');
  return JSON.parse(output.split('\n').findLast((line) => line.startsWith('{')) ?? '{}');
}

const show = (what: string, client: Client, { perSecond = 0, p50, p99, cpu = 0 }: Figures): void =>
  console.log(
    `| ${what} | ${client} | ${Math.round(perSecond)} | ${p50?.toFixed(2) ?? ''} | ${p99?.toFixed(2) ?? ''} | ${cpu.toFixed(1)} |`,
  );

const [flag, client = '', config = '{}', what = '', ...args] = process.argv.slice(2);
if (flag === '--case') {
  console.log(JSON.stringify(await runCase(client as Client, JSON.parse(config), what, args.map(Number))));
  process.exit(0);
}
const kafka: KafkaConfig = {
  brokers: [flag ?? '127.0.0.1:9092'],
  prefix: `bench-${randomBytes(4).toString('hex')}.`,
  clientId: 'bench',
};
const settings = topicSettings(PARTITIONS);
await createTopics(kafka, { activities: settings, settled: settings }, AbortSignal.timeout(30_000));
console.log('| case | client | records/s | p50 ms | p99 ms | CPU µs/record |\n|---|---|---|---|---|---|');
const clients = ['kafkajs', 'platformatic'] as const;
for (const { batch, callers } of CASES)
  for (const one of clients)
    show(
      `append ${batch} × ${callers}`,
      one,
      await inProcess(one, kafka, 'produce', batch, callers, SECONDS),
    );
for (const one of clients) show('consume', one, await inProcess(one, kafka, 'consume'));
for (const one of clients) show('transactions of 200', one, await inProcess(one, kafka, 'transact'));
const admin = new Admin({ clientId: 'bench', bootstrapBrokers: [...kafka.brokers] });
await admin.deleteTopics({ topics: [activitiesTopic(kafka), `${kafka.prefix}unique`] });
await admin.close();
