import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PhoenixClient } from '../../src/datasources/phoenix/client.ts';
import { engineSkip } from '../support/engines.ts';
import { openTestPhoenix, settledPhoenix } from '../support/phoenix.ts';
import { activityStoreContract } from './activity-store.ts';
import { personalStoreContract } from './personal-data.ts';

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
    return { store: settledPhoenix(recorded, { schema }), close: drop };
  });

  personalStoreContract('phoenix adapter', async () => {
    const { client, schema, drop } = await openTestPhoenix();
    return { port: settledPhoenix(client, { schema }), close: drop };
  });

  // After the suite above: tests of one file run one after the other.
  test('no statement of the whole suite left out its tenant', () => {
    assert.ok(sent.length > 200);
    for (const { text, first } of sent) {
      assert.ok(isBound(text), text);
      for (const value of first) assert.match(String(value), /^store-\d+-\d+$/);
    }
  });
});

/** Whether a statement is about one tenant: its first value is the tenant of each row, or of all that is read or removed. */
function isBound(text: string): boolean {
  if (/^UPSERT INTO \w+\.\w+ \(TENANT, /.test(text)) return true;
  const rest = /^(?:SELECT [\w, ]+|DELETE) FROM \w+\.\w+ WHERE TENANT = \?(.*)$/.exec(text)?.[1];
  if (rest === undefined) return false;
  const end = /^(?: ORDER BY [\w, ]+)?(?: LIMIT \?)?$/;
  if (!rest.startsWith(' AND (')) return end.test(rest);
  // The one condition beside the tenant ends where its parenthesis does; nothing may be OR-ed to it.
  let depth = 0;
  for (let at = ' AND '.length; at < rest.length; at += 1) {
    if (rest[at] === '(') depth += 1;
    if (rest[at] === ')') depth -= 1;
    if (depth === 0) return end.test(rest.slice(at + 1));
  }
  return false;
}
