import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { ActivityStore, TimelinePosition } from '../../src/datasources/activity-store/port.ts';
import type { PhoenixClient } from '../../src/datasources/phoenix/client.ts';
import type { ActivitySummary } from '../../src/domain/activity.ts';
import { parseActivityId } from '../../src/domain/ids.ts';
import type { Json } from '../../src/domain/json.ts';
import { type LeadIdentity, type LeadUpdate, leadKey } from '../../src/domain/lead.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { currentTraits, mergeTraits, type TimedValues } from '../../src/domain/trait-merge.ts';
import { anActivity, NOW, WHOLE_TIMELINE } from '../support/activities.ts';
import { engineSkip } from '../support/engines.ts';
import { openTestPhoenix, settledPhoenix } from '../support/phoenix.ts';

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`leads-${process.pid}-${tenants++}`);
const known = (externalId: string): LeadIdentity => ({ kind: 'known', externalId });
const keyOf = (tenant: Tenant, externalId: string) => leadKey(tenant.idSpace, known(externalId));
const link = (to: string, ...from: string[]): LeadUpdate => ({
  identity: known(to),
  email: null,
  traits: {},
  links: from.map(known),
  at: NOW,
});

const positionOf = (activity: ActivitySummary | undefined): TimelinePosition => {
  assert.ok(activity);
  return { occurredAt: activity.occurredAt, hash: parseActivityId(activity.id)?.hash ?? '' };
};

describe('leads in phoenix', { skip: engineSkip('phoenix') }, () => {
  let fixture: Awaited<ReturnType<typeof openTestPhoenix>>;
  let others: (typeof fixture.client)[];
  let stores: ActivityStore[];
  let store: ActivityStore;
  before(async () => {
    fixture = await openTestPhoenix();
    store = settledPhoenix(fixture.client, fixture);
    others = [fixture.another(), fixture.another()];
    stores = [store, ...others.map((client) => settledPhoenix(client, fixture))];
  });
  after(async () => {
    for (const client of others) await client.close();
    await fixture.drop();
  });

  test('of what many processes say of a lead at once nothing is lost: it is what merging says', async () => {
    // Values whose order differs by UTF-16 and by code point, names that no JavaScript object or SQL text likes.
    const name = fc.constantFrom('a', '', '__proto__', "it's", 'e', '\u0000', 'ä💡', '\ud800');
    const value = fc.oneof(
      fc.constantFrom<Json>('\uffff', '💡', '', 'x', null, true, 0, -1.5, 1e21),
      fc.string({ unit: 'binary' }),
      fc.constant<Json>({ b: [1, { a: null }], a: '' }),
    );
    const at = fc.integer({ min: NOW, max: NOW + 2 });
    const update = fc.record({
      at,
      email: fc.option(fc.constantFrom('a@x.org', 'b@x.org'), { nil: null }),
      traits: fc.dictionary(name, value, { maxKeys: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(update, { minLength: 1, maxLength: 12 }), async (updates) => {
        const tenant = newTenant();
        const identity = known('x');
        const full = updates.map((each): LeadUpdate => ({ ...each, identity, links: [] }));
        await Promise.all(
          stores.map(async (each, process) => {
            // Some say it one by one, some all at once; some backwards.
            const order = process === 1 ? [...full].reverse() : full;
            if (process === 2) await each.updateLeads(tenant, order, signal);
            else for (const one of order) await each.updateLeads(tenant, [one], signal);
          }),
        );
        const traits = full
          .map((each) =>
            Object.fromEntries(Object.entries(each.traits).map(([of, v]) => [of, { v, t: each.at }])),
          )
          .reduce<TimedValues>((a, b) => mergeTraits(a, b), {});
        const email = full
          .flatMap((each) => (each.email === null ? [] : [{ email: { v: each.email, t: each.at } }]))
          .reduce<TimedValues>((a, b) => mergeTraits(a, b), {});
        const [lead] = await store.leads(tenant, [keyOf(tenant, 'x')], signal);
        assert.deepEqual(lead, {
          key: keyOf(tenant, 'x'),
          externalId: 'x',
          email: email['email']?.v ?? null,
          traits: currentTraits(traits),
          aliases: [],
          firstSeenAt: Math.min(...full.map((each) => each.at)),
          lastSeenAt: Math.max(...full.map((each) => each.at)),
        });
      }),
      { numRuns: 12, seed: 42 },
    );
  });

  test('first and last seen are those of all activities and calls, whichever process writes last', async () => {
    const tenant = newTenant();
    const times = Array.from({ length: 60 }, (_, n) => NOW + ((n * 37) % 60) * 1_000);
    await Promise.all(
      times.map((occurredAt, n) =>
        n % 5 === 0
          ? stores[n % 3]?.updateLeads(tenant, [{ ...link('lead-1'), at: occurredAt }], signal)
          : stores[n % 3]?.write(tenant, [anActivity(tenant.id, { occurredAt })], signal),
      ),
    );
    const [lead] = await store.leads(tenant, [keyOf(tenant, 'lead-1')], signal);
    assert.equal(lead?.firstSeenAt, NOW);
    assert.equal(lead?.lastSeenAt, NOW + 59_000);
  });

  /** That these identities are one person, of whom all of them have one timeline, and who knows all others by name. */
  const assertOne = async (tenant: Tenant, names: readonly string[]): Promise<void> => {
    const keys = names.map((each) => keyOf(tenant, each));
    const persons = await store.persons(tenant, keys, signal);
    const [first] = persons;
    for (const person of persons) assert.deepEqual(person, first);
    const canonical = names.find((each) => keyOf(tenant, each) === first?.lead.key);
    assert.equal(first?.lead.externalId, canonical);
    assert.deepEqual(first?.lead.aliases, names.filter((each) => each !== canonical).sort());
    assert.equal(first?.identities.length, names.length);
    const request = { ...WHOLE_TIMELINE, first: names.length + 1 };
    for (const page of await store.timelines(
      tenant,
      keys.map((key) => ({ leadKey: key, ...request })),
      signal,
    ))
      assert.deepEqual(
        page.activities.map(({ messageId }) => messageId).sort(),
        names.map((each) => `${tenant.id}-${each}`).sort(),
      );
  };
  const appear = (tenant: Tenant, names: readonly string[]) =>
    store.write(
      tenant,
      names.map((each) => anActivity(tenant.id, { externalId: each, messageId: `${tenant.id}-${each}` })),
      signal,
    );

  test('links that processes make at once, in chains, stars and circles, leave one lead', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    // Each identity is linked at most once, so that no link loses to a first one: [to, from].
    const shapes: readonly (readonly (readonly [string, string])[])[] = [
      [
        ['b', 'a'],
        ['c', 'b'],
        ['d', 'c'],
        ['e', 'd'],
        ['f', 'e'],
      ],
      [
        ['a', 'b'],
        ['a', 'c'],
        ['a', 'd'],
        ['a', 'e'],
        ['a', 'f'],
      ],
      [
        ['b', 'a'],
        ['c', 'b'],
        ['a', 'c'],
        ['a', 'd'],
        ['d', 'e'],
        ['e', 'f'],
      ],
      [
        ['b', 'a'],
        ['d', 'c'],
        ['f', 'e'],
        ['d', 'b'],
        ['f', 'd'],
        ['b', 'f'],
      ],
      [
        ['b', 'a'],
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'd'],
        ['c', 'e'],
        ['d', 'f'],
      ],
    ];
    for (const shape of shapes)
      for (let round = 0; round < 4; round += 1) {
        const tenant = newTenant();
        await appear(tenant, names);
        await Promise.all(
          shape.map(([to, from], n) =>
            stores[(n + round) % 3]?.updateLeads(tenant, [link(to, from)], signal),
          ),
        );
        await assertOne(tenant, names);
      }
  });

  test('a process that was held up while it joined two groups leaves nobody of a third behind', async () => {
    const tenant = newTenant();
    const [least = '', middle = '', greatest = ''] = ['a', 'b', 'c'].sort((x, y) =>
      keyOf(tenant, x) < keyOf(tenant, y) ? -1 : 1,
    );
    await appear(tenant, [least, middle, greatest]);
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const held: PhoenixClient = {
      query: (text, values, options) => fixture.client.query(text, values, options),
      async batch(text, rows, options) {
        // It has seen that both are alone, and is about to give the greater one the lesser as its root.
        if (text.includes('(TENANT, LEAD, FACT, TARGET)')) {
          reached.resolve();
          await goOn.promise;
        }
        return fixture.client.batch(text, rows, options);
      },
    };
    const late = settledPhoenix(held, fixture).updateLeads(tenant, [link(greatest, least)], signal);
    await reached.promise;
    await store.updateLeads(tenant, [link(middle, greatest)], signal);
    goOn.resolve();
    await late;
    await assertOne(tenant, [least, middle, greatest]);
  });

  test('links of one call are made in their order, whatever depends on what', async () => {
    const tenant = newTenant();
    const names = ['a', 'b', 'c', 'd', 'e'];
    await appear(tenant, names);
    await store.updateLeads(
      tenant,
      [
        link('b', 'a'),
        link('b', 'a'),
        link('c', 'b'),
        link('d', 'a', 'c'),
        link('e', 'c', 'd'),
        link('a', 'e'),
      ],
      signal,
    );
    await assertOne(tenant, names);
    const [lead] = await store.leads(tenant, [keyOf(tenant, 'a')], signal);
    assert.equal(lead?.externalId, 'e');
  });

  test('the first link of an identity wins', async () => {
    const tenant = newTenant();
    await appear(tenant, ['a', 'b', 'c']);
    await store.updateLeads(tenant, [link('b', 'a'), link('c', 'a')], signal);
    await store.updateLeads(tenant, [link('c', 'a')], signal);
    const leads = await store.leads(
      tenant,
      ['a', 'b', 'c'].map((each) => keyOf(tenant, each)),
      signal,
    );
    assert.deepEqual(
      leads.map((lead) => lead?.externalId),
      ['b', 'b', 'c'],
    );
  });

  test('a process may die while it links: the same call again leaves one lead', async () => {
    const names = ['a', 'b', 'c', 'd'];
    for (let at = 1, isDead = true; isDead; at += 1) {
      const tenant = newTenant();
      await appear(tenant, names);
      await store.updateLeads(tenant, [link('b', 'a'), link('d', 'c')], signal);
      let count = 0;
      const step = async <T>(send: () => Promise<T>): Promise<T> => {
        if ((count += 1) > at) throw new Error('the process died');
        return send();
      };
      const dying: PhoenixClient = {
        query: (text, values, options) => step(() => fixture.client.query(text, values, options)),
        batch: (text, rows, options) => step(() => fixture.client.batch(text, rows, options)),
      };
      isDead = await settledPhoenix(dying, fixture)
        .updateLeads(tenant, [link('d', 'b')], signal)
        .then(
          () => false,
          () => true,
        );
      await store.updateLeads(tenant, [link('d', 'b')], signal);
      await assertOne(tenant, names);
    }
  });

  test('a timeline of many identities is paged to its end in order, narrowed by type as well', async () => {
    const tenant = newTenant();
    const anonymous = Array.from({ length: 20 }, (_, n) => `anon-${n}`);
    const activities = Array.from({ length: 120 }, (_, n) =>
      anActivity(tenant.id, {
        ...(n % 4 === 0 ? { externalId: 'ann' } : { anonymousId: anonymous[n % 20] ?? '' }),
        occurredAt: NOW + ((n * 7) % 40) * 1_000,
        type: n % 3 === 0 ? 'Open Email' : 'Visit Webpage',
      }),
    );
    await store.write(tenant, activities, signal);
    const update = {
      ...link('ann'),
      links: anonymous.map((anonymousId) => ({ kind: 'anonymous', anonymousId }) as const),
    };
    await store.updateLeads(tenant, [update], signal);
    for (const types of [null, ['Open Email', 'Click Email', 'Send Email']]) {
      const expected = activities.filter(({ type }) => types === null || types.includes(type));
      const seen: string[] = [];
      let position: TimelinePosition | null = null;
      for (let more = true; more; ) {
        const [page] = await store.timelines(
          tenant,
          [{ ...WHOLE_TIMELINE, leadKey: keyOf(tenant, 'ann'), first: 11, after: position, types }],
          signal,
        );
        assert.ok(page && page.activities.length > 0);
        for (const { id } of page.activities) seen.push(id);
        more = page.hasNextPage;
        position = positionOf(page.activities.at(-1));
      }
      const order = (id: string): string => {
        const at = positionOf(activities.find((activity) => activity.id === id));
        return `${at.occurredAt}${at.hash}`;
      };
      assert.deepEqual(
        seen,
        expected.map(({ id }) => id).sort((a, b) => (order(a) < order(b) ? 1 : -1)),
      );
    }
  });
});
