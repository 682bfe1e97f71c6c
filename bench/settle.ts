// Records a second through the stage that settles what was accepted, over a store that has the rows already:
// `node bench/settle.ts [kafka host:port] [Phoenix Query Server url]`
import { randomBytes } from 'node:crypto';
import { Admin } from '@platformatic/kafka';
import { openKafkaLog } from '../src/datasources/activity-log/kafka/adapter.ts';
import { allTopics } from '../src/datasources/activity-log/kafka/config.ts';
import { createTopics } from '../src/datasources/activity-log/kafka/topics.ts';
import { createPhoenixStore } from '../src/datasources/activity-store/phoenix/adapter.ts';
import { createPhoenixClaims } from '../src/datasources/activity-store/phoenix/claims.ts';
import { createPhoenixErasedLeads } from '../src/datasources/activity-store/phoenix/erased.ts';
import { migratePhoenix } from '../src/datasources/activity-store/phoenix/schema.ts';
import { openPhoenix } from '../src/datasources/phoenix/client.ts';
import type { Activity } from '../src/domain/activity.ts';
import { activityId, messageHash } from '../src/domain/ids.ts';
import { leadKey } from '../src/domain/lead.ts';
import { verifyTenant } from '../src/domain/tenant.ts';
import { runFollower } from '../src/followers/kafka-group/run-follower.ts';
import { settle } from '../src/followers/settle.ts';
import { isCaughtUp, topicSettings } from '../test/support/kafka.ts';
import { dropPhoenix } from '../test/support/phoenix.ts';

const RECORDS = 60_000;
const PARTITIONS = 8;
const tenant = verifyTenant('bench');
const signal = AbortSignal.timeout(300_000);
const [broker = '127.0.0.1:9092', url = 'http://127.0.0.1:18765'] = process.argv.slice(2);
const run = randomBytes(4).toString('hex');
const kafka = { brokers: [broker], prefix: `bench-${run}.`, clientId: 'bench' };

function activity(number: number): Activity {
  const identity = { kind: 'known', externalId: `lead-${number % 5_000}` } as const;
  const key = leadKey(tenant.idSpace, identity);
  const messageId = `${run}-${number}`;
  return {
    id: activityId({ leadKey: key, occurredAt: number, hash: messageHash(tenant.idSpace, messageId) }),
    messageId,
    leadKey: key,
    identity,
    type: 'Visit Webpage',
    occurredAt: number,
    receivedAt: number,
    enrichmentVersion: 0,
    contentDigest: null,
    campaign: null,
    assetId: null,
    channel: 'web',
    source: 'graphql',
    attributes: { text: 'x'.repeat(500) },
    context: {},
    country: 'DE',
    device: 'mobile',
    isBot: false,
    agentKind: null,
  };
}

const settings = topicSettings(PARTITIONS);
await createTopics(kafka, { activities: settings, settled: settings }, signal);
const log = openKafkaLog(kafka);
const schema = `BENCH_${run.toUpperCase()}`;
const phoenix = openPhoenix({ url });
await migratePhoenix(phoenix, { schema });
const store = createPhoenixStore(phoenix, { schema });
for (let start = 0; start < RECORDS; start += 1_000) {
  const activities = Array.from({ length: 1_000 }, (_, index) => activity(start + index));
  await Promise.all([
    log.append(
      tenant,
      activities.map((each) => ({ kind: 'activity', activity: each })),
      signal,
    ),
    store.put([{ tenant, activities }], signal),
  ]);
}
await log.close();

const cpu = process.cpuUsage();
const started = performance.now();
const stage = await runFollower(
  settle({
    kafka,
    store,
    failures: { put: async () => {} },
    claims: createPhoenixClaims(phoenix, { schema }),
    erased: createPhoenixErasedLeads(phoenix, { schema }),
    facts: async (own, activities) => activities.map(({ id }) => ({ tenant: own.id, id })),
    storeTimeoutMs: 30_000,
  }),
  { kafka, onError: (error) => console.error(error) },
);
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, 50));
  if (await isCaughtUp(stage, PARTITIONS)) break;
}
const seconds = (performance.now() - started) / 1_000;
const { user, system } = process.cpuUsage(cpu);
console.log(
  `${Math.round(RECORDS / seconds)} records/s, ${((user + system) / RECORDS).toFixed(1)} µs of CPU a record here`,
);
await stage.close();
await dropPhoenix(phoenix, schema);
await phoenix.close();
const admin = new Admin({ clientId: 'bench', bootstrapBrokers: [broker] });
await admin.deleteTopics({ topics: [...allTopics(kafka)] });
await admin.close();
