import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ActivitySearch } from '../../src/datasources/activity-search/port.ts';
import type { PersonalData } from '../../src/datasources/personal-data.ts';
import { type LeadIdentity, type LeadUpdate, leadKey } from '../../src/domain/lead.ts';
import type { Tenant } from '../../src/domain/tenant.ts';
import { parseTextQuery } from '../../src/domain/text/text-query-parser.ts';
import { anActivity, NOW } from '../support/activities.ts';
import { everything } from '../support/solr.ts';
import { newTenant, type SearchFixture } from './activity-search.ts';

const signal = new AbortController().signal;
const known = (externalId: string): LeadIdentity => ({ kind: 'known', externalId });
const PHONE: LeadIdentity = { kind: 'anonymous', anonymousId: 'phone' };

export type PersonalSearchFixture = SearchFixture & {
  /** Erases a person from the store, and from the index where that is a store of its own. */
  readonly erase: PersonalData['erase'];
};

/** What every search must keep when a person is erased. */
export function personalSearchContract(name: string, open: () => Promise<PersonalSearchFixture>): void {
  describe(`personal data in the search: ${name}`, () => {
    let fixture: PersonalSearchFixture;
    let search: ActivitySearch;
    before(async () => {
      fixture = await open();
      ({ search } = fixture);
    });
    after(() => fixture.close());

    const update = (identity: LeadIdentity, email: string, ...links: LeadIdentity[]): LeadUpdate => ({
      identity,
      email,
      traits: { plan: 'pro' },
      links,
      at: NOW,
    });
    const write = async (tenant: Tenant): Promise<void> => {
      const say = (who: object, text: string) =>
        anActivity(tenant.id, { ...who, attributes: { title: text } });
      await fixture.store.write(
        tenant,
        [
          say({ externalId: 'ann' }, 'lighthouse one'),
          say({ anonymousId: 'phone' }, 'lighthouse two'),
          say({ externalId: 'bob' }, 'lighthouse three'),
        ],
        signal,
      );
      await fixture.store.updateLeads(
        tenant,
        [update(known('ann'), 'ann@example.com', PHONE), update(known('bob'), 'bob@example.com')],
        signal,
      );
      await fixture.settled();
    };
    const found = async (tenant: Tenant, text: string) => {
      const query = parseTextQuery(text);
      const activities = await search.searchActivities(tenant, { ...everything, query }, signal);
      const people = { ...everything, query, filter: null, sort: 'LAST_SEEN' as const };
      const leads = await search.searchLeads(tenant, people, signal);
      return [activities.hits.length, leads.hits.length];
    };

    test('nothing of the person is found, and others are found as before; a new person is found', async () => {
      const [tenant, other] = [newTenant(), newTenant()];
      await write(tenant);
      await write(other);
      assert.deepEqual(await found(tenant, 'lighthouse'), [3, 0]);
      assert.deepEqual(await found(tenant, 'ann@example.com'), [0, 1]);
      const leads = [known('ann'), PHONE].map((identity) => leadKey(tenant.idSpace, identity));
      for (let time = 0; time < 2; time += 1) {
        await fixture.erase(tenant, { id: 'e', leads, at: NOW }, signal);
        await fixture.settled();
        assert.deepEqual(await found(tenant, 'lighthouse'), [1, 0]);
        for (const text of ['one', 'two', 'ann', 'phone', 'ann@example.com'])
          assert.deepEqual(await found(tenant, text), [0, 0], text);
        assert.deepEqual(await found(tenant, 'bob@example.com'), [0, 1]);
        assert.deepEqual(await found(other, 'lighthouse'), [3, 0]);
        assert.deepEqual(await found(other, 'ann@example.com'), [0, 1]);
      }
      const later = anActivity(tenant.id, { externalId: 'ann', attributes: { title: 'lighthouse four' } });
      await fixture.store.write(tenant, [later], signal);
      await fixture.settled();
      assert.deepEqual(await found(tenant, 'lighthouse'), [2, 0]);
      assert.deepEqual(await found(tenant, 'ann@example.com'), [0, 0]);
    });
  });
}
