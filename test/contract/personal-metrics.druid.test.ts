import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openDruid } from '../../src/datasources/activity-metrics/druid/client.ts';
import { createDruidPersonal } from '../../src/datasources/activity-metrics/druid/personal/adapter.ts';
import type { AggregatePlan } from '../../src/datasources/activity-metrics/port.ts';
import { EXPORT_START, type PersonalRecord } from '../../src/datasources/personal-data.ts';
import { EMAIL_TYPES } from '../../src/domain/activity-types.ts';
import { leadKey } from '../../src/domain/lead.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { anActivity, DAY, HOUR, NOW } from '../support/activities.ts';
import { type DruidFixture, druidFixture } from '../support/druid.ts';
import { engineSkip } from '../support/engines.ts';
import { until } from '../support/until.ts';

const signal = new AbortController().signal;

describe('personal data in Druid', { skip: engineSkip('druid', 'druid-coordinator', 'kafka') }, () => {
  let fixture: DruidFixture;
  let personal: ReturnType<typeof createDruidPersonal>;
  before(async () => {
    fixture = await druidFixture();
    personal = createDruidPersonal(
      { ...fixture.config, kafka: fixture.metricsConfig.kafka, segmentGranularity: 'MONTH' },
      fixture.metrics,
    );
  });
  after(async () => {
    await personal?.close();
    await fixture?.close();
  });

  const tenants = ['one', 'two'].map((name) => verifyTenant(`druid-erase-${name}`));
  const keyOf = (tenant: Tenant, externalId: string) =>
    leadKey(tenant.idSpace, { kind: 'known', externalId });
  const historyOf = (tenant: Tenant) =>
    ['ann', 'bob'].flatMap((externalId) => [
      anActivity(tenant.id, { externalId, occurredAt: NOW, attributes: { plan: `plan of ${externalId}` } }),
      anActivity(tenant.id, { externalId, occurredAt: NOW - 45 * DAY, attributes: { plan: 'free' } }),
      // A send of two months.
      ...[EMAIL_TYPES.send, EMAIL_TYPES.delivered, EMAIL_TYPES.opened].map((type, months) =>
        anActivity(tenant.id, {
          externalId,
          type,
          occurredAt: NOW - (70 - 35 * months) * DAY + 1_234,
          campaign: { id: 'spring', name: null },
          assetId: 'letter',
        }),
      ),
    ]);
  const common = {
    filters: [],
    buckets: null,
    from: NOW - 90 * DAY - (NOW % HOUR),
    to: NOW + DAY - (NOW % HOUR),
    maxGroups: 100,
  };
  /** Asks again while Druid takes up segments that were written anew: until then it refuses. */
  const count = async (tenant: Tenant, plan: AggregatePlan) => {
    const answers: Map<string, number[]>[] = [];
    await until('the figures are complete', async () => {
      const answer = await fixture.metrics.aggregate(tenant, plan, signal).catch((error: unknown) => {
        if (error instanceof DomainError && error.retryable) return undefined;
        throw error;
      });
      if (answer)
        answers.push(new Map(answer.rows.map(({ keys, values }) => [keys.join(), values.map(Number)])));
      return answer !== undefined;
    });
    return answers[0] ?? new Map<string, number[]>();
  };
  const hourly = (tenant: Tenant) =>
    count(tenant, {
      ...common,
      dataset: 'activities',
      includeBots: true,
      measures: ['activities'],
      dimensions: ['type'],
    });
  const plans = (tenant: Tenant) =>
    count(tenant, {
      ...common,
      dataset: 'activities',
      includeBots: true,
      measures: ['activities', 'uniqueLeads'],
      dimensions: [{ attribute: 'plan' }],
    });
  const sends = (tenant: Tenant) =>
    count(tenant, {
      ...common,
      dataset: 'sends',
      opens: 'ALL',
      asOf: NOW,
      measures: ['sent', 'delivered', 'opened', 'uniqueSent'],
      dimensions: ['campaign'],
    });
  const exported = async (tenant: Tenant, externalId: string): Promise<PersonalRecord[]> => {
    const records: PersonalRecord[] = [];
    const key = keyOf(tenant, externalId);
    for await (const batch of personal.export(tenant, [key], EXPORT_START, signal))
      records.push(...batch.records);
    return records;
  };

  test('rows of the person are gone, hourly counts and outcomes of sends stay, and others have all of theirs', async () => {
    const [tenant, other] = tenants;
    assert.ok(tenant && other);
    // Received after the erasure.
    const early = anActivity(tenant.id, {
      externalId: 'ann',
      occurredAt: NOW,
      receivedAt: NOW + DAY,
      attributes: { plan: 'early' },
    });
    await fixture.ingest(tenant, [...historyOf(tenant), early]);
    await fixture.publish(AbortSignal.timeout(300_000));
    await fixture.ingest(other, historyOf(other));
    const countsOf = async (of: Tenant) => [await hourly(of), await sends(of)];
    const [before, elsewhere] = [await countsOf(tenant), [...(await countsOf(other)), await plans(other)]];
    assert.equal((await exported(tenant, 'ann')).length, 1);
    assert.equal((await plans(tenant)).get('plan of ann')?.[0], 1);

    const leads = [keyOf(tenant, 'ann'), keyOf(tenant, 'nobody')];
    for (let time = 0; time < 2; time += 1) {
      await personal.erase(tenant, { id: 'e', leads, at: NOW }, AbortSignal.timeout(600_000));
      assert.deepEqual(await countsOf(tenant), before);
      assert.deepEqual([...(await countsOf(other)), await plans(other)], elsewhere);
      const left = await plans(tenant);
      assert.equal(left.get('plan of ann'), undefined);
      assert.deepEqual(left.get('plan of bob'), [1, 1]);
      assert.deepEqual(left.get('early'), [1, 1]);
      assert.deepEqual(left.get('free'), [1, 1]);
      assert.deepEqual(await exported(tenant, 'ann'), []);
      assert.equal((await exported(tenant, 'bob')).length, 1);
    }
    const druid = openDruid(fixture.config);
    const unused = await druid.call<unknown[]>(
      {
        at: 'coordinator',
        path: `/druid/coordinator/v1/datasources/${fixture.config.prefix}details/unusedSegments`,
        none: [404],
      },
      signal,
    );
    assert.deepEqual(unused ?? [], []);
    await druid.close();
    // Druid goes on with what comes later.
    const later = anActivity(tenant.id, { externalId: 'ann', occurredAt: NOW, attributes: { plan: 'new' } });
    await fixture.send(tenant, [later]);
    await until('the later activity is counted', async () => (await plans(tenant)).get('new')?.[0] === 1);
  });

  test('an object that only looks like a tenant is refused', async () => {
    const forged = { id: 'druid-erase-one' } as unknown as Tenant;
    const isForbidden = (error: unknown) => error instanceof DomainError && error.code === 'FORBIDDEN';
    await assert.rejects(personal.erase(forged, { id: 'e', leads: ['x'], at: NOW }, signal), isForbidden);
  });
});
