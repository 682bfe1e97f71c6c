import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { migrations } from '../../src/compose/migrations.ts';
import { createPostgresMetrics } from '../../src/datasources/activity-metrics/postgres/adapter.ts';
import { createPostgresStore } from '../../src/datasources/activity-store/postgres/adapter.ts';
import { migrate } from '../../src/datasources/db/migrate.ts';
import { openPglite } from '../../src/datasources/db/pglite.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity, DAY, HOUR, NOW } from '../support/activities.ts';

const signal = new AbortController().signal;

describe('roll-ups of an older version', () => {
  test('conversions are counted anew by currency, and what was too great for the old ones', async () => {
    const tenant = verifyTenant('acme');
    const db = await openPglite();
    try {
      const at = migrations.findIndex(({ id }) => id === 'metrics-002');
      await migrate(db, migrations.slice(0, at));
      const orders: readonly JsonObject[] = [
        { revenue: 1e10, currency: 'VND' },
        { revenue: 1e300, currency: 'VND' },
        { revenue: 2.5, currency: 'eur' },
        { revenue: 'a lot' },
      ];
      const activities = orders.map((attributes, index) =>
        anActivity(tenant.id, {
          messageId: `m${index}`,
          type: 'Complete Order',
          occurredAt: NOW,
          attributes,
        }),
      );
      await createPostgresStore(db, []).write(tenant, activities, signal);
      const hour = Math.floor(NOW / HOUR) * HOUR;
      // As version 1 counted them: amounts beyond 2^53 millionths as nothing.
      await db.query(
        `INSERT INTO metrics_hourly VALUES ($1, $2, 'Complete Order', '', '', 'web', 'segment', '', '', false, 4, 4, 2500000),
           ($1, $2, 'Visit Webpage', '', '', 'web', 'segment', '', '', false, 7, 0, 0)`,
        [tenant.id, hour],
      );
      await migrate(db, migrations);
      const { rows } = await createPostgresMetrics(db).aggregate(
        tenant,
        {
          dataset: 'activities',
          measures: ['activities', 'revenueMicros'],
          dimensions: ['type', 'currency'],
          filters: [],
          buckets: null,
          from: hour - DAY,
          to: hour + HOUR,
          includeBots: true,
          maxGroups: 10,
        },
        signal,
      );
      const shown = rows.map(({ keys, values }) => [...keys, ...values.map(String)].join(' ')).sort();
      assert.deepEqual(shown, [
        'Complete Order  1 0',
        'Complete Order EUR 1 2500000',
        'Complete Order VND 2 10000000000000000',
        'Visit Webpage  7 0',
      ]);
    } finally {
      await db.close();
    }
  });
});
