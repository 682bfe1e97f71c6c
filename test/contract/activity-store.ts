import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { ActivityStore, TimelinePosition } from '../../src/datasources/activity-store/port.ts';
import { parseActivityId } from '../../src/domain/ids.ts';
import { type LeadUpdate, leadKey } from '../../src/domain/lead.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { anActivity, DAY, HOUR, NOW, WHOLE_TIMELINE } from '../support/activities.ts';

export type StoreFixture = { readonly store: ActivityStore; close(): Promise<void> };
const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`store-${process.pid}-${tenants++}`);
const known = (tenant: Tenant, externalId: string) => leadKey(tenant.idSpace, { kind: 'known', externalId });

/** That `from` is `to`, both external ids. */
const link = (to: string, from: string) =>
  ({
    identity: { kind: 'known', externalId: to },
    email: null,
    traits: {},
    links: [{ kind: 'known', externalId: from }],
    at: NOW,
  }) as const;

async function wholeTimeline(
  store: ActivityStore,
  tenant: Tenant,
  key: string,
  first: number,
  onPage?: () => Promise<void>,
) {
  const ids: string[] = [];
  let after: TimelinePosition | null = null;
  for (;;) {
    const [page] = await store.timelines(tenant, [{ ...WHOLE_TIMELINE, leadKey: key, first, after }], signal);
    assert.ok(page);
    for (const activity of page.activities) ids.push(activity.id);
    if (!page.hasNextPage) return ids;
    const last = page.activities.at(-1);
    assert.ok(last, 'a page with a next page is never empty');
    after = { occurredAt: last.occurredAt, hash: parseActivityId(last.id)?.hash ?? '' };
    await onPage?.();
  }
}

/** What every adapter of the activity store must keep. */
export function activityStoreContract(name: string, open: () => Promise<StoreFixture>): void {
  describe(`activity store: ${name}`, () => {
    let fixture: StoreFixture;
    let store: ActivityStore;
    before(async () => {
      fixture = await open();
      store = fixture.store;
    });
    after(() => fixture.close());

    test('an activity comes back by id exactly as it was written', async () => {
      const tenant = newTenant();
      const activity = anActivity(tenant.id, {
        type: 'Click Email',
        campaign: { id: 'c1', name: 'Spring' },
        assetId: 'mail-1',
        channel: 'email',
        attributes: {
          link: 'https://example.com/?a=1',
          subject: 'Grüße „quoted" \\ \' 💡',
          n: 1.5,
          flag: true,
        },
        context: { userAgent: 'x', nested: { list: [1, null, 'a'] } },
        country: 'DE',
        device: 'mobile',
        isBot: true,
        agentKind: 'SCANNER',
      });
      assert.deepEqual(await store.write(tenant, [activity], signal), [
        { status: 'stored', id: activity.id },
      ]);
      assert.deepEqual(await store.activities(tenant, [activity.id], signal), [activity]);
    });

    test('answers come in input order, with null for what is not there', async () => {
      const tenant = newTenant();
      const [a, b, c] = [anActivity(tenant.id), anActivity(tenant.id), anActivity(tenant.id)] as const;
      await store.write(tenant, [a, b], signal);
      const found = await store.activities(tenant, [b.id, c.id, a.id, 'nonsense'], signal);
      assert.deepEqual(
        found.map((activity) => activity?.id ?? null),
        [b.id, null, a.id, null],
      );
    });

    test('a messageId is stored once: the first wins, whatever the repeat says', async () => {
      const tenant = newTenant();
      const first = anActivity(tenant.id, { messageId: 'm' });
      const repeat = anActivity(tenant.id, {
        messageId: 'm',
        externalId: 'someone-else',
        occurredAt: NOW + HOUR,
      });
      const verdicts = await store.write(tenant, [first, repeat], signal);
      assert.deepEqual(verdicts, [
        { status: 'stored', id: first.id },
        { status: 'duplicate', id: first.id },
      ]);
      assert.deepEqual(await store.write(tenant, [repeat], signal), [{ status: 'duplicate', id: first.id }]);
      assert.deepEqual(await wholeTimeline(store, tenant, known(tenant, 'someone-else'), 10), []);
    });

    test('concurrent writers of overlapping batches store each messageId once and none deadlocks', async () => {
      const tenant = newTenant();
      const batches = Array.from({ length: 8 }, (_, writer) =>
        Array.from({ length: 60 }, (_, n) =>
          anActivity(tenant.id, {
            messageId: `m-${(n * (writer + 1)) % 97}`,
            externalId: `l-${n % 7}`,
            campaign: { id: `c-${(n + writer) % 5}`, name: null },
          }),
        ),
      );
      const verdicts = (await Promise.all(batches.map((batch) => store.write(tenant, batch, signal)))).flat();
      const distinct = new Set(batches.flat().map((activity) => activity.messageId));
      assert.equal(verdicts.filter((verdict) => verdict.status === 'stored').length, distinct.size);
    });

    test('a timeline paged to the end is every activity once, newest first, while newer ones arrive', async () => {
      const tenant = newTenant();
      const activities = Array.from({ length: 53 }, (_, n) =>
        anActivity(tenant.id, { occurredAt: NOW - (n % 11) * HOUR }),
      );
      await store.write(tenant, activities, signal);
      const expected = [...activities]
        .sort(
          (a, b) =>
            b.occurredAt - a.occurredAt ||
            ((parseActivityId(a.id)?.hash ?? '') < (parseActivityId(b.id)?.hash ?? '') ? 1 : -1),
        )
        .map((activity) => activity.id);
      const ids = await wholeTimeline(store, tenant, known(tenant, 'lead-1'), 7, async () => {
        await store.write(tenant, [anActivity(tenant.id, { occurredAt: NOW + DAY })], signal);
      });
      assert.deepEqual(ids, expected);
    });

    test('a timeline can be narrowed by types and by time, from inclusive, to exclusive', async () => {
      const tenant = newTenant();
      const at = (hours: number, type: string) =>
        anActivity(tenant.id, { occurredAt: NOW + hours * HOUR, type });
      const all = [at(0, 'Visit Webpage'), at(1, 'Open Email'), at(2, 'Visit Webpage'), at(3, 'Click Email')];
      await store.write(tenant, all, signal);
      const request = { ...WHOLE_TIMELINE, leadKey: known(tenant, 'lead-1'), first: 10 };
      const [typed, ranged] = await store.timelines(
        tenant,
        [
          { ...request, types: ['Open Email', 'Click Email'] },
          { ...request, from: NOW + HOUR, to: NOW + 3 * HOUR },
        ],
        signal,
      );
      assert.deepEqual(
        typed?.activities.map((a) => a.type),
        ['Click Email', 'Open Email'],
      );
      assert.deepEqual(
        ranged?.activities.map((a) => a.occurredAt),
        [NOW + 2 * HOUR, NOW + HOUR],
      );
    });

    test('pages have details where they are asked for, each page its own, and all else in any case', async () => {
      const tenant = newTenant();
      const sent = ['ann', 'bob'].map((externalId) =>
        anActivity(tenant.id, {
          externalId,
          campaign: { id: 'c', name: ',"attributes":{},"country":' },
          attributes: { page: '/a', nested: { country: 'x', attributes: [1] } },
          context: { ip: '10.0.0.1', country: null },
          country: 'DE',
        }),
      );
      await store.write(tenant, sent, signal);
      for (const details of [
        [true, true],
        [true, false],
        [false, false],
      ]) {
        const requests = ['ann', 'bob'].map((id, at) => ({
          ...WHOLE_TIMELINE,
          leadKey: known(tenant, id),
          first: 5,
          details: details[at] ?? false,
        }));
        const pages = await store.timelines(tenant, requests, signal);
        for (const [at, page] of pages.entries()) {
          const [found] = page.activities;
          if (details[at]) assert.deepEqual(found, sent[at]);
          const { attributes: _, context: __, ...rest } = found ?? {};
          const { attributes: ___, context: ____, ...expected } = sent[at] ?? {};
          assert.deepEqual(rest, expected);
        }
      }
    });

    test('a link that an activity tells of says nothing of when the lead was seen: the activity does', async () => {
      const tenant = newTenant();
      const anonymousId = 'device';
      const update: LeadUpdate = {
        ...{ identity: { kind: 'known', externalId: 'ann' }, email: null, traits: {} },
        ...{ links: [{ kind: 'anonymous', anonymousId }], at: NOW - HOUR, isFromActivity: true },
      };
      await store.updateLeads(tenant, [update], signal);
      assert.deepEqual(await store.leads(tenant, [known(tenant, 'ann')], signal), [null]);
      await store.write(tenant, [anActivity(tenant.id, { externalId: 'ann', occurredAt: NOW })], signal);
      const [lead] = await store.leads(
        tenant,
        [leadKey(tenant.idSpace, { kind: 'anonymous', anonymousId })],
        signal,
      );
      assert.deepEqual([lead?.externalId, lead?.firstSeenAt, lead?.lastSeenAt], ['ann', NOW, NOW]);
    });

    test('an anonymous visitor who becomes known has one timeline, one lead, and the anonymous id as alias', async () => {
      const tenant = newTenant();
      const before = anActivity(tenant.id, { anonymousId: 'anon', occurredAt: NOW });
      const later = anActivity(tenant.id, { externalId: 'ann', occurredAt: NOW + HOUR });
      await store.write(tenant, [before, later], signal);
      const update = {
        identity: { kind: 'known', externalId: 'ann' },
        email: 'Ann@Example.com',
        traits: { plan: 'pro' },
        links: [{ kind: 'anonymous', anonymousId: 'anon' }],
        at: NOW,
      } as const;
      await store.updateLeads(tenant, [update], signal);
      await store.updateLeads(tenant, [update], signal);
      const anonymous = leadKey(tenant.idSpace, { kind: 'anonymous', anonymousId: 'anon' });
      assert.deepEqual(await wholeTimeline(store, tenant, known(tenant, 'ann'), 10), [later.id, before.id]);
      assert.deepEqual(await wholeTimeline(store, tenant, anonymous, 1), [later.id, before.id]);
      const [lead, same] = await store.leads(tenant, [known(tenant, 'ann'), anonymous], signal);
      assert.deepEqual(lead, same);
      assert.deepEqual(lead, {
        key: known(tenant, 'ann'),
        externalId: 'ann',
        email: 'Ann@Example.com',
        traits: { plan: 'pro' },
        aliases: ['anon'],
        firstSeenAt: NOW,
        lastSeenAt: NOW + HOUR,
      });
      assert.deepEqual(await store.persons(tenant, [anonymous], signal), [
        {
          lead,
          identities: [
            {
              key: known(tenant, 'ann'),
              identity: { kind: 'known', externalId: 'ann' },
              email: 'Ann@Example.com',
              traits: { plan: 'pro' },
            },
            {
              key: anonymous,
              identity: { kind: 'anonymous', anonymousId: 'anon' },
              email: null,
              traits: {},
            },
          ],
        },
      ]);
    });

    test('a page with rows tells whose timeline it is, or that it does not know: never another', async () => {
      const tenant = newTenant();
      await store.write(
        tenant,
        ['alone', 'linked', 'other'].map((externalId) => anActivity(tenant.id, { externalId })),
        signal,
      );
      const links = [{ kind: 'known', externalId: 'other' }] as const;
      const identity = { kind: 'known', externalId: 'linked' } as const;
      await store.updateLeads(tenant, [{ identity, email: null, traits: {}, links, at: NOW }], signal);
      const keys = ['alone', 'linked', 'other', 'nobody'].map((id) => known(tenant, id));
      const pages = await store.timelines(
        tenant,
        keys.map((key) => ({ ...WHOLE_TIMELINE, leadKey: key, first: 5 })),
        signal,
      );
      const persons = await store.leads(tenant, keys, signal);
      assert.equal(pages[0]?.leadKey, keys[0], 'one that was never linked is known by its page');
      assert.equal(pages[3]?.leadKey, null);
      for (const [index, page] of pages.entries())
        if (page.leadKey !== null) assert.equal(page.leadKey, persons[index]?.key);
    });

    test('keys of identities are found by their beginning, linked ones too, each tenant its own', async () => {
      const tenant = newTenant();
      const identities = [
        ...Array.from({ length: 80 }, (_, n) => ({ kind: 'known' as const, externalId: `by-key-${n}` })),
        { kind: 'anonymous' as const, anonymousId: 'by-key' },
      ];
      await store.updateLeads(
        tenant,
        identities.map((identity) => ({
          identity,
          email: null,
          traits: { a: 1 },
          links: identity.kind === 'known' ? [{ kind: 'anonymous' as const, anonymousId: 'by-key' }] : [],
          at: NOW,
        })),
        signal,
      );
      for (const identity of identities) {
        const key = leadKey(tenant.idSpace, identity);
        assert.deepEqual(await store.leadKeys(tenant, key.slice(0, 8), 4, signal), [key]);
        assert.deepEqual(await store.leadKeys(newTenant(), key.slice(0, 8), 4, signal), []);
      }
      // Of so many, some begin with the same letter.
      const keys = identities.map((identity) => leadKey(tenant.idSpace, identity)).sort();
      const [letter = ''] = keys
        .map((key) => key.charAt(0))
        .filter((first, index, all) => all.indexOf(first) !== index);
      const same = keys.filter((key) => key.startsWith(letter));
      assert.deepEqual([...(await store.leadKeys(tenant, letter, 100, signal))].sort(), same);
      assert.equal((await store.leadKeys(tenant, letter, 1, signal)).length, 1);
    });

    test('links never chain or cycle: everything linked leads to one lead', async () => {
      const tenant = newTenant();
      await store.write(
        tenant,
        ['a', 'b', 'c'].map((externalId) => anActivity(tenant.id, { externalId })),
        signal,
      );
      await store.updateLeads(tenant, [link('b', 'a'), link('c', 'b'), link('a', 'c')], signal);
      const leads = await store.leads(
        tenant,
        ['a', 'b', 'c'].map((id) => known(tenant, id)),
        signal,
      );
      assert.deepEqual(
        leads.map((lead) => lead?.externalId),
        ['c', 'c', 'c'],
      );
      assert.equal((await wholeTimeline(store, tenant, known(tenant, 'b'), 10)).length, 3);
    });

    test('links said in one call end where they end when said one by one', async () => {
      const names = ['a', 'b', 'c', 'd', 'e'];
      const name = fc.constantFrom(...names);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 10 }),
          fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 3 }),
          async (said, sizes) => {
            const inCalls = async (sizeOf: (call: number) => number) => {
              const tenant = newTenant();
              await store.write(
                tenant,
                names.map((externalId) => anActivity(tenant.id, { externalId })),
                signal,
              );
              const updates = said.map(([to, from]) => link(to, from));
              for (let start = 0, call = 0; start < updates.length; start += sizeOf(call), call += 1)
                await store.updateLeads(tenant, updates.slice(start, start + sizeOf(call)), signal);
              const keys = names.map((externalId) => known(tenant, externalId));
              return (await store.leads(tenant, keys, signal)).map((lead) => lead?.externalId);
            };
            assert.deepEqual(
              await inCalls((call) => sizes[call % sizes.length] ?? 1),
              await inCalls(() => 1),
            );
          },
        ),
        { numRuns: 15 },
      );
    });

    test('the latest of each trait wins in whatever order identify calls arrive, and null removes it', async () => {
      const tenant = newTenant();
      const say = (
        externalId: string,
        at: number,
        traits: Record<string, string | null>,
        email: string | null = null,
      ) => ({ identity: { kind: 'known', externalId }, email, traits, links: [], at }) as const;
      const calls = (id: string) => [
        say(id, NOW, { a: '1', b: '1' }, 'old@x.org'),
        say(id, NOW + 2, { a: '3', b: null }),
        say(id, NOW + 1, { a: '2', c: '2' }, 'new@x.org'),
      ];
      await store.updateLeads(tenant, calls('x'), signal);
      for (const call of calls('y').reverse()) await store.updateLeads(tenant, [call, call], signal);
      const [x, y] = await store.leads(tenant, [known(tenant, 'x'), known(tenant, 'y')], signal);
      assert.deepEqual(x?.traits, { a: '3', c: '2' });
      assert.deepEqual({ ...y, key: '', externalId: '' }, { ...x, key: '', externalId: '' });
      assert.equal(x?.email, 'new@x.org');
    });

    test('an e-mail address that is taken away stays away from what was said before, and comes back when said later', async () => {
      const tenant = newTenant();
      const identity = { kind: 'known', externalId: 'x' } as const;
      const say = (at: number, email: string | null) =>
        store.updateLeads(
          tenant,
          [{ identity, email, ...(email === null && { isEmailRemoved: true }), traits: {}, links: [], at }],
          signal,
        );
      const emailNow = async () => (await store.leads(tenant, [known(tenant, 'x')], signal))[0]?.email;
      await say(NOW, 'old@x.org');
      assert.equal(await emailNow(), 'old@x.org');
      await say(NOW + 5, null);
      assert.equal(await emailNow(), null);
      await say(NOW + 3, 'late@x.org');
      assert.equal(await emailNow(), null);
      await say(NOW + 6, 'new@x.org');
      assert.equal(await emailNow(), 'new@x.org');
    });

    test("a group's traits are shown while the person is of that group, in whatever order it is told", async () => {
      const say = (externalId: string, at: number, traits: Record<string, string>) =>
        ({ identity: { kind: 'known', externalId }, email: null, traits, links: [], at }) as const;
      const calls = (id: string) => [
        say(id, NOW, { groupId: 'g1', 'group.plan': 'enterprise', 'group.name': 'A', plan: 'pro' }),
        say(id, NOW + 2, { groupId: 'g2', 'group.name': 'B' }),
        say(id, NOW + 1, { groupId: 'g1', 'group.size': '9' }),
      ];
      const tenant = newTenant();
      await store.updateLeads(tenant, calls('x'), signal);
      for (const call of calls('y').reverse()) await store.updateLeads(tenant, [call], signal);
      const traitsOf = async (id: string) =>
        (await store.leads(tenant, [known(tenant, id)], signal))[0]?.traits;
      for (const id of ['x', 'y'])
        assert.deepEqual(await traitsOf(id), { groupId: 'g2', 'group.name': 'B', plan: 'pro' });
      await store.updateLeads(tenant, [say('x', NOW + 3, { groupId: 'g1' })], signal);
      assert.deepEqual(await traitsOf('x'), {
        groupId: 'g1',
        'group.plan': 'enterprise',
        'group.size': '9',
        plan: 'pro',
      });
    });

    test('campaigns keep the first name said and are listed by id', async () => {
      const tenant = newTenant();
      await store.write(
        tenant,
        [anActivity(tenant.id, { campaign: { id: 'b', name: null }, occurredAt: NOW })],
        signal,
      );
      await store.putCampaigns(
        tenant,
        [
          { id: 'b', name: 'Name', createdAt: NOW + 5 },
          { id: 'a', name: 'A', createdAt: NOW },
        ],
        signal,
      );
      await store.putCampaigns(tenant, [{ id: 'b', name: 'Other', createdAt: NOW - 5 }], signal);
      assert.deepEqual(await store.listCampaigns(tenant, 10, null, signal), [
        { id: 'a', name: 'A', createdAt: NOW },
        { id: 'b', name: 'Name', createdAt: NOW - 5 },
      ]);
      assert.deepEqual(await store.listCampaigns(tenant, 1, 'a', signal), [
        { id: 'b', name: 'Name', createdAt: NOW - 5 },
      ]);
      assert.deepEqual(
        (await store.campaigns(tenant, ['x', 'a'], signal)).map((campaign) => campaign?.name ?? null),
        [null, 'A'],
      );
    });

    test('a type can be declared again as it is, but not otherwise', async () => {
      const tenant = newTenant();
      const type = {
        name: 'Watch Video',
        category: 'CUSTOM',
        description: '',
        conversion: false,
        attributes: [{ name: 'seconds', dataType: 'INTEGER', description: '', required: true, pii: false }],
      } as const;
      const defined = await store.defineType(tenant, type, signal);
      assert.deepEqual(await store.defineType(tenant, type, signal), defined);
      await assert.rejects(
        store.defineType(tenant, { ...type, conversion: true }, signal),
        (error) => error instanceof DomainError && error.code === 'BAD_USER_INPUT',
      );
      assert.deepEqual(await store.customTypes(tenant, signal), [
        { ...type, number: 100_001, standard: false },
      ]);
    });

    test('tenants with the same ids see nothing of each other', async () => {
      const [one, two] = [newTenant(), newTenant()];
      const mine = anActivity(one.id, {
        messageId: 'same',
        externalId: 'same',
        campaign: { id: 'same', name: 'Mine' },
      });
      const theirs = anActivity(two.id, {
        messageId: 'same',
        externalId: 'same',
        campaign: { id: 'same', name: 'Theirs' },
      });
      assert.equal((await store.write(one, [mine], signal))[0]?.status, 'stored');
      assert.equal((await store.write(two, [theirs], signal))[0]?.status, 'stored');
      assert.deepEqual(await store.activities(two, [mine.id], signal), [null]);
      assert.deepEqual(await store.leads(two, [mine.leadKey], signal), [null]);
      assert.deepEqual(await wholeTimeline(store, two, mine.leadKey, 10), []);
      assert.equal((await store.campaigns(one, ['same'], signal))[0]?.name, 'Mine');
    });

    test('an object that only looks like a tenant reaches nothing', async () => {
      const forged = { id: 'acme' } as unknown as Tenant;
      await assert.rejects(
        store.activities(forged, ['x'], signal),
        (error) => error instanceof DomainError && error.code === 'FORBIDDEN',
      );
      await assert.rejects(
        store.write(forged, [], signal),
        (error) => error instanceof DomainError && error.code === 'FORBIDDEN',
      );
    });

    test('an aborted call is refused and writes nothing', async () => {
      const tenant = newTenant();
      const activity = anActivity(tenant.id);
      const reason = new DomainError('TIMEOUT', 'stopped');
      await assert.rejects(store.write(tenant, [activity], AbortSignal.abort(reason)), reason);
      assert.deepEqual(await store.activities(tenant, [activity.id], signal), [null]);
    });
  });
}
