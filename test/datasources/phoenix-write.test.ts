import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createPhoenixStore } from '../../src/datasources/activity-store/phoenix.ts';
import type { PhoenixClient } from '../../src/datasources/activity-store/phoenix-scope.ts';
import type { ActivityStore } from '../../src/datasources/activity-store/port.ts';
import type { Activity } from '../../src/domain/activity.ts';
import { leadKey } from '../../src/domain/lead.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { openTestPhoenix } from '../support/phoenix.ts';

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`write-${process.pid}-${tenants++}`);

describe('writes to phoenix', { skip: engineSkip('phoenix') }, () => {
  let fixture: Awaited<ReturnType<typeof openTestPhoenix>>;
  let store: ActivityStore;
  before(async () => {
    fixture = await openTestPhoenix();
    store = createPhoenixStore(fixture.client, fixture);
  });
  after(() => fixture.drop());

  /** Messages m-0 …, each said by another writer of another lead, at another time, with another body. */
  const messages = (tenant: Tenant, writer: number, count: number): Activity[] =>
    Array.from({ length: count }, (_, n) =>
      anActivity(tenant.id, {
        messageId: `m-${n}`,
        externalId: `lead-${writer}`,
        occurredAt: NOW + writer * 1_000 + n,
        campaign: { id: `campaign-${writer}`, name: null },
        attributes: { writer, text: 'Zeile\n"\\\t💡' },
      }),
    );

  /** Everything that is stored of these writers, by the timelines of their leads. */
  const everything = async (tenant: Tenant, writers: number): Promise<Activity[]> => {
    const pages = await store.timelines(
      tenant,
      Array.from({ length: writers }, (_, writer) => ({
        leadKey: leadKey(tenant.id, { kind: 'known', externalId: `lead-${writer}` }),
        ...{ first: 1_000, after: null, types: null, from: null, to: null },
      })),
      signal,
    );
    return pages.flatMap(({ activities }) => activities);
  };
  const intents = async (tenant: Tenant): Promise<number> => {
    const { rows } = await fixture.client.query<{ TOKEN: string }>(
      `SELECT TOKEN FROM ${fixture.schema}.INTENTS WHERE TENANT = ?`,
      [tenant.id],
    );
    return rows.length;
  };

  /** Each message has one row, which is what `verdicts` say and what one writer sent; leads and campaigns fit. */
  const assertOnce = async (
    tenant: Tenant,
    sent: readonly (readonly Activity[])[],
    count: number,
  ): Promise<void> => {
    const rows = await everything(tenant, sent.length);
    assert.deepEqual(
      rows.map(({ messageId }) => messageId).sort(),
      Array.from({ length: count }, (_, n) => `m-${n}`).sort(),
    );
    const originals = new Map(sent.flat().map((activity) => [activity.id, activity]));
    for (const row of rows) assert.deepEqual(row, originals.get(row.id));
    const verdicts = await store.write(tenant, sent.at(-1) ?? [], signal);
    assert.deepEqual(
      verdicts,
      verdicts.map(({ id }) => ({ status: 'duplicate', id })),
    );
    assert.deepEqual(verdicts.map(({ id }) => id).sort(), rows.map(({ id }) => id).sort());
    for (const [writer, activities] of sent.entries()) {
      const mine = rows.filter(({ id }) => activities.some((activity) => activity.id === id));
      const [lead] = await store.leads(
        tenant,
        [leadKey(tenant.id, { kind: 'known', externalId: `lead-${writer}` })],
        signal,
      );
      assert.equal(lead?.firstSeenAt, mine.at(-1)?.occurredAt);
      assert.equal(lead?.lastSeenAt, mine[0]?.occurredAt);
      const [campaign] = await store.campaigns(tenant, [`campaign-${writer}`], signal);
      assert.equal(campaign?.createdAt, mine.at(-1)?.occurredAt);
    }
  };

  test('of many processes that write the same messages with different bodies, one stores each', async () => {
    const tenant = newTenant();
    const clients = await Promise.all([fixture.another(), fixture.another(), fixture.another()]);
    const stores = [store, ...clients.map((client) => createPhoenixStore(client, fixture))];
    const sent = stores.map((_, writer) => messages(tenant, writer, 300));
    const verdicts = (
      await Promise.all(stores.map((each, writer) => each.write(tenant, sent[writer] ?? [], signal)))
    ).flat();
    const stored = verdicts.filter(({ status }) => status === 'stored').map(({ id }) => id);
    assert.equal(stored.length, 300);
    assert.equal(new Set(stored).size, 300);
    assert.deepEqual(new Set(verdicts.map(({ id }) => id)), new Set(stored));
    const rows = await everything(tenant, stores.length);
    assert.deepEqual(rows.map(({ id }) => id).sort(), stored.sort());
    await assertOnce(tenant, sent, 300);
    assert.equal(await intents(tenant), 0);
    for (const client of clients) await client.close();
  });

  /** A client that fails at its n-th statement: before it is sent, or after it was done and before the answer came. */
  const failing = (
    at: number,
    when: 'before' | 'after',
  ): { client: PhoenixClient; wasReached(): boolean } => {
    let count = 0;
    const step = async <T>(send: () => Promise<T>): Promise<T> => {
      const isLast = (count += 1) >= at;
      if (isLast && when === 'before') throw new Error('the process died');
      const answer = await send();
      if (isLast) throw new Error('the process died');
      return answer;
    };
    const { client } = fixture;
    return {
      wasReached: () => count >= at,
      client: {
        query: (text, values, options) => step(() => client.query(text, values, options)),
        batch: (text, rows, options) => step(() => client.batch(text, rows, options)),
      },
    };
  };

  test('a process may die at any step: whoever writes next, with whatever bodies, each message is there once', async () => {
    for (const when of ['before', 'after'] as const) {
      let steps = 0;
      for (let wasReached = true; wasReached; steps += 1) {
        const dying = failing(steps + 1, when);
        const tenant = newTenant();
        const [first, second] = [messages(tenant, 0, 6), messages(tenant, 1, 9)];
        const outcome = await createPhoenixStore(dying.client, fixture)
          .write(tenant, first, signal)
          .catch((error: Error) => error.message);
        wasReached = dying.wasReached();
        if (wasReached) assert.equal(outcome, 'the process died');
        await store.write(tenant, second, signal);
        await assertOnce(tenant, [first, second], 9);
      }
      assert.ok(steps >= 8, `${steps} steps`);
    }
  });

  test('the same batch again after any failure is whole, and leaves no intent', async () => {
    for (const at of [2, 3, 4, 5, 6, 7])
      for (const readsClaimsFirst of [false, true]) {
        const tenant = newTenant();
        const batch = messages(tenant, 0, 5);
        const { client } = failing(at, 'after');
        await assert.rejects(createPhoenixStore(client, fixture).write(tenant, batch, signal));
        await createPhoenixStore(fixture.client, { ...fixture, readsClaimsFirst }).write(
          tenant,
          batch,
          signal,
        );
        await assertOnce(tenant, [batch], 5);
        assert.equal(await intents(tenant), 0);
      }
  });

  test('a first writer that comes back late adds no second row', async () => {
    const tenant = newTenant();
    const [first, second] = [messages(tenant, 0, 20), messages(tenant, 1, 20)];
    const claimed = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const slow: PhoenixClient = {
      query: (text, values, options) => fixture.client.query(text, values, options),
      async batch(text, rows, options) {
        const counts = await fixture.client.batch(text, rows, options);
        if (text.includes('CLAIMS')) {
          claimed.resolve();
          await goOn.promise;
        }
        return counts;
      },
    };
    const late = createPhoenixStore(slow, fixture).write(tenant, first, signal);
    await claimed.promise;
    const verdicts = await store.write(tenant, second, signal);
    assert.deepEqual(
      verdicts,
      first.map(({ id }) => ({ status: 'duplicate', id })),
    );
    assert.deepEqual(
      await store.activities(
        tenant,
        first.map(({ id }) => id),
        signal,
      ),
      first,
    );
    goOn.resolve();
    assert.deepEqual(
      await late,
      first.map(({ id }) => ({ status: 'stored', id })),
    );
    await assertOnce(tenant, [first], 20);
    assert.equal((await everything(tenant, 2)).length, 20);
  });

  test('batches larger than one statement, and bodies larger than one intent, come back exactly', async () => {
    const tenant = newTenant();
    const many = Array.from({ length: 2_300 }, (_, n) => anActivity(tenant.id, { occurredAt: NOW + n }));
    const large = Array.from({ length: 12 }, (_, n) =>
      anActivity(tenant.id, { occurredAt: NOW - n, context: { text: 'ä'.repeat(300_000) } }),
    );
    const sent = [...many, ...large];
    const verdicts = await store.write(tenant, [...sent, ...sent.slice(0, 50)], signal);
    assert.equal(verdicts.filter(({ status }) => status === 'stored').length, sent.length);
    const found = await store.activities(
      tenant,
      sent.map(({ id }) => id),
      signal,
    );
    assert.deepEqual(found, sent);
  });
});
