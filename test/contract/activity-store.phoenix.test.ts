import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPhoenixStore } from '../../src/datasources/activity-store/phoenix.ts';
import type { PhoenixClient } from '../../src/datasources/activity-store/phoenix-scope.ts';
import { engineSkip } from '../support/engines.ts';
import { openTestPhoenix } from '../support/phoenix.ts';
import { activityStoreContract } from './activity-store.ts';

describe('phoenix', { skip: engineSkip('phoenix') }, () => {
  const sent: { readonly text: string; readonly first: readonly unknown[] }[] = [];

  activityStoreContract('phoenix adapter', async () => {
    const { client, schema, drop } = await openTestPhoenix();
    const recorded: PhoenixClient = {
      query(text, values = [], options = {}) {
        sent.push({ text, first: [values[0]] });
        return client.query(text, values, options);
      },
      batch(text, rows, options = {}) {
        sent.push({ text, first: rows.map((row) => row[0]) });
        return client.batch(text, rows, options);
      },
    };
    return { store: createPhoenixStore(recorded, { schema }), close: drop };
  });

  // After the suite above: tests of one file run one after the other.
  test('no statement of the whole suite left out its tenant', () => {
    const read =
      /^(?:SELECT [A-Z_, ]+|DELETE) FROM T[0-9A-F]+\.[A-Z_]+ WHERE TENANT = \? AND \([^()]*(?:\([?, ]+\)[^()]*)*\)/;
    const readAll =
      /^SELECT [A-Z_, ]+ FROM T[0-9A-F]+\.[A-Z_]+ WHERE TENANT = \?(?: ORDER BY [A-Z_, ]+)? LIMIT \?$/;
    const write = /^UPSERT INTO T[0-9A-F]+\.[A-Z_]+ \(TENANT, /;
    assert.ok(sent.length > 200);
    for (const { text, first } of sent) {
      assert.ok(read.test(text) || readAll.test(text) || write.test(text), text);
      for (const value of first) assert.match(String(value), /^store-\d+-\d+$/);
    }
  });
});
