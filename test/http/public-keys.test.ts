import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';

const RECORD = `mutation ($input: RecordActivitiesInput!) {
  recordActivities(input: $input) { accepted duplicates rejected results { status error { code path } } }
}`;
const IDENTIFY = `mutation ($input: IdentifyLeadsInput!) {
  identifyLeads(input: $input) { results { accepted error { code path } } }
}`;
const at = '2026-06-10T10:00:00Z';

for (const profile of ['embedded', 'postgres'] as const)
  describe(`what a public key can do, on ${profile}`, () => {
    let installation: TestInstallation;
    let admin: string;
    let publicKey: string;
    let secretKey: string;
    before(async () => {
      installation = await openInstallation({}, profile);
      admin = await installation.token('one', ALL_SCOPES);
      const { directory } = installation.application;
      publicKey = await directory.createKey({ tenantId: 'one', kind: 'write', scopes: [], name: 'web' });
      secretKey = await directory.createKey({
        tenantId: 'one',
        kind: 'api',
        scopes: ['activities:write'],
        name: 'server',
      });
    });
    after(() => installation.close());

    const post = async (
      key: string,
      path: string,
      body: object,
    ): Promise<{ status: number; body: GraphqlData }> => {
      const response = await fetch(`${installation.address}/v1/${path}`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` },
        body: JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    };
    const ask = async (
      token: string,
      query: string,
      variables?: Record<string, unknown>,
    ): Promise<GraphqlData> => {
      const { body } = await installation.graphql(token, query, variables);
      assert.equal(body.errors, undefined, JSON.stringify(body.errors));
      return body.data;
    };
    const leadOf = async (externalId: string): Promise<GraphqlData> =>
      (await ask(admin, `{ lead(externalId: "${externalId}") { externalId email aliases } }`)).lead;
    const failuresOf = async (code: string): Promise<GraphqlData[]> =>
      (await ask(admin, `{ failedActivities(codes: [${code}], first: 100) { nodes { id code path item } } }`))
        .failedActivities.nodes;

    test('it merges no two people, in no dialect; the refusal is kept, and the batch goes on', async () => {
      for (const userId of ['vip-1', 'vip-2'])
        await post(secretKey, 'identify', { userId, traits: { email: `${userId}@example.com` } });
      const alias = { userId: 'vip-2', previousId: 'vip-1' };
      const refused = await post(publicKey, 'alias', alias);
      assert.deepEqual([refused.status, refused.body.code], [400, 'FORBIDDEN']);
      const batch = await post(publicKey, 'batch', {
        batch: [
          { type: 'alias', ...alias },
          { type: 'alias', ...alias, anonymousId: 'a-device' },
          { type: 'track', userId: 'vip-1', event: 'Goes On' },
        ],
      });
      assert.deepEqual([batch.status, batch.body.accepted], [200, 1]);
      assert.deepEqual(
        batch.body.rejected.map(({ code, path }: GraphqlData) => [code, path]),
        [
          ['FORBIDDEN', 'aliases[0]'],
          ['FORBIDDEN', 'aliases[0]'],
        ],
      );
      const { identifyLeads } = await ask(publicKey, IDENTIFY, {
        input: { leads: [{ externalId: 'vip-2', aliases: ['vip-1'] }, { externalId: 'vip-2' }] },
      });
      assert.deepEqual(identifyLeads.results, [
        { accepted: false, error: { code: 'FORBIDDEN', path: 'aliases[0]' } },
        { accepted: true, error: null },
      ]);
      for (const who of ['vip-1', 'vip-2'])
        assert.deepEqual(await leadOf(who), { externalId: who, email: `${who}@example.com`, aliases: [] });
      const kept = await failuresOf('FORBIDDEN');
      assert.ok(kept.some(({ item }) => item.previousId === 'vip-1'));
      assert.ok(kept.some(({ item }) => item.aliases?.[0] === 'vip-1'));
    });

    test("it links a device's own anonymous id, in every way that SDKs do it", async () => {
      await post(publicKey, 'identify', { userId: 'p-1', anonymousId: 'd-1' });
      await post(publicKey, 'track', { userId: 'p-2', anonymousId: 'd-2', event: 'Seen' });
      const aliased = await post(publicKey, 'alias', {
        userId: 'p-3',
        previousId: 'd-3',
        anonymousId: 'd-3',
      });
      assert.equal(aliased.status, 200);
      for (const n of [1, 2, 3]) assert.deepEqual((await leadOf(`p-${n}`)).aliases, [`d-${n}`]);
    });

    test('a secret key merges people, and so does an operator who replays the refusal', async () => {
      for (const userId of ['m-1', 'm-2', 'm-3']) await post(secretKey, 'identify', { userId });
      assert.equal((await post(secretKey, 'alias', { userId: 'm-2', previousId: 'm-1' })).status, 200);
      assert.equal((await leadOf('m-1')).externalId, 'm-2');
      await post(publicKey, 'alias', { userId: 'm-2', previousId: 'm-3' });
      const failure = (await failuresOf('FORBIDDEN')).find(({ item }) => item.previousId === 'm-3');
      const { replayFailedActivities } = await ask(
        admin,
        'mutation ($ids: [ID!]!) { replayFailedActivities(input: { ids: $ids }) { results { status } } }',
        { ids: [failure?.id] },
      );
      assert.deepEqual(replayFailedActivities.results, [{ status: 'REPLAYED' }]);
      assert.equal((await leadOf('m-3')).externalId, 'm-2');
    });

    test("its message ids are not the tenant's own: it takes none, and learns of none", async () => {
      const junk = { anonymousId: 'x', event: 'junk', messageId: 'order-1001' };
      assert.equal((await post(publicKey, 'track', junk)).body.accepted, 1);
      const order = { userId: 'buyer', event: 'Order Completed', messageId: 'order-1001' };
      assert.deepEqual((await post(secretKey, 'track', order)).body, {
        success: true,
        accepted: 1,
        duplicates: 0,
      });
      assert.equal((await post(secretKey, 'track', order)).body.duplicates, 1);
      assert.equal((await post(publicKey, 'track', junk)).body.duplicates, 1);
      const { searchActivities } = await ask(
        admin,
        '{ searchActivities(filter: { messageId: { eq: "order-1001" } }) { nodes { type { name } lead { externalId } } } }',
      );
      assert.deepEqual(searchActivities.nodes.map(({ type }: GraphqlData) => type.name).sort(), [
        'Complete Order',
        'Track Event',
      ]);
    });

    test('a token of it has the same rights as the key itself', async () => {
      const { keyIdOf } = await import('../../src/auth/directory.ts');
      const { token } = await installation.application.tokens.issue(keyIdOf(publicKey), publicKey);
      const { identifyLeads } = await ask(token, IDENTIFY, {
        input: { leads: [{ externalId: 'vip-2', aliases: ['vip-1'] }] },
      });
      assert.equal(identifyLeads.results[0].error.code, 'FORBIDDEN');
      const marketo = await fetch(`${installation.address}/rest/v1/activities/external.json`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ input: [{ leadId: 1 }] }),
      });
      assert.equal(((await marketo.json()) as GraphqlData).errors[0].code, '603');
    });

    test('another body under the same id is a conflict, told and kept; a retry is a repeat', async () => {
      const activity = (attributes: object, more: object = {}) => ({
        messageId: 'c-1',
        externalId: 'c',
        type: 'Visit Webpage',
        occurredAt: at,
        attributes,
        ...more,
      });
      const send = async (...activities: object[]) =>
        (await ask(secretKey, RECORD, { input: { activities } })).recordActivities;
      const first = activity({ url: 'https://a.example/', title: 'A' });
      const conflict = { status: 'REJECTED', error: { code: 'CONFLICT', path: 'messageId' } };
      assert.equal((await send(first)).accepted, 1);
      const answer = await send(
        activity({ title: 'A', url: 'https://a.example/' }),
        activity({ url: 'https://b.example/' }),
        activity({ url: 'https://a.example/', title: 'A' }, { occurredAt: '2026-06-10T10:00:01Z' }),
        activity({ url: 'https://a.example/', title: 'A' }, { externalId: 'other' }),
      );
      assert.deepEqual([answer.accepted, answer.duplicates, answer.rejected], [0, 1, 3]);
      assert.deepEqual(answer.results.slice(1), [conflict, conflict, conflict]);
      const kept = (await failuresOf('CONFLICT')).filter(({ item }) => item.activity.messageId === 'c-1');
      assert.equal(kept.length, 3);
      // The same conflict again is the same failure.
      await send(activity({ url: 'https://b.example/' }));
      assert.equal(
        (await failuresOf('CONFLICT')).filter(({ item }) => item.activity.messageId === 'c-1').length,
        3,
      );
      const { replayFailedActivities } = await ask(
        admin,
        'mutation ($ids: [ID!]!) { replayFailedActivities(input: { ids: $ids }) { results { status error { code } } } }',
        { ids: [kept[0]?.id] },
      );
      assert.deepEqual(replayFailedActivities.results, [{ status: 'REJECTED', error: { code: 'CONFLICT' } }]);
    });

    test('a Segment SDK that sends again is no conflict, whatever its clock and time of sending', async () => {
      const event = {
        type: 'track',
        userId: 's',
        event: 'Tried',
        messageId: 's-1',
        timestamp: '2026-06-10T10:00:00Z',
      };
      const batch = (sentAt: string, body: object = event) =>
        post(publicKey, 'batch', { sentAt, batch: [body] });
      assert.equal((await batch('2026-06-10T10:00:01Z')).body.accepted, 1);
      assert.equal((await batch('2026-06-10T11:00:01Z')).body.duplicates, 1);
      const { body } = await batch('2026-06-10T11:00:01Z', { ...event, event: 'Another' });
      assert.deepEqual([body.accepted, body.duplicates, body.rejected[0].code], [0, 0, 'CONFLICT']);
    });
  });
