// Records a second through the stage that settles what was accepted, over a store that has everything already:
// `node bench/unique.ts [kafka host:port] [Phoenix Query Server url]`. Without the url claims are kept in memory,
// which tells what Kafka, JSON and the stage itself take.
import { randomBytes } from 'node:crypto';
import { Admin } from '@platformatic/kafka';
import type { Claims } from '../src/consumers/claims.ts';
import { createClaimsTable, createPhoenixClaims } from '../src/consumers/claims-phoenix.ts';
import { runUnique } from '../src/consumers/unique.ts';
import { openKafkaLog } from '../src/datasources/activity-log/kafka.ts';
import { activitiesTopic, uniqueTopic } from '../src/datasources/activity-log/kafka-config.ts';
import { createTopics } from '../src/datasources/activity-log/kafka-topics.ts';
import type { ActivityStore } from '../src/datasources/activity-store/port.ts';
import type { LogRecord } from '../src/domain/activity.ts';
import { activityId, messageHash } from '../src/domain/ids.ts';
import { leadKey } from '../src/domain/lead.ts';
import { verifyTenant } from '../src/domain/tenant.ts';
import { openAvatica } from '../src/wire/avatica/client.ts';
import { topicSettings } from '../test/support/kafka.ts';

const RECORDS = 60_000;
const PARTITIONS = 8;
const tenant = verifyTenant('bench');
const signal = AbortSignal.timeout(300_000);
const [broker = '127.0.0.1:9092', url] = process.argv.slice(2);
const run = randomBytes(4).toString('hex');
const kafka = { brokers: [broker], prefix: `bench-${run}.`, clientId: 'bench' };

function record(number: number): LogRecord {
  const identity = { kind: 'known', externalId: `lead-${number % 5_000}` } as const;
  const key = leadKey(tenant.id, identity);
  const messageId = `${run}-${number}`;
  return {
    kind: 'activity',
    activity: {
      id: activityId({ leadKey: key, occurredAt: number, hash: messageHash(tenant.id, messageId) }),
      messageId,
      leadKey: key,
      identity,
      type: 'Visit Webpage',
      occurredAt: number,
      receivedAt: number,
      campaign: null,
      assetId: null,
      channel: 'web',
      source: 'graphql',
      attributes: { text: 'x'.repeat(500) },
      context: {},
      country: 'DE',
      device: 'mobile',
      isBot: false,
      enrichmentVersion: 1,
    },
  };
}

const store = {
  write: async (_tenant, activities) => activities.map(({ id }) => ({ status: 'duplicate', id })),
} as Pick<ActivityStore, 'write'> as ActivityStore;

function memoryClaims(): Claims {
  const owners = new Map<string, string>();
  return {
    claim: async (_tenant, entries) =>
      entries.map(({ hash, position }) => {
        const own = `${position.partition} ${position.offset}`;
        if (!owners.has(hash)) owners.set(hash, own);
        return owners.get(hash) === own;
      }),
  };
}

const settings = topicSettings(PARTITIONS);
await createTopics(kafka, { activities: settings, unique: settings }, signal);
const log = openKafkaLog(kafka);
for (let start = 0; start < RECORDS; start += 1_000)
  await log.append(
    tenant,
    Array.from({ length: 1_000 }, (_, index) => record(start + index)),
    signal,
  );
await log.close();

const schema = `BENCH_${run.toUpperCase()}`;
const avatica = url ? openAvatica({ url }) : undefined;
if (avatica) await createClaimsTable(avatica, { schema }, signal);
const claims = avatica ? createPhoenixClaims(avatica, { schema }) : memoryClaims();

let claiming = 0;
const cpu = process.cpuUsage();
const started = performance.now();
const stage = await runUnique({
  kafka,
  store,
  failures: { put: async () => {} },
  claims: {
    async claim(...call) {
      const from = performance.now();
      const answer = await claims.claim(...call);
      claiming += performance.now() - from;
      return answer;
    },
  },
  facts: async (own, activities) => activities.map(({ id }) => ({ tenant: own.id, id })),
  storeTimeoutMs: 30_000,
  onError: (error) => console.error(error),
});
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  const lag = await stage.lag();
  if (lag.size === PARTITIONS && [...lag.values()].every((one) => one === 0)) break;
}
const seconds = (performance.now() - started) / 1_000;
const { user, system } = process.cpuUsage(cpu);
console.log(
  `${url ? 'Phoenix' : 'memory'}: ${Math.round(RECORDS / seconds)} records/s, ` +
    `${((user + system) / RECORDS).toFixed(1)} µs of CPU a record, ` +
    `claims take ${(claiming / (RECORDS / 1_000)).toFixed(0)} ms for 1,000 (4 at a time)`,
);
await stage.close();
if (avatica) {
  await avatica.query(`DROP TABLE ${schema}.MESSAGE_CLAIMS`, []);
  await avatica.query(`DROP SCHEMA ${schema}`, []);
  await avatica.close();
}
const admin = new Admin({ clientId: 'bench', bootstrapBrokers: [broker] });
await admin.deleteTopics({ topics: [activitiesTopic(kafka), uniqueTopic(kafka)] });
await admin.close();
