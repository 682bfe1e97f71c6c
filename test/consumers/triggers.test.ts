import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaConfig } from '../../src/datasources/activity-log/kafka/config.ts';
import { createTopics } from '../../src/datasources/activity-log/kafka/topics.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import { createPostgresRuns } from '../../src/datasources/campaign-runs/postgres/adapter.ts';
import {
  type CampaignPublisher,
  openCampaignPublisher,
} from '../../src/datasources/smart-campaigns/kafka/publisher.ts';
import { createPostgresSmartCampaigns } from '../../src/datasources/smart-campaigns/postgres/adapter.ts';
import type { SmartCampaign } from '../../src/domain/campaigns/model.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { campaignStarts } from '../../src/followers/campaigns.ts';
import { runFollower } from '../../src/followers/kafka-group/run-follower.ts';
import { NOW } from '../support/activities.ts';
import { aDefinition } from '../support/campaigns.ts';
import { drivers } from '../support/databases.ts';
import {
  anyActivities,
  anyCampaigns,
  type Campaigns,
  decidedIn,
  expectedFrom,
  TENANTS,
} from '../support/decided.ts';
import { engineSkip } from '../support/engines.ts';
import { isCaughtUp, kafkaTopics, removeTopics, testKafka, topicSettings } from '../support/kafka.ts';
import { temporaryDirectory } from '../support/temp.ts';
import { startTriggerJob, type TriggerJob } from '../support/trigger-job.ts';
import { type Fed, openUniqueFeed, type UniqueFeed } from '../support/unique-feed.ts';
import { until } from '../support/until.ts';

const PARTITIONS = 3;
const CAMPAIGNS = 12;
/** In one transaction. */
const BATCH = 500;
const SEED = Date.now() % 1_000_000_000;
const signal = new AbortController().signal;
const WAIT_MS = 900_000;

describe('the job that decides', { skip: engineSkip('kafka') }, () => {
  let kafka: KafkaConfig;
  let publisher: CampaignPublisher;
  let feed: UniqueFeed;
  let job: TriggerJob;
  let directory: string;
  const closers: (() => Promise<unknown>)[] = [];
  const fed: Fed[] = [];
  let expected: string[] = [];

  before(async () => {
    const temporary = await temporaryDirectory();
    closers.push(temporary.remove);
    directory = temporary.path;
    const topics = await kafkaTopics(PARTITIONS);
    ({ kafka } = topics);
    closers.push(topics.remove);
    publisher = openCampaignPublisher(kafka);
    closers.push(publisher.close);
    feed = await openUniqueFeed(kafka);
    closers.push(feed.close);
    job = await startTriggerJob(directory, kafka, { master: 'local[2]', maxOffsets: 400 });
    closers.push(() => job.kill());
  });
  after(async () => {
    for (const close of closers.toReversed()) await close();
  });

  const decided = () => decidedIn(kafka);
  const put = async (campaigns: Campaigns): Promise<void> => {
    for (const tenantId of TENANTS)
      await publisher.publish(verifyTenant(tenantId), campaigns[tenantId], signal);
  };
  const commit = async (activities: readonly Fed[]): Promise<void> => {
    for (let at = 0; at < activities.length; at += BATCH) {
      await feed.abort(anyActivities(20, SEED + at));
      await feed.commit(activities.slice(at, at + BATCH));
    }
    fed.push(...activities);
  };
  const untilDistinct = (what: string, count: number): Promise<void> =>
    until(
      what,
      async () => {
        await sleep(300);
        return new Set(await decided()).size >= count;
      },
      WAIT_MS,
    );
  const untilDecided = (): Promise<void> => untilDistinct('all decisions are there', expected.length);
  const assertDecided = async (): Promise<string[]> => {
    const all = await decided();
    assert.deepEqual([...new Set(all)].sort(), expected);
    return all;
  };

  test('is ready on empty topics, before there is anything to decide', async () => {
    const { batches } = await job.until('RUNNING');
    assert.equal(batches, 0);
  });

  let campaigns: Campaigns;
  test('decides for committed activities as TypeScript does, and never for aborted ones', async (context) => {
    context.diagnostic(`seed ${SEED}`);
    campaigns = anyCampaigns(CAMPAIGNS, SEED);
    await put(campaigns);
    const activities = anyActivities(4_000, SEED);
    expected = expectedFrom(campaigns, activities);
    assert.ok(expected.length > 500, String(expected.length));
    await commit(activities);
    await untilDecided();
    await assertDecided();
  });

  test('knows a new version before its first activity, without a restart', async () => {
    const at = NOW + 100_000;
    const changed = (own: readonly SmartCampaign[]): SmartCampaign[] =>
      own.map((campaign) => ({
        ...campaign,
        revision: 2,
        versions: [
          ...campaign.versions.map((version) => ({ ...version, validTo: version.validTo ?? at })),
          {
            version: campaign.versions.length + 1,
            definition: aDefinition({
              triggers: [{ type: 'Visit Webpage', filter: null, includeBots: true }],
            }),
            validFrom: at,
            validTo: null,
          },
        ],
      }));
    campaigns = { 'acme-1': changed(campaigns['acme-1']), 'acme-2': changed(campaigns['acme-2']) };
    await put(campaigns);
    // Some are received before the new version is in force, some in the moment when it begins.
    const activities = anyActivities(400, SEED + 1).map(({ tenantId, activity }, index) => ({
      tenantId,
      activity: { ...activity, receivedAt: at - 1 + (index % 2) },
    }));
    await commit(activities);
    expected = expectedFrom(campaigns, fed);
    await untilDecided();
    await assertDecided();
  });

  test('decides again what a kill -9 in the middle of a batch interrupted, under the same ids', async (context) => {
    for (let round = 0; round < 3; round += 1) {
      await commit(anyActivities(4_000, SEED + 100 + round));
      const before = new Set(await decided()).size;
      await untilDistinct('a batch is under way', before + 1);
      await job.kill();
      job = await startTriggerJob(directory, kafka, { master: 'local[2]', maxOffsets: 400 });
    }
    expected = expectedFrom(campaigns, fed);
    await untilDecided();
    const all = await assertDecided();
    context.diagnostic(`${all.length} messages, ${all.length - expected.length} of them repeated`);
  });

  test('decides a batch again whose commit is lost, under the same ids', async () => {
    await until('it has caught up', async () => (await job.status())?.behind === 0);
    await job.kill();
    const commits = join(directory, 'checkpoint', 'commits');
    const last = Math.max(...(await readdir(commits)).map(Number).filter(Number.isInteger));
    await rm(join(commits, String(last)));
    const before = await decided();
    job = await startTriggerJob(directory, kafka, { master: 'local[2]', maxOffsets: 400 });
    await until(
      'the batch has been done again',
      async () => (await decided()).length > before.length,
      WAIT_MS,
    );
    await job.until('RUNNING');
    const all = await assertDecided();
    assert.ok(all.length > expected.length);
  });

  test('has one run for each decision, however often it came', async (context) => {
    const [driver] = drivers;
    assert.ok(driver);
    const db = await driver.open();
    closers.push(() => db.close());
    const runs = createPostgresRuns(db);
    const campaigns = createPostgresSmartCampaigns(db);
    const follower = await runFollower(
      campaignStarts({ campaigns, runs, store: createPostgresStore(db, []) }),
      {
        kafka,
        // A Kafka that was just started has no coordinator of groups yet: the follower tells, and tries again.
        onError: () => {},
      },
    );
    closers.push(follower.close);
    await until('all decisions are read', () => isCaughtUp(follower, PARTITIONS), WAIT_MS);
    const all = await decided();
    const [row] = await db.query<{ runs: number }>('SELECT count(*)::int AS runs FROM campaign_runs');
    context.diagnostic(
      `${all.length} decisions, ${all.length - expected.length} repeated, ${row?.runs} runs`,
    );
    assert.ok(all.length > expected.length);
    assert.equal(row?.runs, expected.length);
  });

  test('takes at most a tenth of a core while nothing happens', async (context) => {
    await job.until('RUNNING');
    // Until the compiler has done with what was hot.
    await sleep(10_000);
    const before = await job.status();
    const since = performance.now();
    await sleep(20_000);
    const now = await job.status();
    assert.ok(before && now);
    const cores = (now.cpuMs - before.cpuMs) / (performance.now() - since);
    context.diagnostic(`${cores.toFixed(3)} cores`);
    assert.equal(now.batches, before.batches);
    assert.ok(cores <= 0.1, `${cores.toFixed(3)} cores`);
  });

  test('ends in good order when it is asked to', async () => {
    assert.equal(await job.stop(), 143);
  });
});

test('waits for its topics, and stops at a record that it can not understand, whose place it names', {
  skip: engineSkip('kafka'),
}, async () => {
  const kafka: KafkaConfig = {
    ...testKafka(),
    prefix: `t${randomBytes(6).toString('hex')}.`,
    clientId: 'test',
  };
  const directory = await temporaryDirectory();
  const job = await startTriggerJob(directory.path, kafka);
  try {
    const { message } = await job.until('WAITING');
    assert.ok(message.includes(`${kafka.prefix}campaigns, ${kafka.prefix}decisions`), message);
    const settings = topicSettings(1);
    await createTopics(kafka, { activities: settings, settled: settings }, signal);
    await job.until('RUNNING');
    const feed = await openUniqueFeed(kafka);
    await feed.commitValue('no record');
    const failed = await job.until('FAILED');
    assert.match(failed.message, /offset 0 of partition 0 can't be understood: it is no JSON/);
    assert.ok(!failed.message.includes('no record'));
    await feed.close();
  } finally {
    await job.kill();
    await directory.remove();
    await removeTopics(kafka);
  }
});
