import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { Kafka, logLevel } from 'kafkajs';
import { sparkContext } from '../../scripts/cluster/engine/spark-context.ts';
import { portsAt } from '../../scripts/cluster/ports.ts';
import { type Recount, type RecountParts, recountDay } from '../../scripts/cluster/recount/recount.ts';
import { restateDay } from '../../scripts/cluster/recount/restate.ts';
import { activitiesTopic } from '../../src/datasources/activity-log/kafka/config.ts';
import { encodeMessage } from '../../src/datasources/activity-log/kafka/message.ts';
import { openDruid } from '../../src/datasources/activity-metrics/druid/client.ts';
import { createDruidPersonal } from '../../src/datasources/activity-metrics/druid/personal/adapter.ts';
import { DATA_SOURCES } from '../../src/datasources/activity-metrics/druid/specs.ts';
import { activityFacts } from '../../src/datasources/activity-metrics/facts.ts';
import type { Activity } from '../../src/domain/activity.ts';
import { EMAIL_TYPES, standardType } from '../../src/domain/activity-types.ts';
import { AGENT_KINDS } from '../../src/domain/agent-kind.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity, DAY, HOUR, NOW } from '../../test/support/activities.ts';
import { type DruidFixture, druidFixture } from '../../test/support/druid.ts';
import { engineSkip } from '../../test/support/engines.ts';
import { temporaryDirectory } from '../../test/support/temp.ts';
import { openUniqueFeed, type UniqueFeed } from '../../test/support/unique-feed.ts';

const SEED = Date.now() % 1_000_000_000;
const EACH = Number(process.env['ACTIVITIES'] ?? 2_000);
const TENANTS = [verifyTenant('acme-1'), verifyTenant('acme-2')] as const;
const MIDNIGHT = NOW - 12 * HOUR;
const signal = AbortSignal.timeout(1_200_000);

const activity = (tenantId: string): fc.Arbitrary<Activity> =>
  fc
    .record({
      externalId: fc.integer({ min: 0, max: 60 }).map((n) => `lead-${n}`),
      type: fc.constantFrom('Visit Webpage', 'Fill Out Form', 'Click Link', ...Object.values(EMAIL_TYPES)),
      occurredAt: fc.oneof(
        fc.integer({ min: MIDNIGHT - 2 * DAY, max: MIDNIGHT + 3 * DAY }),
        fc.constantFrom(MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + DAY - 1, MIDNIGHT + DAY),
      ),
      campaign: fc.constantFrom(null, { id: 'spring', name: null }, { id: 'autumn', name: null }),
      assetId: fc.constantFrom(null, 'letter', 'card'),
      isBot: fc.boolean(),
      agentKind: fc.constantFrom(null, ...AGENT_KINDS),
      attributes: fc.record(
        {
          revenue: fc.oneof(
            fc.double({ min: -1e6, max: 1e6, noNaN: true }),
            fc.constantFrom(0.0000005, 1e13, 12),
          ),
          currency: fc.constantFrom('EUR', 'usd'),
          mailingId: fc.constantFrom('', 'm-1'),
          link: fc.constantFrom('https://x.example/a', 'https://x.example/unsubscribe'),
        },
        { requiredKeys: [] },
      ),
    })
    .map((overrides) => JSON.parse(JSON.stringify(anActivity(tenantId, overrides))) as Activity);

describe('recount', { skip: engineSkip('druid', 'druid-coordinator', 'kafka') }, () => {
  let fixture: DruidFixture;
  let feed: UniqueFeed;
  let parts: RecountParts;
  const closers: (() => Promise<unknown>)[] = [];

  before(async () => {
    fixture = await druidFixture();
    closers.push(fixture.close);
    const { kafka } = fixture.metricsConfig;
    const scratch = await temporaryDirectory();
    closers.push(scratch.remove);
    feed = await openUniqueFeed(kafka);
    closers.push(feed.close);
    const druid = openDruid(fixture.config);
    closers.push(druid.close);
    const context = await sparkContext(scratch.path, portsAt(0));
    const { prefix } = fixture.config;
    parts = { context, kafka, master: 'local[2]', druid, metrics: fixture.metrics, prefix };
  });
  after(async () => {
    for (const close of closers.toReversed()) await close();
  });

  const told = ({ differences }: Recount): string[] =>
    differences.map(({ tenant, figure, counted, druid }) => `${tenant} ${figure} ${counted} ${druid}`);
  const count = (day = MIDNIGHT, tenant?: string) => recountDay(parts, day, tenant, signal);

  test('finds every figure of a day as Druid has it', async (context) => {
    context.diagnostic(`seed ${SEED}`);
    for (const tenant of TENANTS)
      await fixture.ingest(tenant, fc.sample(activity(tenant.id), { seed: SEED, numRuns: EACH }));
    const began = performance.now();
    const found = await count();
    context.diagnostic(`${found.figures} figures, ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    assert.deepEqual(told(found), []);
    assert.equal(found.tenants, 2);
    assert.ok(found.figures >= 80, String(found.figures));
  });

  test('names tenant and measures of an extra event, and gives Druid the day again', async (context) => {
    const extra = anActivity('acme-2', {
      type: 'Fill Out Form',
      occurredAt: MIDNIGHT + HOUR,
      attributes: { revenue: 2.5 },
      externalId: 'lead-new',
    });
    const facts = (of: Activity) => ({ facts: activityFacts('acme-2', of, standardType(of.type)) });
    const record = { kind: 'activity', activity: extra } as const;
    await feed.commitValue(String(encodeMessage('acme-2', record, facts(extra))));
    // The same message once more: nobody did that.
    await feed.commitValue(String(encodeMessage('acme-2', record, facts(extra))));
    // Facts that no activity stands behind.
    const lead = { ...extra, leadKey: `${extra.leadKey.slice(0, -1)}_`, type: 'Visit Webpage' } as Activity;
    const campaign = { kind: 'campaign', campaign: { id: 'c', name: 'c', createdAt: NOW } } as const;
    await feed.commitValue(String(encodeMessage('acme-2', campaign, facts(lead))));

    const found = await count();
    for (const line of told(found)) context.diagnostic(line);
    assert.ok(found.differences.every(({ tenant }) => tenant === 'acme-2'));
    const names = new Map(found.differences.map(({ figure, counted, druid }) => [figure, druid - counted]));
    for (const source of ['hours', 'details']) {
      assert.equal(names.get(`${source}/activities`), 2n);
      assert.equal(names.get(`${source}/visits`), 1n);
      assert.equal(names.get(`${source}/conversions`), 1n);
      assert.equal(names.get(`${source}/revenueMicros`), 2_500_000n);
    }
    assert.equal(names.get('details/uniqueVisitors'), 1n);
    assert.equal(names.get('details/uniqueConverters'), undefined);
    assert.deepEqual((await count(MIDNIGHT, 'acme-1')).differences, []);

    const began = performance.now();
    await restateDay(parts, MIDNIGHT, new Set(DATA_SOURCES), 'MONTH', signal);
    context.diagnostic(`restated in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    for (const day of [MIDNIGHT, MIDNIGHT + DAY]) assert.deepEqual(told(await count(day)), []);
  });

  test('knows who was erased, and does not bring them back', async () => {
    const { kafka } = parts;
    const [tenant] = TENANTS;
    const erased = anActivity(tenant.id, { externalId: 'lead-1' });
    const at = MIDNIGHT + 20 * DAY;
    const erasure = { id: 'a'.repeat(22), leads: [erased.leadKey], at };
    const client = new Kafka({ clientId: 'test', brokers: [...kafka.brokers], logLevel: logLevel.NOTHING });
    const producer = client.producer();
    await producer.connect();
    const value = encodeMessage(tenant.id, { kind: 'erasure', erasure });
    await producer.send({ topic: activitiesTopic(kafka), messages: [{ key: erased.leadKey, value }] });
    await producer.disconnect();
    const personal = createDruidPersonal(
      { ...fixture.config, kafka, segmentGranularity: 'MONTH' },
      fixture.metrics,
    );
    await personal.erase(tenant, erasure, signal);
    await personal.close();
    assert.deepEqual(told(await count()), []);
    await restateDay(parts, MIDNIGHT, new Set(['hours', 'details']), 'MONTH', signal);
    assert.deepEqual(told(await count()), []);
    await assert.rejects(
      restateDay(parts, MIDNIGHT, new Set(['emails']), 'MONTH', signal),
      /sends of erased people/,
    );
  });
});
