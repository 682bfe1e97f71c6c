import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ACTIVITY_TYPE } from '../../src/domain/activity-types.ts';
import { toGlobalId } from '../../src/domain/ids.ts';
import { anActivity } from '../support/activities.ts';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';
import { temporaryDirectory } from '../support/temp.ts';

const SECRET = 'a-secret-of-router-and-subgraphs-0';
const ENTITIES =
  'query ($r: [_Any!]!) { _entities(representations: $r) { __typename ... on ActivityType { name standard } ... on Lead { externalId } } }';

describe('What federation adds to a subgraph is for its router alone', () => {
  let subgraph: TestInstallation;
  let token: string;
  const rejections: unknown[] = [];
  const note = (reason: unknown) => rejections.push(reason);
  before(async () => {
    process.on('unhandledRejection', note);
    subgraph = await openInstallation({
      SUBGRAPH: 'activities',
      ROUTER_SECRET: SECRET,
      INTROSPECTION: 'false',
    });
    token = await subgraph.token('one', ALL_SCOPES);
  });
  after(async () => {
    process.off('unhandledRejection', note);
    await subgraph.close();
  });

  const ask = async (
    query: string,
    variables: object,
    headers: Record<string, string>,
  ): Promise<GraphqlData> => {
    const response = await fetch(`${subgraph.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return response.json();
  };
  const router = () => ({ authorization: `Bearer ${token}`, 'router-authorization': SECRET });
  const codes = (body: GraphqlData) => body.errors?.map((error: GraphqlData) => error.extensions.code);

  test('entities and the SDL are closed to whoever does not show the secret', async () => {
    const representations = {
      r: [{ __typename: 'ActivityType', id: toGlobalId(ACTIVITY_TYPE, 'Open Email') }],
    };
    const callers: readonly Record<string, string>[] = [
      {},
      { 'router-authorization': `${SECRET}x` },
      { authorization: `Bearer ${token}` },
      { authorization: `Bearer ${token}`, 'router-authorization': SECRET.toUpperCase() },
    ];
    for (const headers of callers) {
      assert.deepEqual(codes(await ask(ENTITIES, representations, headers)), ['FORBIDDEN']);
      assert.deepEqual(codes(await ask('{ _service { sdl } }', {}, headers)), ['FORBIDDEN']);
    }
    const { data } = await ask('{ _service { sdl } }', {}, router());
    assert.match(data._service.sdl, /type Lead/);
  });

  test('a standard activity type is an entity like any other, each time it is asked for', async () => {
    const id = toGlobalId(ACTIVITY_TYPE, 'Open Email');
    const r = [
      { __typename: 'ActivityType', id },
      { __typename: 'ActivityType', id },
    ];
    for (let time = 0; time < 3; time += 1) {
      const { data, errors } = await ask(ENTITIES, { r }, router());
      assert.equal(errors, undefined, JSON.stringify(errors));
      const one = { __typename: 'ActivityType', name: 'Open Email', standard: true };
      assert.deepEqual(data._entities, [one, one]);
    }
  });

  test('one representation of no type refuses all before any is looked up; no rejection is left alone', async () => {
    const lead = { __typename: 'Lead', id: 'x' };
    for (const bad of [
      { __typename: 'Nope' },
      { __typename: 'Query' },
      { __typename: 'constructor' },
      {},
      7,
      null,
      'Lead',
    ])
      for (const headers of [router(), { 'router-authorization': SECRET }]) {
        const body = await ask(ENTITIES, { r: [lead, bad] }, headers);
        assert.deepEqual(codes(body), ['BAD_USER_INPUT'], JSON.stringify(body));
      }
    const body = await ask(ENTITIES, { r: [lead, lead] }, { 'router-authorization': SECRET });
    assert.deepEqual(codes(body), ['UNAUTHENTICATED', 'UNAUTHENTICATED'], 'the router speaks for nobody');
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(rejections, []);
  });

  test('many representations cost many points', async () => {
    const costOf = async (count: number): Promise<number> => {
      const one = { __typename: 'ActivityType', id: toGlobalId(ACTIVITY_TYPE, 'Open Email') };
      const { extensions } = await ask(ENTITIES, { r: Array.from({ length: count }, () => one) }, router());
      return extensions.cost.requestedQueryCost;
    };
    assert.ok((await costOf(500)) >= 100 * (await costOf(1)));
  });

  test('our own router shows the secret to remote subgraphs, and gets what it asks for', async () => {
    const gateway = await openInstallation({
      REMOTE_SUBGRAPHS: `activities=${subgraph.address}/graphql`,
      ROUTER_SECRET: SECRET,
    });
    try {
      // Both installations have keys of their own, and this is about what the subgraph says to the router.
      const body = (await gateway.graphql(undefined, '{ activityTypes { name } }')).body;
      assert.deepEqual(codes(body), ['UNAUTHENTICATED']);
      assert.match(
        JSON.stringify((await gateway.graphql(undefined, '{ __type(name: "Lead") { name } }')).body.data),
        /Lead/,
      );
    } finally {
      await gateway.close();
    }
  });

  describe('a router with the same keys', () => {
    const ID_SECRET = 'a-secret-of-ids-that-both-share-000';
    const LONG = 'x'.repeat(7_000);
    let remote: TestInstallation;
    let gateway: TestInstallation;
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
    let caller: string;
    before(async () => {
      remote = await openInstallation({ SUBGRAPH: 'activities', ROUTER_SECRET: SECRET, ID_SECRET });
      directory = await temporaryDirectory();
      await cp(remote.application.keyDirectory, join(directory.path, 'keys'), { recursive: true });
      gateway = await openInstallation({
        DATA_DIR: directory.path,
        REMOTE_SUBGRAPHS: `activities=${remote.address}/graphql`,
        ROUTER_SECRET: SECRET,
        ID_SECRET,
        MAX_ANSWER_BYTES: '200000',
      });
      caller = await gateway.token('one', ALL_SCOPES);
      const tenant = gateway.application.tenantOf('one');
      const activities = Array.from({ length: 20 }, (_, index) =>
        anActivity(tenant.idSpace, {
          messageId: `routed-${index}`,
          externalId: 'ann',
          occurredAt: Date.UTC(2026, 5, 1, 10, index),
          attributes: { a: LONG, b: LONG, c: LONG, d: LONG },
        }),
      );
      for (const { application } of [remote, gateway])
        await application.writer.writeActivities(
          application.tenantOf('one'),
          activities,
          new AbortController().signal,
          { isVerdictShown: true },
        );
    });
    after(async () => {
      await gateway.close();
      await remote.close();
      await directory.remove();
    });

    test('gets entities from the subgraph, for whom its caller is', async () => {
      const query =
        '{ searchActivities(first: 3) { nodes { messageId attributes lead { externalId } type { name } } } }';
      const { data, errors } = (await gateway.graphql(caller, query)).body;
      assert.equal(errors, undefined, JSON.stringify(errors));
      assert.equal(data.searchActivities.nodes.length, 3);
      for (const node of data.searchActivities.nodes) {
        assert.equal(node.attributes.a, LONG);
        assert.deepEqual([node.lead.externalId, node.type.name], ['ann', 'Visit Webpage']);
      }
      const other = await gateway.token('two', ALL_SCOPES);
      assert.deepEqual((await gateway.graphql(other, query)).body.data.searchActivities.nodes, []);
    });

    test('what a remote subgraph answers costs by its bytes', async () => {
      const costOf = async (fields: string): Promise<number> => {
        const { body } = await gateway.graphql(
          caller,
          `{ searchActivities(first: 5) { nodes { ${fields} } } }`,
        );
        assert.equal(body.errors, undefined, JSON.stringify(body.errors));
        return body.extensions?.['cost'].actualQueryCost;
      };
      const [ids, json] = [await costOf('messageId'), await costOf('attributes')];
      assert.ok(json - ids > 15 && json - ids < 40, `${ids} and ${json}`);
    });

    test('and counts to the bound of the answer', async () => {
      const { body } = await gateway.graphql(
        caller,
        '{ lead(externalId: "ann") { activities(first: 20) { nodes { attributes } } } }',
      );
      assert.deepEqual(codes(body), ['BAD_USER_INPUT']);
      assert.match(body.errors?.[0]?.message ?? '', /larger than 200000 bytes/);
    });
  });
});
