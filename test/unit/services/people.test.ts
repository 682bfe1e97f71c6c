import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MASK } from '../../../src/domain/email/text.ts';
import { type Lead, leadKey } from '../../../src/domain/lead.ts';
import { createCampaigns } from '../../../src/services/campaigns.ts';
import { createPeople } from '../../../src/services/people.ts';
import { viewerOf } from '../../support/viewers.ts';

const { signal } = new AbortController();
const reader = viewerOf('people', 'activities:read');
const all = viewerOf('people', 'activities:read', 'leads:pii');
const ann: Lead = {
  key: 'k1',
  externalId: 'ann@x.example',
  email: 'ann@x.example',
  traits: { plan: 'gold' },
  aliases: ['device-1', 'ann@y.example'],
  firstSeenAt: 1,
  lastSeenAt: 2,
};
const people = createPeople({
  leads: async (_tenant, keys) => keys.map((key) => (key === ann.key ? ann : null)),
  persons: async () => [],
  leadKeys: async () => [],
});

describe('people', () => {
  test('are masked for their viewer, in order, with null for those who are not there', async () => {
    assert.deepEqual(await people.byKeys(all, ['k0', 'k1'], signal), [null, ann]);
    const masked = { externalId: MASK, email: MASK, traits: { plan: MASK }, aliases: ['device-1', MASK] };
    assert.deepEqual(await people.byKeys(reader, ['k1', 'k0'], signal), [{ ...ann, ...masked }, null]);
  });

  test('are looked for by an address with leads:pii alone', () => {
    const { idSpace } = all.tenant;
    assert.deepEqual(people.keysOf(all, 'ann@x.example'), [
      leadKey(idSpace, { kind: 'known', externalId: 'ann@x.example' }),
      leadKey(idSpace, { kind: 'anonymous', anonymousId: 'ann@x.example' }),
    ]);
    assert.throws(() => people.keysOf(reader, 'ann@x.example'), { code: 'FORBIDDEN', field: 'externalId' });
    assert.equal(people.keysOf(reader, 'lead-7').length, 2);
  });
});

describe('campaigns', () => {
  const ids = ['a', 'b', 'of ann@x.example'];
  const campaign = (id: string) => ({ id, name: `Name ${id}`, createdAt: 0 });
  const campaigns = createCampaigns({
    campaigns: async (_tenant, wanted) => wanted.map((id) => (ids.includes(id) ? campaign(id) : null)),
    listCampaigns: async (_tenant, first, after) =>
      ids
        .filter((id) => after === null || id > after)
        .slice(0, first)
        .map(campaign),
  });

  test('show no address without leads:pii, and keep the id for look-ups', async () => {
    const [shown] = await campaigns.byIds(reader, ['of ann@x.example'], signal);
    assert.deepEqual(shown, {
      id: 'of ann@x.example',
      externalId: `of ${MASK}`,
      name: `Name of ${MASK}`,
      createdAt: 0,
    });
    assert.throws(() => campaigns.idOf(reader, 'of ann@x.example'), { code: 'FORBIDDEN' });
    assert.equal(campaigns.idOf(all, 'of ann@x.example'), 'of ann@x.example');
  });

  test('come by pages whose cursors are of one tenant', async () => {
    const first = await campaigns.list(reader, { first: 2 }, signal);
    assert.deepEqual([first.items.map(({ id }) => id), first.hasNextPage], [['a', 'b'], true]);
    const [, last] = first.items;
    assert.ok(last);
    const after = first.cursorOf(last);
    const second = await campaigns.list(reader, { first: 2, after }, signal);
    assert.deepEqual([second.items.map(({ id }) => id), second.hasNextPage], [[ids[2]], false]);
    await assert.rejects(campaigns.list(viewerOf('others', 'activities:read'), { after }, signal), {
      code: 'BAD_USER_INPUT',
      field: 'after',
    });
    await assert.rejects(campaigns.list(reader, { first: 201 }, signal), { field: 'first' });
  });
});
