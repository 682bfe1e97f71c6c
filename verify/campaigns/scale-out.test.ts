import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openCampaignPublisher } from '../../src/datasources/smart-campaigns/kafka/publisher.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import {
  anyActivities,
  anyCampaigns,
  type Campaigns,
  decidedIn,
  expectedFrom,
  TENANTS,
} from '../../test/support/decided.ts';
import { engineSkip } from '../../test/support/engines.ts';
import { kafkaTopics } from '../../test/support/kafka.ts';
import { startSparkStandalone } from '../../test/support/spark-standalone.ts';
import { temporaryDirectory } from '../../test/support/temp.ts';
import { startTriggerJob, type TriggerJob } from '../../test/support/trigger-job.ts';
import { type Fed, openUniqueFeed } from '../../test/support/unique-feed.ts';
import { until } from '../../test/support/until.ts';

const SEED = Date.now() % 1_000_000_000;
const ACTIVITIES = Number(process.env['ACTIVITIES'] ?? 60_000);
const CAMPAIGNS = 50;
const PARTITIONS = 4;
const IN_TRANSACTION = 2_000;
const WAIT_MS = 900_000;
const signal = new AbortController().signal;

/** Records a second, from the first third to the end: the beginning is warming up. */
async function rateOf(job: TriggerJob, total: number, onHalf: () => void): Promise<number> {
  let from: { readonly at: number; readonly records: number } | undefined;
  let isHalf = false;
  let rate = 0;
  await until(
    'the job has read everything',
    async () => {
      await sleep(50);
      const records = (await job.status())?.records ?? 0;
      if (!from && records >= total / 3) from = { at: performance.now(), records };
      if (!isHalf && records >= total / 2) {
        isHalf = true;
        onHalf();
      }
      if (records < total || !from) return false;
      rate = ((records - from.records) / (performance.now() - from.at)) * 1_000;
      return true;
    },
    WAIT_MS,
  );
  return rate;
}

describe('scale out', { skip: engineSkip('kafka') }, () => {
  let campaigns: Campaigns;
  let activities: Fed[];
  let expected: string[];
  before(() => {
    campaigns = anyCampaigns(CAMPAIGNS, SEED);
    activities = anyActivities(ACTIVITIES, SEED);
    expected = [...new Set(expectedFrom(campaigns, activities))];
    assert.ok(expected.length > 1_000, String(expected.length));
  });

  /** Decides on everything with so many executors; gives records a second. */
  const decideWith = async (context: TestContext, executors: number, isKilled: boolean): Promise<number> => {
    await using closers = new AsyncDisposableStack();
    const { path, remove } = await temporaryDirectory();
    closers.defer(remove);
    const { kafka, remove: removeTopics } = await kafkaTopics(PARTITIONS);
    closers.defer(removeTopics);
    const publisher = openCampaignPublisher(kafka);
    for (const tenantId of TENANTS)
      await publisher.publish(verifyTenant(tenantId), campaigns[tenantId], signal);
    await publisher.close();
    const feed = await openUniqueFeed(kafka);
    for (let at = 0; at < activities.length; at += IN_TRANSACTION)
      await feed.commit(activities.slice(at, at + IN_TRANSACTION));
    await feed.close();
    const cluster = await startSparkStandalone(path, executors);
    closers.defer(cluster.stop);
    const job = await startTriggerJob(path, kafka, { master: cluster.master, maxOffsets: 4_000 });
    closers.defer(() => job.kill());
    let killed: number | undefined;
    const rate = await rateOf(job, activities.length, () => {
      assert.equal(cluster.executors().length, executors);
      if (!isKilled) return;
      killed = cluster.executors()[0];
      assert.ok(killed);
      process.kill(killed, 'SIGKILL');
    });
    if (isKilled)
      await until(
        'the executor is replaced',
        () => cluster.executors().length === executors && !cluster.executors().includes(killed ?? 0),
        WAIT_MS,
      );
    const all = await decidedIn(kafka);
    assert.deepEqual([...new Set(all)].sort(), expected);
    context.diagnostic(
      `seed ${SEED}, ${executors} executors: ${activities.length} activities, ${expected.length} decisions, ` +
        `${all.length - expected.length} repeated, ${Math.round(rate)} a second`,
    );
    return rate;
  };

  test('one and two executors of one core decide as TypeScript does', async (context) => {
    const one = await decideWith(context, 1, false);
    const two = await decideWith(context, 2, false);
    context.diagnostic(`two executors to one: ${(two / one).toFixed(2)}`);
  });

  test('a killed executor is replaced, and nothing is missing', async (context) => {
    await decideWith(context, 2, true);
  });
});
