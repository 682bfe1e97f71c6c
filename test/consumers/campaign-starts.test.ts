import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { decisionsTopic, type KafkaConfig } from '../../src/datasources/activity-log/kafka/config.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import type { CampaignRuns } from '../../src/datasources/campaign-runs/port.ts';
import { createPostgresRuns } from '../../src/datasources/campaign-runs/postgres/adapter.ts';
import {
  type CampaignPublisher,
  openCampaignPublisher,
  publishing,
  publishMissing,
} from '../../src/datasources/smart-campaigns/kafka/publisher.ts';
import type { SmartCampaigns } from '../../src/datasources/smart-campaigns/port.ts';
import { createPostgresSmartCampaigns } from '../../src/datasources/smart-campaigns/postgres/adapter.ts';
import type { Decision } from '../../src/domain/campaigns/decision.ts';
import type { SmartCampaign } from '../../src/domain/campaigns/model.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { campaignStarts } from '../../src/followers/campaigns.ts';
import type { RunningFollower } from '../../src/followers/kafka-group/follower.ts';
import { runFollower } from '../../src/followers/kafka-group/run-follower.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { aDecision, aDefinition } from '../support/campaigns.ts';
import { drivers } from '../support/databases.ts';
import { engineSkip } from '../support/engines.ts';
import { isCaughtUp, kafkaTopics } from '../support/kafka.ts';
import { until } from '../support/until.ts';

const PARTITIONS = 2;
const tenant = verifyTenant('acme-1');
const other = verifyTenant('acme-2');
const signal = new AbortController().signal;
const WAIT_MS = 600_000;

const campaign = (id: string, priority: 'HIGH' | 'LOW'): SmartCampaign => ({
  id,
  name: id,
  description: '',
  draft: aDefinition({ triggers: [] }),
  versions: [{ version: 1, definition: aDefinition({ priority }), validFrom: NOW - 1_000, validTo: null }],
  createdAt: NOW,
  updatedAt: NOW,
  revision: 1,
});

let leads = 0;
/** A decision for a person of its own. */
const started = (tenantId: string, campaignId: string, receivedAt: number): Decision => {
  const { id: activityId, leadKey } = anActivity(tenantId, { externalId: `lead-${leads++}` });
  const { order: _, ...decision } = aDecision(tenantId, leadKey, { campaignId, receivedAt, activityId });
  return decision;
};

describe('campaigns and decisions on their way through Kafka', { skip: engineSkip('kafka') }, () => {
  let kafka: KafkaConfig;
  let runs: CampaignRuns;
  let campaigns: SmartCampaigns;
  let publisher: CampaignPublisher;
  let follower: RunningFollower;
  const errors: unknown[] = [];
  const closers: (() => Promise<unknown>)[] = [];

  before(async () => {
    const topics = await kafkaTopics(PARTITIONS);
    ({ kafka } = topics);
    closers.push(topics.remove);
    const [driver] = drivers;
    assert.ok(driver);
    const db = await driver.open();
    closers.push(() => db.close());
    runs = createPostgresRuns(db);
    publisher = openCampaignPublisher(kafka);
    closers.push(publisher.close);
    campaigns = createPostgresSmartCampaigns(db);
    follower = await runFollower(campaignStarts({ campaigns, runs, store: createPostgresStore(db, []) }), {
      kafka,
      onError: (error) => errors.push(error),
    });
    closers.push(follower.close);
    // A Kafka that was just started has no coordinator of groups yet. The follower tells, and tries again.
    await until('the follower has joined its group', () => isCaughtUp(follower, PARTITIONS), WAIT_MS);
    errors.length = 0;
  });
  after(async () => {
    for (const close of closers.toReversed()) await close();
  });

  const write = async (decisions: readonly (readonly [tenantId: string, decision: Decision])[]) => {
    const client = new Kafka({ clientId: 'test', brokers: [...kafka.brokers], logLevel: logLevel.NOTHING });
    const producer = client.producer();
    await producer.connect();
    await producer.send({
      topic: decisionsTopic(kafka),
      messages: decisions.map(([tenantId, decision]) => ({
        key: decision.leadKey,
        value: JSON.stringify({ version: 1, tenant: tenantId, decision }),
      })),
    });
    await producer.disconnect();
  };

  test('each decision becomes a run of its tenant, once, in the order of priorities', async () => {
    await campaigns.put(tenant, campaign('low', 'LOW'), signal);
    await campaigns.put(tenant, campaign('high', 'HIGH'), signal);
    const decisions = ['low', 'high', 'gone'].flatMap((campaignId, place) =>
      Array.from({ length: 20 }, (_, n) => started(tenant.id, campaignId, NOW + place + n)),
    );
    await write(decisions.map((decision) => [tenant.id, decision]));
    // As after a crash of the job: some come again.
    await write(decisions.slice(10, 40).map((decision) => [tenant.id, decision]));
    const foreign = started(other.id, 'low', NOW);
    await write([[other.id, foreign]]);
    await until('all decisions are runs', () => isCaughtUp(follower, PARTITIONS), WAIT_MS);

    const ids = decisions.map(({ id }) => id);
    for (const run of await runs.get(tenant, ids, signal)) assert.equal(run?.status, 'NEW');
    assert.deepEqual(await runs.get(tenant, [foreign.id], signal), [null]);
    assert.equal((await runs.get(other, [foreign.id], signal))[0]?.status, 'NEW');
    const leased = await runs.lease(
      { now: NOW + 3_600_000, leaseMs: 60_000, max: 1_000, perTenant: 1_000, except: [] },
      signal,
    );
    const order = leased.filter(({ tenantId }) => tenantId === tenant.id).map(({ run }) => run.campaignId);
    assert.ok(order.length > 0);
    assert.ok(order.lastIndexOf('high') < order.indexOf('low') || !order.includes('low'), order.join());
    assert.deepEqual(errors, []);
  });

  test('a change of a campaign is published before it is done, and a missed one later', async () => {
    const published = publishing(campaigns, publisher);
    assert.ok(await published.put(tenant, campaign('told', 'LOW'), signal));
    assert.equal((await publisher.revisions(signal)).get('acme-1/told'), 1);
    assert.ok(
      !(await published.put(tenant, campaign('told', 'LOW'), signal)),
      'the revision is there already',
    );

    // Stored alone, as by a process that died before it could publish.
    const told = { ...campaign('told', 'LOW'), revision: 2 };
    assert.ok(await campaigns.put(tenant, told, signal));
    assert.ok(await campaigns.put(other, campaign('silent', 'LOW'), signal));
    const before = await publisher.revisions(signal);
    assert.deepEqual([before.get('acme-1/told'), before.get('acme-2/silent')], [1, undefined]);
    // The two of the test before are missing too.
    assert.equal(await publishMissing(campaigns, publisher, [tenant, other], signal), 4);
    const now = await publisher.revisions(signal);
    assert.deepEqual([now.get('acme-1/told'), now.get('acme-2/silent')], [2, 1]);
    assert.equal(await publishMissing(campaigns, publisher, [tenant, other], signal), 0);
  });
});
