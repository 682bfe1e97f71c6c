import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';

const LIST = `query ($codes: [RecordErrorCode!], $dialect: String, $reason: String, $first: Int, $after: String, $replayed: Boolean) {
  failedActivities(codes: $codes, dialect: $dialect, reason: $reason, first: $first, after: $after, replayed: $replayed) {
    nodes { id failedAt dialect code message path item replayedAt activity { id messageId } }
    pageInfo { hasNextPage endCursor } } }`;
const REPLAY = `mutation ($input: ReplayFailedActivitiesInput!) { replayFailedActivities(input: $input) {
  results { id status activity { messageId type { name } } error { code } } replayed failed pageInfo { hasNextPage endCursor } } }`;
const DEFINE =
  'mutation ($input: DefineActivityTypeInput!) { defineActivityType(input: $input) { activityType { name } } }';
const RECORD =
  'mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { results { status } } }';

for (const profile of ['embedded', 'postgres'] as const)
  describe(`failed activities on ${profile}`, () => {
    let installation: TestInstallation;
    let one: string;
    let two: string;
    before(async () => {
      installation = await openInstallation({}, profile);
      one = await installation.token('one', ALL_SCOPES);
      two = await installation.token('two', ALL_SCOPES);
    });
    after(() => installation.close());

    const ask = async (token: string, query: string, variables: object = {}): Promise<GraphqlData> => {
      const { body } = await installation.graphql(token, query, { ...variables });
      assert.equal(body.errors, undefined, JSON.stringify(body.errors));
      return body.data;
    };
    const failed = async (token: string, variables: object = {}) =>
      (await ask(token, LIST, variables)).failedActivities;
    const segment = async (token: string, batch: readonly unknown[]) => {
      const response = await fetch(`${installation.address}/v1/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({
          batch,
          sentAt: new Date().toISOString(),
          context: { library: { name: 'x' } },
        }),
      });
      assert.equal(response.status, 200);
      return response.json();
    };
    const call = (n: number) => ({
      messageId: `call-${n}`,
      externalId: 'ann',
      type: 'Support Call',
      occurredAt: '2026-06-01T12:00:00Z',
      attributes: { minutes: n, note: 'ann@example.com' },
    });

    test('what is refused in any dialect is kept with its reason, once however often it is sent, and each tenant sees its own', async () => {
      for (let time = 0; time < 3; time += 1) {
        await ask(one, RECORD, {
          input: { activities: [call(1), call(2), { ...call(3), occurredAt: 'noon' }] },
        });
        await segment(one, [
          { type: 'track', userId: 'ann', messageId: 's-1', event: '' },
          { type: 'identify', userId: 'x'.repeat(300), messageId: 's-2', traits: { phone: '555-0199' } },
          { type: 'track', event: 'Good', userId: 'ann', messageId: 's-3' },
          {
            type: 'track',
            event: 'Large',
            userId: 'ann',
            messageId: 's-4',
            properties: { t: 'x'.repeat(40_000) },
          },
        ]);
      }
      const { nodes } = await failed(one);
      assert.deepEqual(nodes.map(({ dialect, code }: GraphqlData) => `${dialect} ${code}`).sort(), [
        'graphql UNKNOWN_TYPE',
        'graphql UNKNOWN_TYPE',
        'graphql UNKNOWN_TYPE',
        'segment INVALID_VALUE',
        'segment MISSING_VALUE',
        'segment TOO_LARGE',
      ]);
      assert.equal((await failed(one, { codes: ['TOO_LARGE'] })).nodes[0].item, null);
      assert.equal((await failed(one, { dialect: 'segment' })).nodes.length, 3);
      assert.deepEqual(
        (await failed(one, { reason: 'no activity TYPE' })).nodes[0].item.type,
        'Support Call',
      );
      assert.deepEqual((await failed(two)).nodes, []);
    });

    test('pages follow one another, and a cursor of another query or tenant is refused', async () => {
      const seen = new Set<string>();
      let after: string | null = null;
      let first = '';
      do {
        const page: GraphqlData = await failed(one, { first: 2, after });
        for (const { id } of page.nodes) seen.add(id);
        after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
        first ||= page.pageInfo.endCursor;
      } while (after);
      assert.equal(seen.size, 6);
      for (const [token, variables] of [
        [two, { after: first }],
        [one, { after: first, dialect: 'segment' }],
      ] as const) {
        const { body } = await installation.graphql(token, LIST, variables);
        assert.equal(body.errors?.[0]?.extensions['code'], 'BAD_USER_INPUT');
      }
      const { body } = await installation.graphql(one, LIST, { dialect: 'pigeon' });
      assert.equal(body.errors?.[0]?.extensions['argument'], 'dialect');
    });

    test('without leads:pii nothing of what was sent is shown but what it was and when', async () => {
      const reader = await installation.token('one', ['activities:read']);
      const text = JSON.stringify((await failed(reader)).nodes);
      assert.ok(!/"ann"|555-0199|x{20}|example\.com/.test(text), text);
      assert.match(text, /Support Call/);
      const { body } = await installation.graphql(reader, REPLAY, { input: { ids: [] } });
      assert.equal(body.errors?.[0]?.extensions['code'], 'FORBIDDEN');
    });

    test("another tenant's failure can not be replayed", async () => {
      const [{ id }] = (await failed(one)).nodes;
      const { replayFailedActivities: done } = await ask(two, REPLAY, { input: { ids: [id] } });
      assert.deepEqual([done.results[0].status, done.replayed, done.failed], ['NOT_FOUND', 0, 1]);
    });

    test('after a fix the waiting ones get in, once, and are not offered again; others fail with their reason again', async () => {
      await ask(one, DEFINE, {
        input: {
          name: 'Support Call',
          description: 'x',
          attributes: [
            { name: 'minutes', dataType: 'INTEGER' },
            { name: 'note', dataType: 'STRING', pii: true },
          ],
        },
      });
      // One of them was sent again by its sender meanwhile.
      await ask(one, RECORD, { input: { activities: [call(2)] } });
      const before = (await failed(one)).nodes;
      const { replayFailedActivities: done } = await ask(one, REPLAY, { input: { dialect: 'graphql' } });
      const status = (result: GraphqlData) =>
        `${result.activity?.messageId ?? ''} ${result.status} ${result.error?.code ?? ''}`;
      assert.deepEqual(done.results.map(status).sort(), [
        ' REJECTED INVALID_TIME',
        'call-1 REPLAYED ',
        'call-2 DUPLICATE ',
      ]);
      assert.deepEqual([done.replayed, done.failed], [2, 1]);
      const left = (await failed(one)).nodes;
      assert.equal(left.length, before.length - 2);
      assert.equal(left.find(({ dialect }: GraphqlData) => dialect === 'graphql').code, 'INVALID_TIME');
      const replayed = (await failed(one, { replayed: true })).nodes;
      assert.deepEqual(replayed.map(({ activity }: GraphqlData) => activity.messageId).sort(), [
        'call-1',
        'call-2',
      ]);
      assert.ok(replayed.every(({ replayedAt }: GraphqlData) => replayedAt !== null));
      const again = await ask(one, REPLAY, { input: { ids: replayed.map(({ id }: GraphqlData) => id) } });
      assert.deepEqual(
        again.replayFailedActivities.results.map(({ status }: GraphqlData) => status),
        ['SETTLED', 'SETTLED'],
      );
      const { searchActivities } = await ask(
        one,
        '{ searchActivities(filter: { type: { eq: "Support Call" } }) { total(exact: true) { value } } }',
      );
      assert.equal(searchActivities.total.value, 2);
    });

    test('what was too large to be kept says so; given ids and conditions together are refused', async () => {
      const [large] = (await failed(one, { codes: ['TOO_LARGE'] })).nodes;
      const { replayFailedActivities: done } = await ask(one, REPLAY, { input: { ids: [large.id] } });
      assert.equal(done.results[0].status, 'NOT_KEPT');
      for (const input of [{ ids: [large.id], dialect: 'segment' }, { ids: ['nonsense'] }, { first: 501 }]) {
        const { body } = await installation.graphql(one, REPLAY, { input });
        assert.equal(body.errors?.[0]?.extensions['code'], 'BAD_USER_INPUT', JSON.stringify(input));
      }
    });

    test('a Segment event that waited keeps the time and the message id of its first try', async () => {
      await segment(one, [{ type: 'track', event: 'Late', userId: 'y'.repeat(257) }]);
      const [late] = (await failed(one, { reason: '256' })).nodes;
      assert.match(late.item.messageId, /^generated-/);
      assert.equal(late.item.context.library.name, 'x');
      const { replayFailedActivities: done } = await ask(one, REPLAY, { input: { ids: [late.id] } });
      assert.deepEqual([done.results[0].status, done.results[0].error.code], ['REJECTED', 'INVALID_VALUE']);
      assert.equal((await failed(one, { reason: '256' })).nodes[0].failedAt, late.failedAt);
    });

    test('what the store refuses is kept as the record of the log, and can be replayed', async () => {
      const { writer } = installation.application;
      const { anActivity } = await import('../support/activities.ts');
      const tenant = installation.application.tenantOf('one');
      const poison = anActivity(tenant.idSpace, { messageId: 'poison', attributes: { text: 'a\0b' } });
      const [verdict] = await writer.writeActivities(tenant, [poison], new AbortController().signal);
      assert.equal(verdict?.status, 'failed');
      const [refused] = (await failed(one, { codes: ['STORE_REFUSED'] })).nodes;
      assert.equal(refused.item.activity.messageId, 'poison');
      const { replayFailedActivities: done } = await ask(one, REPLAY, { input: { ids: [refused.id] } });
      assert.deepEqual([done.results[0].status, done.results[0].error.code], ['REJECTED', 'STORE_REFUSED']);
      assert.equal((await failed(one, { codes: ['STORE_REFUSED'] })).nodes.length, 1);
    });
  });
