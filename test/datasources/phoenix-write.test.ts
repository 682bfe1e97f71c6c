import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createPhoenixStore } from '../../src/datasources/activity-store/phoenix/adapter.ts';
import { createPhoenixClaims } from '../../src/datasources/activity-store/phoenix/claims.ts';
import type { ActivityReads, ActivityRows } from '../../src/datasources/activity-store/port.ts';
import type { PhoenixClient } from '../../src/datasources/phoenix/client.ts';
import type { Activity } from '../../src/domain/activity.ts';
import { leadKey } from '../../src/domain/lead.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { anActivity, NOW, WHOLE_TIMELINE } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { openTestPhoenix, settledPhoenix } from '../support/phoenix.ts';
import { appendToTestLog, settleInto } from '../support/settled-store.ts';

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`write-${process.pid}-${tenants++}`);
const leadOf = (tenant: Tenant, writer: number) =>
  leadKey(tenant.idSpace, { kind: 'known', externalId: `lead-${writer}` });

describe('writes to phoenix', { skip: engineSkip('phoenix') }, () => {
  let fixture: Awaited<ReturnType<typeof openTestPhoenix>>;
  let store: ActivityReads & ActivityRows;
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
        ...WHOLE_TIMELINE,
        leadKey: leadOf(tenant, writer),
        first: 1_000,
      })),
      signal,
    );
    return pages.flatMap(({ activities }) => activities as Activity[]);
  };

  /** Each message has one row, which one writer sent; leads and campaigns fit. */
  const assertOnce = async (
    tenant: Tenant,
    sent: readonly (readonly Activity[])[],
    count: number,
  ): Promise<readonly Activity[]> => {
    const rows = await everything(tenant, sent.length);
    assert.deepEqual(
      rows.map(({ messageId }) => messageId).sort(),
      Array.from({ length: count }, (_, n) => `m-${n}`).sort(),
    );
    const originals = new Map(sent.flat().map((activity) => [activity.id, activity]));
    for (const row of rows) assert.deepEqual(row, originals.get(row.id));
    for (const [writer, activities] of sent.entries()) {
      const mine = rows.filter(({ id }) => activities.some((activity) => activity.id === id));
      const [lead] = await store.leads(tenant, [leadOf(tenant, writer)], signal);
      assert.equal(lead?.firstSeenAt, mine.at(-1)?.occurredAt);
      assert.equal(lead?.lastSeenAt, mine[0]?.occurredAt);
      const [campaign] = await store.campaigns(tenant, [`campaign-${writer}`], signal);
      assert.equal(campaign?.createdAt, mine.at(-1)?.occurredAt);
    }
    return rows;
  };

  test('of many processes that write the same messages with different bodies, one stores each', async () => {
    const tenant = newTenant();
    const clients = [fixture.client, fixture.another(), fixture.another(), fixture.another()];
    const sent = clients.map((_, writer) => messages(tenant, writer, 300));
    const verdicts = await Promise.all(
      clients.map((client, writer) =>
        settledPhoenix(client, fixture).write(tenant, sent[writer] ?? [], signal),
      ),
    );
    const stored = verdicts.flat().filter(({ status }) => status === 'stored');
    const rows = await assertOnce(tenant, sent, 300);
    assert.deepEqual(stored.map(({ id }) => id).sort(), rows.map(({ id }) => id).sort());
    assert.deepEqual(new Set(verdicts.flat().map(({ id }) => id)), new Set(rows.map(({ id }) => id)));
    for (const client of clients.slice(1)) await client.close();
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

  test('whoever settles may die at any step: settled again from the log, each message is there once, the first', async () => {
    const claims = createPhoenixClaims(fixture.client, fixture);
    for (const when of ['before', 'after'] as const) {
      let steps = 0;
      for (let wasReached = true; wasReached; steps += 1) {
        const dying = failing(steps + 1, when);
        const tenant = newTenant();
        const sent = [messages(tenant, 0, 6), messages(tenant, 1, 9)] as const;
        const logged = sent.map((activities) => appendToTestLog(activities));
        for (const activities of sent) await store.put([{ tenant, activities }], signal);
        const settle = async (by: ActivityRows, with_: typeof claims): Promise<void> => {
          for (const entries of logged) await settleInto(by, with_, tenant, entries, signal);
        };
        const outcome = await settle(
          createPhoenixStore(dying.client, fixture),
          createPhoenixClaims(dying.client, fixture),
        ).catch((error: Error) => error.message);
        wasReached = dying.wasReached();
        if (wasReached) assert.equal(outcome, 'the process died');
        await settle(store, claims);
        const rows = await assertOnce(tenant, sent, 9);
        const firsts = new Set([...sent[0], ...sent[1].slice(6)].map(({ id }) => id));
        assert.deepEqual(new Set(rows.map(({ id }) => id)), firsts);
      }
      assert.ok(steps >= 8, `${steps} steps`);
    }
  });

  test('a row that was never written is there once it is settled, and its lead is there as soon as its row is', async () => {
    const tenant = newTenant();
    const claims = createPhoenixClaims(fixture.client, fixture);
    const [missed] = messages(tenant, 0, 1) as [Activity];
    await settleInto(store, claims, tenant, appendToTestLog([missed]), signal);
    assert.deepEqual(await store.activities(tenant, [missed.id], signal), [missed]);
    const early = messages(tenant, 1, 3);
    await store.put([{ tenant, activities: early }], signal);
    const [lead, none] = await store.leads(tenant, [leadOf(tenant, 1), leadOf(tenant, 2)], signal);
    assert.deepEqual(
      { externalId: lead?.externalId, firstSeenAt: lead?.firstSeenAt, lastSeenAt: lead?.lastSeenAt },
      { externalId: 'lead-1', firstSeenAt: early[0]?.occurredAt, lastSeenAt: early[2]?.occurredAt },
    );
    assert.equal(none, null);
  });

  test('what a repeat wrote over the first is what the first said again, to the millisecond it was received', async () => {
    const tenant = newTenant();
    const claims = createPhoenixClaims(fixture.client, fixture);
    const at = { messageId: 'm', occurredAt: NOW };
    const first = { ...anActivity(tenant.id, { ...at, attributes: { said: 'first' } }), receivedAt: NOW + 5 };
    const repeats = [
      { ...first, receivedAt: NOW + 60_000 },
      { ...anActivity(tenant.id, { ...at, attributes: { said: 'second' } }), receivedAt: NOW + 90_000 },
      anActivity(tenant.id, { ...at, occurredAt: NOW + 1, attributes: { said: 'third' } }),
    ];
    await settleInto(store, claims, tenant, appendToTestLog([first]), signal);
    for (const repeat of repeats) {
      const logged = appendToTestLog([repeat]);
      await store.put([{ tenant, activities: [repeat] }], signal);
      await settleInto(store, claims, tenant, logged, signal);
      assert.deepEqual(await store.activities(tenant, [first.id], signal), [first]);
      if (repeat.id !== first.id)
        assert.deepEqual(await store.activities(tenant, [repeat.id], signal), [null]);
    }
  });

  test('rows of many tenants go in one statement, each to its own tenant, and none with a tenant that is none', async () => {
    const [one, two] = [newTenant(), newTenant()];
    const sent = [one, two].map((tenant) => ({ tenant, activities: messages(tenant, 0, 40) }));
    let statements = 0;
    const counted = createPhoenixStore(
      {
        query: (text, values, options) => fixture.client.query(text, values, options),
        batch(text, rows, options) {
          statements += 1;
          return fixture.client.batch(text, rows, options);
        },
      },
      fixture,
    );
    await counted.put(sent, signal);
    assert.equal(statements, 1);
    for (const { tenant, activities } of sent) {
      assert.deepEqual(await everything(tenant, 1), activities.toReversed());
      const other = sent.find((group) => group.tenant !== tenant);
      const ids = other?.activities.map(({ id }) => id) ?? [];
      assert.ok((await store.activities(tenant, ids, signal)).every((found) => found === null));
    }
    const fresh = newTenant();
    const forged = { tenant: { id: one.id } as unknown as Tenant, activities: messages(one, 1, 1) };
    const [group] = [{ tenant: fresh, activities: messages(fresh, 0, 1) }];
    await assert.rejects(store.put([group, forged], signal), { code: 'FORBIDDEN' });
    assert.deepEqual(await everything(fresh, 1), []);
  });

  test('batches larger than one statement, and long bodies, come back exactly', async () => {
    const tenant = newTenant();
    const many = Array.from({ length: 2_300 }, (_, n) => anActivity(tenant.id, { occurredAt: NOW + n }));
    const large = Array.from({ length: 12 }, (_, n) =>
      anActivity(tenant.id, { occurredAt: NOW - n, context: { text: 'ä'.repeat(300_000) } }),
    );
    const sent = [...many, ...large];
    const settled = settledPhoenix(fixture.client, fixture);
    const verdicts = await settled.write(tenant, [...sent, ...sent.slice(0, 50)], signal);
    assert.equal(verdicts.filter(({ status }) => status === 'stored').length, sent.length);
    const found = await store.activities(
      tenant,
      sent.map(({ id }) => id),
      signal,
    );
    assert.deepEqual(found, sent);
  });
});
