// What the job of Spark costs that decides: `node bench/campaigns-spark.ts [--activities 400000] [--idle 120]`. It
// starts a Kafka of its own. CPU is that of the job's process, user and system, by its own word. Activities come three
// times: to get warm, steadily, and all at once. Then there are none for a time.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startEngines } from '../scripts/cluster/engines.ts';
import { decisionsTopic } from '../src/datasources/activity-log/kafka/config.ts';
import { openFetcher } from '../src/datasources/activity-log/kafka/fetch.ts';
import { openCampaignPublisher } from '../src/datasources/smart-campaigns/kafka/publisher.ts';
import type { SmartCampaign, Trigger } from '../src/domain/campaigns/model.ts';
import { verifyTenant } from '../src/domain/tenant.ts';
import { anActivity, NOW } from '../test/support/activities.ts';
import { aCampaign, aDefinition, aVersion } from '../test/support/campaigns.ts';
import { kafkaTopics } from '../test/support/kafka.ts';
import { temporaryDirectory } from '../test/support/temp.ts';
import { startTriggerJob } from '../test/support/trigger-job.ts';
import { type Fed, openUniqueFeed } from '../test/support/unique-feed.ts';

const { values } = parseArgs({
  options: {
    activities: { type: 'string', default: '400000' },
    idle: { type: 'string', default: '120' },
    campaigns: { type: 'string', default: '100' },
  },
});
const [count, idleSeconds, campaignCount] = [
  Number(values.activities),
  Number(values.idle),
  Number(values.campaigns),
];
const TENANT = verifyTenant('bench');
const TYPES = [
  'Visit Webpage',
  'Visit Webpage',
  'Visit Webpage',
  'Click Link',
  'Fill Out Form',
  'Open Email',
];
const PATHS = 200;
const PARTITIONS = 4;
const IN_TRANSACTION = 5_000;
const MAX_OFFSETS = 50_000;
const signal = new AbortController().signal;

/** Of a hundred campaigns, sixty watch one page or form each, thirty a country, and ten everything of a type. */
function campaign(index: number): SmartCampaign {
  const type = TYPES[index % TYPES.length] ?? '';
  const filters: Trigger['filter'][] = [
    { op: 'attribute', name: 'path', test: 'in', values: [`/page/${index % PATHS}`] },
    {
      op: 'and',
      filters: [
        { op: 'in', field: 'country', values: ['DE', 'AT'] },
        { op: 'attribute', name: 'path', test: 'prefix', value: `/page/${index % 10}` },
      ],
    },
    { op: 'attribute', name: 'score', test: 'range', range: { gt: 98 } },
  ];
  const filter = filters[index % 10 < 6 ? 0 : index % 10 < 9 ? 1 : 2] ?? null;
  return aCampaign({
    id: `campaign-${index}`,
    versions: [
      aVersion({
        validFrom: 0,
        definition: aDefinition({ triggers: [{ type, filter, includeBots: false }] }),
      }),
    ],
  });
}

let next = 0;
function activity(): Fed {
  const number = next++;
  const page = (number * 7_919) % PATHS;
  return {
    tenantId: TENANT.id,
    activity: anActivity(TENANT.id, {
      messageId: randomUUID(),
      externalId: `lead-${number % 90_000}`,
      type: TYPES[number % TYPES.length] ?? '',
      occurredAt: NOW + number,
      receivedAt: NOW + number,
      country: ['DE', 'US', 'FR', null][number % 4] ?? null,
      attributes: {
        url: `https://shop.example/page/${page}?ref=${number}`,
        path: `/page/${page}`,
        title: `Page ${page}`,
        score: number % 100,
      },
      context: { ip: '203.0.113.7', userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36' },
    }),
  };
}

const scratch = await temporaryDirectory();
const engines = await startEngines({ dataDir: join(scratch.path, 'engines'), only: ['kafka'] });
const { kafka } = await kafkaTopics(PARTITIONS, { brokers: [engines.addresses.kafka] });
const publisher = openCampaignPublisher(kafka);
await publisher.publish(
  TENANT,
  Array.from({ length: campaignCount }, (_, index) => campaign(index)),
  signal,
);
await publisher.close();
const feed = await openUniqueFeed(kafka);
const write = async (): Promise<void> => {
  for (let left = count; left > 0; left -= IN_TRANSACTION)
    await feed.commit(Array.from({ length: Math.min(left, IN_TRANSACTION) }, activity));
};
const decisions = async (): Promise<number> => {
  const fetcher = openFetcher(kafka, decisionsTopic(kafka));
  const bounds = await fetcher.bounds().finally(() => fetcher.close());
  return [...bounds.values()].reduce((sum, { end }) => sum + end, 0);
};
const directory = join(scratch.path, 'spark');
const settings = { master: 'local[2]', maxOffsets: MAX_OFFSETS };
const job = await startTriggerJob(directory, kafka, settings);
const worked = async (records: number) => {
  for (;;) {
    const status = await job.status();
    if (status && status.records >= records && status.behind === 0) return status;
    await sleep(100);
  }
};

/** Works off what `work` brings; says what an activity cost. */
async function measure(name: string, work: () => Promise<void>): Promise<void> {
  const before = await worked(next);
  const made = await decisions();
  await work();
  const after = await worked(next);
  const activities = after.records - before.records;
  const cpu = ((after.cpuMs - before.cpuMs) * 1_000) / activities;
  console.log(
    `${name}: ${cpu.toFixed(1)} µs CPU an activity, ${activities} in ${after.batches - before.batches} batches, ` +
      `${campaignCount} campaigns, ${(await decisions()) - made} decisions`,
  );
}

await job.until('RUNNING');
await measure('warming up', write);
const written = performance.now();
await measure('steadily', async () => {
  await write();
  const rate = count / ((performance.now() - written) / 1_000);
  console.log(`written: ${Math.round(rate)} a second beside the job`);
});
await measure('a backlog', async () => {
  job.pause();
  await write();
  job.resume();
});

await sleep(15_000);
const before = await worked(next);
const since = performance.now();
await sleep(idleSeconds * 1_000);
const after = await worked(next);
const cores = (after.cpuMs - before.cpuMs) / (performance.now() - since);
const rss = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${job.pid}/status`, 'utf8'))?.[1]) / 1_024;
console.log(`idle: ${cores.toFixed(3)} cores over ${idleSeconds} s, ${rss.toFixed(0)} MiB resident`);
console.log(
  `${availableParallelism()} cores, load average ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`,
);

await job.stop();
await feed.close();
await engines.stop();
await scratch.remove();
process.exit(0);
