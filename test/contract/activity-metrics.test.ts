import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migrations } from '../../src/compose/migrations.ts';
import { createPostgresMetrics } from '../../src/datasources/activity-metrics/postgres/adapter.ts';
import { metricsProjection } from '../../src/datasources/activity-metrics/postgres/projection.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import { migrate } from '../../src/datasources/db/migrate.ts';
import { EMAIL_TYPES } from '../../src/domain/activity-types.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { bucketsOf, UTC_CALENDAR } from '../../src/domain/time/buckets.ts';
import { anActivity, DAY, NOW } from '../support/activities.ts';
import { drivers } from '../support/databases.ts';
import { recount, sortRows } from '../support/recount.ts';
import { activityMetricsContract } from './activity-metrics.ts';

const signal = new AbortController().signal;

for (const driver of drivers)
  for (const rollups of [true, false])
    activityMetricsContract(
      `postgres adapter on ${driver.name}, ${rollups ? 'with' : 'without'} roll-ups`,
      async () => {
        const db = await driver.open();
        const store = createPostgresStore(db, [metricsProjection]);
        return {
          metrics: createPostgresMetrics(db, { rollups }),
          ingest: async (tenant, activities) => void (await store.write(tenant, activities, signal)),
          close: () => db.close(),
        };
      },
    );

for (const driver of drivers)
  test(`sends are made anew from stored activities on ${driver.name}, for a database from before they had assets`, async () => {
    const db = await driver.open();
    try {
      const tenants = [verifyTenant('former-1'), verifyTenant('former-2')];
      const store = createPostgresStore(db, []);
      const types = Object.values(EMAIL_TYPES);
      const activitiesOf = (tenant: Tenant) =>
        Array.from({ length: 4_500 }, (_, n) =>
          anActivity(tenant.id, {
            messageId: `m-${n}`,
            externalId: `person-${n % 90}`,
            type: types[(n * 7) % types.length] ?? '',
            campaign: n % 5 === 0 ? null : { id: `c-${n % 3}`, name: null },
            assetId: n % 4 === 0 ? null : `a-${n % 2}`,
            occurredAt: NOW - (n % 50) * DAY,
          }),
        );
      for (const tenant of tenants) await store.write(tenant, activitiesOf(tenant), signal);
      await db.query("DELETE FROM migrations WHERE id = 'metrics-sends-by-asset'");
      await migrate(db, migrations);
      const plan = {
        dataset: 'sends',
        measures: ['sent', 'delivered', 'hardBounced', 'opened', 'uniqueClicked'],
        dimensions: ['campaign', 'asset'],
        filters: [],
        buckets: bucketsOf(NOW - 100 * DAY, NOW + DAY, 'MONTH', UTC_CALENDAR),
        from: NOW - 100 * DAY,
        to: NOW + DAY,
        maxGroups: 1_000,
        opens: 'ALL',
        asOf: NOW,
      } as const;
      for (const tenant of tenants) {
        const { rows } = await createPostgresMetrics(db).aggregate(tenant, plan, signal);
        assert.deepEqual(sortRows(rows), recount(activitiesOf(tenant), plan));
      }
    } finally {
      await db.close();
    }
  });

for (const driver of drivers)
  test(`on ${driver.name} counts that name nobody are as before when a person is erased`, async () => {
    const db = await driver.open();
    try {
      const tenant = verifyTenant('forgetful');
      const store = createPostgresStore(db, [metricsProjection]);
      const metrics = createPostgresMetrics(db);
      const types = ['Send Email', 'Open Email', 'Click Email', 'Visit Webpage', 'Complete Order'];
      const activities = Array.from({ length: 120 }, (_, n) =>
        anActivity(tenant.id, {
          externalId: `person-${n % 7}`,
          type: types[n % types.length] ?? '',
          campaign: { id: `c-${n % 2}`, name: null },
          assetId: 'a',
          attributes: { revenue: n },
          occurredAt: NOW - n * 1_000_007,
        }),
      );
      await store.write(tenant, activities, signal);
      const common = {
        dimensions: ['campaign'],
        filters: [],
        buckets: bucketsOf(NOW - 10 * DAY, NOW + DAY, 'HOUR', UTC_CALENDAR),
        from: NOW - 10 * DAY,
        to: NOW + DAY,
        maxGroups: 1_000,
      } as const;
      const plans = [
        {
          ...common,
          dataset: 'activities',
          measures: ['activities', 'visits', 'conversions', 'revenueMicros'],
          includeBots: true,
        },
        {
          ...common,
          dataset: 'sends',
          measures: ['sent', 'opened', 'clicked', 'uniqueOpened'],
          opens: 'ALL',
          asOf: NOW,
        },
      ] as const;
      const read = () =>
        Promise.all(
          plans.map(async (plan) => sortRows((await metrics.aggregate(tenant, plan, signal)).rows)),
        );
      const before = await read();
      assert.ok(before.every((rows) => rows.length > 5));
      const lead = activities[0]?.leadKey ?? '';
      await store.erase(tenant, { id: 'erasure', leads: [lead], at: NOW }, signal);
      assert.deepEqual(await read(), before);
      const [left] = await db.query<{ n: number }>(
        'SELECT count(*) AS n FROM email_sends WHERE lead_key = $1',
        [lead],
      );
      assert.equal(left?.n, 0);
    } finally {
      await db.close();
    }
  });
