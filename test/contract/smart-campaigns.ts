import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { SmartCampaigns } from '../../src/datasources/smart-campaigns/port.ts';
import { type Tenant, verifyTenant } from '../../src/domain/tenant.ts';
import { DomainError } from '../../src/lib/errors.ts';
import { NOW } from '../support/activities.ts';
import { aCampaign, aDefinition, aVersion } from '../support/campaigns.ts';

type CampaignsFixture = { readonly campaigns: SmartCampaigns; close(): Promise<void> };

const signal = new AbortController().signal;
let tenants = 0;
const newTenant = (): Tenant => verifyTenant(`smart-${process.pid}-${tenants++}`);

/** What every adapter of smart campaigns must keep. */
export function smartCampaignsContract(name: string, open: () => Promise<CampaignsFixture>): void {
  describe(`smart campaigns: ${name}`, () => {
    let fixture: CampaignsFixture;
    let campaigns: SmartCampaigns;
    before(async () => {
      fixture = await open();
      campaigns = fixture.campaigns;
    });
    after(() => fixture.close());

    test('what is put comes back whole, by id and in a list, each tenant its own', async () => {
      const [one, two] = [newTenant(), newTenant()];
      const definition = aDefinition({
        filter: { op: 'trait', name: '__proto__', test: 'in', values: ['Grüße 💡 \u0000', 1.5, true] },
        flow: [
          {
            choices: [],
            otherwise: {
              type: 'changeDataValue',
              trait: 'x',
              value: { 'a"\\': [null, 0.1, Number.MAX_SAFE_INTEGER] },
            },
          },
        ],
      });
      const full = aCampaign({
        id: 'b',
        draft: definition,
        versions: [
          aVersion({ definition, validTo: NOW }),
          aVersion({ version: 2, definition, validFrom: NOW }),
        ],
      });
      const plain = aCampaign({ id: 'a', description: 'x'.repeat(100_000) });
      assert.equal(await campaigns.put(one, full, signal), true);
      assert.equal(await campaigns.put(one, plain, signal), true);
      assert.deepEqual(await campaigns.get(one, ['b', 'none', 'a'], signal), [full, null, plain]);
      assert.deepEqual(await campaigns.all(one, signal), [plain, full]);
      assert.deepEqual(await campaigns.get(two, ['a'], signal), [null]);
      assert.deepEqual(await campaigns.all(two, signal), []);
      assert.deepEqual(await campaigns.get(one, [], signal), []);
    });

    test('what is removed is there no more; of another revision nothing is removed', async () => {
      const [one, two] = [newTenant(), newTenant()];
      const first = aCampaign();
      await Promise.all([campaigns.put(one, first, signal), campaigns.put(two, first, signal)]);
      const second = { ...first, revision: 2 };
      assert.equal(await campaigns.remove(one, second, signal), false, 'of a revision that is not there');
      await campaigns.put(one, second, signal);
      assert.equal(await campaigns.remove(one, first, signal), false, 'of an older revision');
      assert.deepEqual(await campaigns.all(one, signal), [second]);
      assert.equal(await campaigns.remove(one, second, signal), true);
      assert.equal(await campaigns.remove(one, second, signal), false, 'again');
      assert.deepEqual(await campaigns.get(one, [first.id], signal), [null]);
      assert.deepEqual(await campaigns.all(two, signal), [first], "another tenant's stays");
    });

    test('a change of another revision is refused and changes nothing', async () => {
      const tenant = newTenant();
      const first = aCampaign();
      assert.equal(await campaigns.put(tenant, { ...first, revision: 2 }, signal), false, 'of none');
      assert.equal(await campaigns.put(tenant, first, signal), true);
      assert.equal(await campaigns.put(tenant, { ...first, name: 'Other' }, signal), false, 'created twice');
      const second = { ...first, name: 'Second', revision: 2 };
      assert.equal(await campaigns.put(tenant, { ...second, revision: 3 }, signal), false, 'left one out');
      assert.equal(await campaigns.put(tenant, second, signal), true);
      assert.equal(await campaigns.put(tenant, { ...second, name: 'Late' }, signal), false, 'came late');
      assert.deepEqual(await campaigns.get(tenant, [first.id], signal), [second]);
    });

    test('of changes at once exactly one is written', async () => {
      const tenant = newTenant();
      for (let revision = 1; revision <= 3; revision += 1) {
        const put = ['a', 'b', 'c', 'd', 'e'].map((text) => aCampaign({ name: text, revision }));
        const written = await Promise.all(put.map((campaign) => campaigns.put(tenant, campaign, signal)));
        const winners = put.filter((_, index) => written[index]);
        assert.equal(winners.length, 1);
        assert.deepEqual(await campaigns.all(tenant, signal), winners);
      }
    });

    test('an object that only looks like a tenant is refused', async () => {
      const forged = { id: newTenant().id } as unknown as Tenant;
      const isForbidden = (error: unknown) => error instanceof DomainError && error.code === 'FORBIDDEN';
      await assert.rejects(campaigns.put(forged, aCampaign(), signal), isForbidden);
      await assert.rejects(campaigns.get(forged, ['a'], signal), isForbidden);
      await assert.rejects(campaigns.all(forged, signal), isForbidden);
    });
  });
}
