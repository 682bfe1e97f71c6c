import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';

describe('bad input gets a precise error and leaves the server well', () => {
  let installation: TestInstallation;
  let token: string;
  before(async () => {
    installation = await openInstallation({
      REQUEST_TIMEOUT_MS: '5000',
      MAX_BODY_BYTES: String(1024 * 1024),
    });
    token = await installation.token('one', ALL_SCOPES);
    const events = Array.from({ length: 5 }, (_, n) => ({
      type: 'page',
      userId: 'ann',
      messageId: `m-${n}`,
      timestamp: new Date(Date.now() - n * 1000).toISOString(),
    }));
    assert.equal((await segment({ batch: events })).status, 200);
  });
  after(() => installation.close());

  const segment = (body: unknown, path = 'batch', headers: Record<string, string> = {}) =>
    raw(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body), path, headers);
  const raw = (body: string | Uint8Array, path: string, headers: Record<string, string>) =>
    fetch(`${installation.address}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, ...headers },
      body: body as string,
    });
  const refusal = async (query: string, variables?: Record<string, unknown>) => {
    const { status, body } = await installation.graphql(token, query, variables);
    const [error] = body.errors ?? [];
    assert.ok(error, `no error: ${JSON.stringify(body)}`);
    assert.ok(
      !/node_modules|SELECT|postgres|127\.0\.0\.1|at \w+ \(/i.test(JSON.stringify(body)),
      'nothing of the inside is shown',
    );
    return {
      status,
      code: error.extensions['code'],
      argument: error.extensions['argument'],
      message: error.message,
    };
  };

  test('documents that are no GraphQL, or not of this schema', async () => {
    assert.equal((await refusal('{ viewer { ')).code, 'BAD_USER_INPUT');
    const unknown = await refusal('{ viewer { nonsense } }');
    assert.deepEqual([unknown.status, unknown.code], [400, 'BAD_USER_INPUT']);
    assert.match(unknown.message, /nonsense/);
    assert.equal(
      (await refusal('query ($id: ID!) { activity(id: $id) { id } }', { id: { a: 1 } })).code,
      'BAD_USER_INPUT',
    );
  });

  test('ids that are malformed, of another type, or too many', async () => {
    assert.deepEqual(
      await refusal('{ activity(id: "nonsense") { id } }').then(({ code, argument }) => [code, argument]),
      ['BAD_USER_INPUT', 'id'],
    );
    const { body } = await installation.graphql(token, '{ lead(externalId: "ann") { id } }');
    const wrongType = await refusal(`{ activity(id: "${body.data.lead.id}") { id } }`);
    assert.match(wrongType.message, /id of a Lead/);
    assert.equal(
      (
        await refusal('query ($ids: [ID!]!) { leads(ids: $ids) { id } }', {
          ids: Array(101).fill(body.data.lead.id),
        })
      ).argument,
      'ids',
    );
    assert.equal((await refusal('{ lead { id } }')).code, 'BAD_USER_INPUT');
    assert.equal((await refusal('{ nodes(ids: ["L", "", "A", "Zz"]) { id } }')).argument, 'ids[0]');
  });

  test('page sizes, ranges and times that make no sense', async () => {
    const activities = (args: string) =>
      `{ lead(externalId: "ann") { activities(${args}) { nodes { id } } } }`;
    for (const args of ['first: 0', 'first: -1', 'first: 1001'])
      assert.equal((await refusal(activities(args))).argument, 'first', args);
    assert.equal(
      (await refusal(activities('from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z"'))).argument,
      'from',
    );
    assert.equal((await refusal(activities('from: "yesterday"'))).code, 'BAD_USER_INPUT');
    assert.equal(
      (
        await refusal(
          '{ metrics(query: {measures: [VISITS], from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z"}) { totalRows } }',
        )
      ).code,
      'BAD_USER_INPUT',
    );
    assert.equal(
      (
        await refusal(
          '{ metrics(query: {measures: [VISITS], grain: HOUR, from: "2010-01-01T00:00:00Z", to: "2019-01-01T00:00:00Z"}) { totalRows } }',
        )
      ).code,
      'BAD_USER_INPUT',
    );
    assert.match(
      (await refusal('{ metrics(query: {measures: [SENT], dimensions: [{field: DEVICE}]}) { totalRows } }'))
        .message,
      /SENT can't be told by DEVICE/,
    );
  });

  test('cursors of another query, of another tenant, cut or forged', async () => {
    const page = (after: string, first = 2) =>
      `{ lead(externalId: "ann") { activities(first: ${first}, after: ${JSON.stringify(after)}) { nodes { id } } } }`;
    const { body } = await installation.graphql(
      token,
      '{ lead(externalId: "ann") { activities(first: 2) { pageInfo { endCursor } } } searchActivities(first: 2) { pageInfo { endCursor } } }',
    );
    const cursor: string = body.data.lead.activities.pageInfo.endCursor;
    assert.equal(
      (await installation.graphql(token, page(cursor, 3))).body.data.lead.activities.nodes.length,
      3,
    );
    const other = await installation.graphql(
      await installation.token('two', ALL_SCOPES),
      `{ campaigns(after: ${JSON.stringify(cursor)}) { nodes { id } } }`,
    );
    assert.equal(other.body.errors?.[0]?.extensions['code'], 'BAD_USER_INPUT');
    for (const bad of [
      body.data.searchActivities.pageInfo.endCursor,
      cursor.slice(0, -3),
      `${cursor}AA`,
      'AAAA',
      '!',
      '💥',
    ])
      assert.equal((await refusal(page(bad))).argument, 'after', bad);
    assert.equal(
      (
        await refusal(
          `{ lead(externalId: "ann") { activities(first: 2, types: ["Visit Webpage"], after: ${JSON.stringify(cursor)}) { nodes { id } } } }`,
        )
      ).argument,
      'after',
    );
  });

  test('queries that are too deep, too wide or too dear are refused before they run', async () => {
    const deep = `{ lead(externalId: "ann") ${'{ activities(first: 1) { nodes { lead '.repeat(8)} { id } ${'} } }'.repeat(8)} }`;
    assert.match((await refusal(deep)).message, /levels of fields/);
    const wide = `{ ${Array.from({ length: 19 }, (_, n) => `r${n}: viewer { ${Array.from({ length: 4 }, (__, m) => `s${m}: scopes`).join(' ')} }`).join(' ')} }`;
    assert.match((await refusal(wide)).message, /aliases/);
    assert.match(
      (await refusal(`{ ${Array.from({ length: 21 }, (_, n) => `r${n}: viewer { scopes }`).join(' ')} }`))
        .message,
      /root fields/,
    );
    const nested =
      '{ lead(externalId: "ann") { activities(first: 1000) { nodes { lead { activities(first: 1000) { nodes { id } } } } } } }';
    assert.match((await refusal(nested)).message, /points/);
    const spread = Array.from(
      { length: 10 },
      (_, n) =>
        `fragment F${n} on Lead { ${['a', 'b'].map((alias) => `${alias}: activities(first: 1) { nodes { lead { ...F${n + 1} } } }`).join(' ')} }`,
    );
    const exploding = `{ lead(externalId: "ann") { ...F0 } } ${spread.join(' ')} fragment F10 on Lead { id }`;
    assert.equal((await refusal(exploding)).code, 'BAD_USER_INPUT');
    assert.equal((await refusal(`{ ${'viewer { scopes } '.repeat(4000)} }`)).code, 'BAD_USER_INPUT');
  });

  test('each activity of a mutation gets its own verdict, with code and path', async () => {
    const good = {
      messageId: 'g-1',
      externalId: 'bob',
      type: 'Visit Webpage',
      occurredAt: new Date().toISOString(),
    };
    const bad: [object, string, string | null][] = [
      [{ ...good, messageId: 'b-1', type: 'Nonsense' }, 'UNKNOWN_TYPE', 'type'],
      [{ ...good, messageId: 'b-2', occurredAt: 'yesterday' }, 'INVALID_TIME', 'occurredAt'],
      [{ ...good, messageId: 'b-3', occurredAt: '2999-01-01T00:00:00Z' }, 'INVALID_TIME', 'occurredAt'],
      [{ ...good, messageId: '' }, 'MISSING_VALUE', 'messageId'],
      [{ ...good, messageId: 'b-5', externalId: null }, 'MISSING_VALUE', 'externalId'],
      [
        { ...good, messageId: 'b-6', attributes: { nonsense: 1 } },
        'UNKNOWN_ATTRIBUTE',
        'attributes.nonsense',
      ],
      [{ ...good, messageId: 'b-7', attributes: { url: 'not a url' } }, 'INVALID_VALUE', 'attributes.url'],
      [{ ...good, messageId: 'b-8', attributes: { title: 'a\u0000b' } }, 'INVALID_VALUE', 'attributes.title'],
      [{ ...good, messageId: 'b-9', attributes: { title: '\ud800' } }, 'INVALID_VALUE', 'attributes.title'],
      [
        { ...good, messageId: 'b-10', attributes: { title: 'x'.repeat(9000) } },
        'INVALID_VALUE',
        'attributes.title',
      ],
      [
        { ...good, messageId: 'b-11', context: JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) },
        'INVALID_VALUE',
        null,
      ],
      [{ ...good, messageId: 'x'.repeat(300) }, 'INVALID_VALUE', 'messageId'],
    ];
    const mutation =
      'mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { accepted rejected results { status activity { id } error { code path message } } } }';
    const { body } = await installation.graphql(token, mutation, {
      input: { activities: [good, ...bad.map(([activity]) => activity)] },
    });
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    const { accepted, rejected, results } = body.data.recordActivities;
    assert.deepEqual([accepted, rejected, results[0].status], [1, bad.length, 'ACCEPTED']);
    bad.forEach(([, code, path], index) => {
      const { error } = results[index + 1];
      assert.equal(error?.code, code, JSON.stringify(results[index + 1]));
      if (path !== null) assert.equal(error.path, path);
    });
    const many = Array.from({ length: 1001 }, (_, n) => ({ ...good, messageId: `many-${n}` }));
    assert.equal((await refusal(mutation, { input: { activities: many } })).argument, 'input.activities');
  });

  test('bodies that are broken: gzip, UTF-8, JSON, size', async () => {
    const status = async (body: string | Uint8Array, headers: Record<string, string> = {}) => {
      const response = await raw(body, 'batch', headers);
      const answer = (await response.json()) as { errors: { extensions: { code: string } }[] };
      assert.equal(answer.errors[0]?.extensions.code, 'BAD_USER_INPUT');
      return response.status;
    };
    const gzip = gzipSync(JSON.stringify({ batch: [] }));
    assert.equal(
      (await raw(gzip, 'batch', { 'content-type': 'application/x-www-form-urlencoded' })).status,
      200,
      'gzip that is not announced is read',
    );
    assert.equal(await status(gzip.subarray(0, gzip.length - 5), { 'content-encoding': 'gzip' }), 400);
    assert.equal(await status('not gzip', { 'content-encoding': 'gzip' }), 400);
    assert.equal(await status('x', { 'content-encoding': 'br' }), 415);
    assert.equal(await status(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])), 400);
    assert.equal(await status('{"batch": ['), 400);
    assert.equal(await status('[]'), 400);
    assert.equal(await status('{}'), 400);
    // Too large is 400 in Segment's protocol.
    assert.equal(await status(gzipSync(Buffer.alloc(50 * 1024 * 1024, 0x20))), 400, 'a gzip bomb');
    assert.equal(
      (await raw(`{"batch":[${'['.repeat(100_000)}${']'.repeat(100_000)}]}`, 'batch', {})).status,
      200,
      'nesting without end costs its own event',
    );
    assert.equal(await status(Buffer.alloc(2 * 1024 * 1024, 0x20)), 400);
  });

  test('one bad event never fails its batch, and tells what was wrong with it', async () => {
    const now = new Date().toISOString();
    const batch = [
      { type: 'track', event: 'Good', userId: 'carl', messageId: 'e-1', timestamp: now },
      { type: 'nonsense', userId: 'carl' },
      { type: 'track', userId: 'carl', messageId: 'e-2' },
      { type: 'page', messageId: 'e-3' },
      { type: 'page', userId: 'carl', timestamp: 'noon' },
      null,
      { type: 'track', event: 'Large', userId: 'carl', properties: { text: 'x'.repeat(40_000) } },
      { type: 'alias', userId: 'carl' },
    ];
    const response = await segment({ batch });
    const answer = (await response.json()) as {
      accepted: number;
      rejected: { index: number; code: string }[];
    };
    assert.deepEqual([response.status, answer.accepted], [200, 1]);
    assert.deepEqual(
      answer.rejected.map(({ index, code }) => [index, code]),
      [
        [1, 'UNKNOWN_TYPE'],
        [2, 'MISSING_VALUE'],
        [3, 'MISSING_VALUE'],
        [4, 'INVALID_TIME'],
        [5, 'INVALID_VALUE'],
        [6, 'TOO_LARGE'],
        [7, 'MISSING_VALUE'],
      ],
    );
    assert.equal(
      (await segment({ userId: 'x' }, 'track')).status,
      400,
      'a single event that is bad is a bad request',
    );
  });

  test('credentials that are missing, broken or of the wrong kind', async () => {
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${installation.address}/v1/batch`, { method: 'POST', headers, body: '{"batch":[]}' }))
        .status;
    assert.equal(await status({}), 401);
    assert.equal(await status({ authorization: 'Bearer nonsense' }), 401);
    assert.equal(
      await status({ authorization: `Basic ${Buffer.from('jgw_nonsense:').toString('base64')}` }),
      401,
    );
    assert.equal(
      await status({ authorization: `Bearer ${await installation.token('one', ['activities:read'])}` }),
      403,
    );
    const query = await fetch(`${installation.address}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer x.y.z' },
      body: '{"query":"{ viewer { scopes } }"}',
    });
    assert.equal(query.status, 401);
    const simple = await fetch(`${installation.address}/graphql?query={__typename}`);
    assert.equal(simple.status, 400, 'a request that a form of another site could make is refused');
  });

  test('and the server is as well as before', async () => {
    const { body } = await installation.graphql(
      token,
      '{ lead(externalId: "ann") { activities { nodes { messageId } } } }',
    );
    assert.equal(body.data.lead.activities.nodes.length, 5);
    assert.equal((await fetch(`${installation.address}/readyz`)).status, 200);
  });
});
