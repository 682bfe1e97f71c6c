import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migratePhoenix } from '../../../../../src/datasources/activity-store/phoenix/schema.ts';

test('rows and failed activities each have a retention of their own, locks a day; all else is kept', async () => {
  const ttls = async (options: { retentionSeconds?: number; failedRetentionSeconds?: number }) => {
    const found = new Map<string, number>();
    const client = {
      async query(text: string) {
        const [, table] = /^CREATE TABLE IF NOT EXISTS T\.(\w+)/.exec(text) ?? [];
        const [, seconds] = /\bTTL=(\d+)/.exec(text) ?? [];
        if (table && seconds) found.set(table, Number(seconds));
        return { rows: [], columns: [], updated: 0 };
      },
    };
    await migratePhoenix(client as unknown as Parameters<typeof migratePhoenix>[0], {
      schema: 'T',
      ...options,
    });
    return Object.fromEntries(found);
  };
  // A person is locked for the minutes of a lease.
  const locks = { RUN_PERSONS: 86_400 };
  assert.deepEqual(await ttls({}), locks);
  assert.deepEqual(await ttls({ failedRetentionSeconds: 7.5 }), { ...locks, FAILED_ACTIVITIES: 8 });
  assert.deepEqual(await ttls({ retentionSeconds: 60, failedRetentionSeconds: 8 }), {
    ACTIVITIES: 60,
    CLAIMS: 60,
    FAILED_ACTIVITIES: 8,
    ...locks,
  });
});
