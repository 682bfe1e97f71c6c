import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LeadLists } from '../../src/datasources/lists/port.ts';
import { EXPORT_START, type PersonalRecord } from '../../src/datasources/personal-data.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { NOW } from '../support/activities.ts';
import { aList } from '../support/campaigns.ts';

type ListsFixture = { readonly lists: LeadLists; close(): Promise<void> };

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`lists-${process.pid}-${tenants++}`);
const [ANN, BOB, CID] = ['A'.repeat(22), 'B'.repeat(21).concat('A'), 'C'.repeat(21).concat('A')] as const;
const member = (leadKey: string, addedAt = NOW) => ({ leadKey, addedAt });

/** What every adapter of lists must keep. */
export function leadListsContract(name: string, open: () => Promise<ListsFixture>): void {
  describe(`lists: ${name}`, () => {
    let fixture: ListsFixture;
    let lists: LeadLists;
    before(async () => {
      fixture = await open();
      lists = fixture.lists;
    });
    after(() => fixture.close());

    const membersOf = (tenant: Tenant, id = 'list-1') => lists.members(tenant, id, 100, null, signal);
    const exported = async (tenant: Tenant, leads: readonly string[]): Promise<PersonalRecord[]> => {
      const records: PersonalRecord[] = [];
      for await (const batch of lists.export(tenant, leads, EXPORT_START, signal))
        records.push(...batch.records);
      return records;
    };

    test('what is put comes back whole, by id and in a list, each tenant its own', async () => {
      const [one, two] = [newTenant(), newTenant()];
      const smart = aList({
        id: 'b',
        name: 'Grüße 💡 \u0000',
        filter: { op: 'not', filter: { op: 'inList', listId: 'a' } },
      });
      const fixed = aList({ id: 'a' });
      assert.equal(await lists.put(one, smart, signal), true);
      assert.equal(await lists.put(one, fixed, signal), true);
      assert.deepEqual(await lists.get(one, ['b', 'none', 'a'], signal), [smart, null, fixed]);
      assert.deepEqual(await lists.all(one, signal), [fixed, smart]);
      assert.deepEqual(await lists.get(two, ['a'], signal), [null]);
      assert.deepEqual(await lists.all(two, signal), []);
    });

    test('a change of another revision is refused; of changes at once exactly one is written', async () => {
      const tenant = newTenant();
      const first = aList();
      assert.equal(await lists.put(tenant, { ...first, revision: 2 }, signal), false, 'of none');
      assert.equal(await lists.put(tenant, first, signal), true);
      assert.equal(await lists.put(tenant, first, signal), false, 'created twice');
      const put = ['a', 'b', 'c', 'd'].map((text) => ({ ...first, name: text, revision: 2 }));
      const written = await Promise.all(put.map((list) => lists.put(tenant, list, signal)));
      const winners = put.filter((_, index) => written[index]);
      assert.equal(winners.length, 1);
      assert.deepEqual(await lists.all(tenant, signal), winners);
    });

    test('adding and removing members tells who changed, and repeats change nothing', async () => {
      const tenant = newTenant();
      await lists.put(tenant, aList(), signal);
      const add = [member(CID), member(ANN, NOW - 1), member(CID, NOW + 1)];
      assert.deepEqual(await lists.addMembers(tenant, 'list-1', add, signal), [CID, ANN]);
      assert.deepEqual(
        await lists.addMembers(tenant, 'list-1', [member(BOB), member(ANN, NOW + 9)], signal),
        [BOB],
      );
      assert.deepEqual(await membersOf(tenant), [member(ANN, NOW - 1), member(BOB), member(CID)]);
      assert.deepEqual(await lists.addMembers(tenant, 'list-1', [], signal), []);
      assert.deepEqual(await lists.removeMembers(tenant, 'list-1', [CID, 'none', ANN, CID], signal), [
        CID,
        ANN,
      ]);
      assert.deepEqual(await lists.removeMembers(tenant, 'list-1', [CID], signal), []);
      assert.deepEqual(await membersOf(tenant), [member(BOB)]);
      assert.deepEqual(await membersOf(newTenant()), []);
    });

    test('of callers that add the same person at once exactly one is told so, and so with removing', async () => {
      const tenant = newTenant();
      await lists.put(tenant, aList(), signal);
      const people = [member(ANN), member(BOB), member(CID)];
      const add = [people, people.toReversed(), people, people.toReversed()];
      const added = await Promise.all(add.map((some) => lists.addMembers(tenant, 'list-1', some, signal)));
      assert.deepEqual(added.flat().sort(), [ANN, BOB, CID]);
      const removed = await Promise.all(
        add.map((some) =>
          lists.removeMembers(
            tenant,
            'list-1',
            some.map(({ leadKey }) => leadKey),
            signal,
          ),
        ),
      );
      assert.deepEqual(removed.flat().sort(), [ANN, BOB, CID]);
    });

    test('pages of members neither repeat nor skip', async () => {
      const tenant = newTenant();
      const keys = Array.from({ length: 23 }, (_, n) => `${String.fromCharCode(65 + n)}${'-'.repeat(20)}A`);
      await lists.addMembers(
        tenant,
        'list-1',
        keys.map((key) => member(key)),
        signal,
      );
      const seen: string[] = [];
      for (let after: string | null = null; ; ) {
        const page = await lists.members(tenant, 'list-1', 5, after, signal);
        seen.push(...page.map(({ leadKey }) => leadKey));
        const last = page.at(-1);
        if (!last) break;
        after = last.leadKey;
      }
      assert.deepEqual(seen, keys.toSorted());
    });

    test("a person is in the lists of all of the person's keys, of those that are asked for", async () => {
      const tenant = newTenant();
      for (const [id, key] of [
        ['one', ANN],
        ['two', BOB],
        ['three', CID],
        ['four', ANN],
      ] as const)
        await lists.addMembers(tenant, id, [member(key)], signal);
      const of = (leads: string[], ids: string[], who = tenant) => lists.listsOf(who, leads, ids, signal);
      assert.deepEqual(await of([ANN, BOB], ['one', 'two', 'three']), new Set(['one', 'two']));
      assert.deepEqual(await of([ANN, BOB], []), new Set());
      assert.deepEqual(await of([], ['one']), new Set());
      assert.deepEqual(await of([ANN], ['one'], newTenant()), new Set());
    });

    test('a removed list has no members, and no other list loses any', async () => {
      const tenant = newTenant();
      await lists.put(tenant, aList(), signal);
      await lists.put(tenant, aList({ id: 'other' }), signal);
      for (const id of ['list-1', 'other']) await lists.addMembers(tenant, id, [member(ANN)], signal);
      for (let time = 0; time < 2; time += 1) {
        await lists.remove(tenant, 'list-1', signal);
        assert.deepEqual(await lists.get(tenant, ['list-1'], signal), [null]);
        assert.deepEqual(await membersOf(tenant), []);
        assert.deepEqual(await membersOf(tenant, 'other'), [member(ANN)]);
        assert.deepEqual(await lists.listsOf(tenant, [ANN], ['list-1', 'other'], signal), new Set(['other']));
      }
    });

    test('an erased person is in no list, others stay, and an export has each membership', async () => {
      const [tenant, elsewhere] = [newTenant(), newTenant()];
      await lists.addMembers(tenant, 'one', [member(ANN), member(CID)], signal);
      await lists.addMembers(tenant, 'two', [member(BOB, NOW + 1)], signal);
      await lists.addMembers(elsewhere, 'one', [member(ANN)], signal);
      assert.deepEqual(await exported(tenant, [ANN, BOB]), [
        { kind: 'listMembership', data: { listId: 'one', leadKey: ANN, addedAt: NOW } },
        { kind: 'listMembership', data: { listId: 'two', leadKey: BOB, addedAt: NOW + 1 } },
      ]);
      for (let time = 0; time < 2; time += 1) {
        await lists.erase(tenant, { id: 'erasure', leads: [ANN, BOB], at: NOW }, signal);
        assert.deepEqual(await exported(tenant, [ANN, BOB]), []);
        assert.deepEqual(await membersOf(tenant, 'one'), [member(CID)]);
        assert.deepEqual(await membersOf(tenant, 'two'), []);
        assert.deepEqual(await membersOf(elsewhere, 'one'), [member(ANN)]);
      }
    });

    test('an object that only looks like a tenant is refused', async () => {
      const forged = { id: newTenant().id } as unknown as Tenant;
      const isForbidden = (error: unknown) => error instanceof DomainError && error.code === 'FORBIDDEN';
      await assert.rejects(lists.put(forged, aList(), signal), isForbidden);
      await assert.rejects(lists.remove(forged, 'a', signal), isForbidden);
      await assert.rejects(lists.get(forged, ['a'], signal), isForbidden);
      await assert.rejects(lists.all(forged, signal), isForbidden);
      await assert.rejects(lists.addMembers(forged, 'a', [], signal), isForbidden);
      await assert.rejects(lists.removeMembers(forged, 'a', [], signal), isForbidden);
      await assert.rejects(lists.members(forged, 'a', 1, null, signal), isForbidden);
      await assert.rejects(lists.listsOf(forged, [], [], signal), isForbidden);
      await assert.rejects(lists.erase(forged, { id: 'e', leads: [], at: NOW }, signal), isForbidden);
      await assert.rejects(exported(forged, []), isForbidden);
    });
  });
}
