import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';
import { openRaw } from '../support/raw-http.ts';

const APP = 'https://app.example.com';

describe('The HTTP API answers as the field does', () => {
  let installation: TestInstallation;
  let token: string;
  const logged: Record<string, unknown>[] = [];
  before(async () => {
    installation = await openInstallation({ CORS_ORIGINS: APP }, 'embedded', (line) => logged.push(line));
    token = await installation.token('one', ALL_SCOPES);
  });
  beforeEach(() => {
    logged.length = 0;
  });
  after(() => installation.close());

  const call = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${installation.address}${path}`, init);
    const text = await response.text();
    return { response, status: response.status, headers: response.headers, text };
  };
  const json = { 'content-type': 'application/json' };
  const bearer = () => ({ authorization: `Bearer ${token}` });
  const post = (body: object, headers: Record<string, string> = bearer(), path = '/graphql') =>
    call(path, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
  const get = (parameters: Record<string, string>, headers: Record<string, string> = bearer()) =>
    call(`/graphql?${new URLSearchParams(parameters)}`, { headers });
  const errorOf = (text: string) => JSON.parse(text).errors[0];
  const operations = async (): Promise<Map<string, number>> => {
    const { text } = await call('/metrics');
    const lines = [
      ...text.matchAll(/^journeygraph_graphql_operations_total\{operation="(\w+)",code="(\w+)"\} (\d+)/gm),
    ];
    return new Map(lines.map(([, kind, code, count]) => [`${kind} ${code}`, Number(count)]));
  };

  const A = 'query A { __typename }';
  const TWO = `${A} query B { viewer { scopes } }`;
  const mistakes: Record<string, { query: string; operationName?: string; variables?: object }> = {
    'an unknown operation': { query: A, operationName: 'B' },
    'an operation that Object.prototype has': { query: A, operationName: 'toString' },
    'an operation of an empty name': { query: A, operationName: '' },
    'an unknown one of two operations': { query: TWO, operationName: 'C' },
    'two operations and no name': { query: TWO },
    'a subscription': { query: 'subscription { anything }' },
    'a variable of the wrong type': {
      query: 'query ($id: ID!) { activity(id: $id) { id } }',
      variables: { id: {} },
    },
    'a variable that is missing': { query: 'query ($id: ID!) { activity(id: $id) { id } }' },
    'a field that does not exist': { query: '{ nope }' },
    'no GraphQL': { query: '{ vie' },
  };
  for (const [name, body] of Object.entries(mistakes))
    test(`${name} is the caller's mistake by POST and GET, however often, counted so and not logged`, async () => {
      const before = await operations();
      const sent = {
        query: body.query,
        ...(body.operationName !== undefined && { operationName: body.operationName }),
        ...(body.variables && { variables: JSON.stringify(body.variables) }),
      };
      // The second and third time the document is known, and may take the short way.
      const answers = [
        await post(body),
        await post(body),
        await post(body),
        await get(sent),
        await get(sent),
      ];
      for (const { status, text, headers } of answers) {
        const { extensions, message } = errorOf(text);
        // Neither a mutation nor a subscription is asked for by GET.
        if (name === 'a subscription' && headers.get('allow') === 'POST') {
          assert.deepEqual([status, extensions.code], [405, 'BAD_USER_INPUT']);
          continue;
        }
        assert.deepEqual(
          [status, extensions.code, extensions.retryable],
          [400, 'BAD_USER_INPUT', false],
          text,
        );
        if (body.operationName !== undefined)
          assert.equal(message, `Unknown operation named "${body.operationName}".`);
      }
      assert.deepEqual(logged, []);
      const after = await operations();
      const grown = [...after].filter(([key, count]) => count > (before.get(key) ?? 0));
      assert.equal(
        grown.reduce((sum, [key, count]) => sum + count - (before.get(key) ?? 0), 0),
        answers.length,
      );
      for (const [key] of grown) assert.match(key, / BAD_USER_INPUT$/);
    });

  test('a refused credential is counted and challenged, by either way', async () => {
    const before = (await operations()).get('none UNAUTHENTICATED') ?? 0;
    const bad = { authorization: 'Bearer x.y.z' };
    const body = { query: '{ viewer { scopes } }' };
    await post(body);
    for (const { status, headers } of [
      await post(body, bad),
      await post(body, bad, '/graphql/'),
      await get(body, bad),
      await post({ batch: [] }, bad, '/v1/batch'),
    ])
      assert.deepEqual([status, headers.get('www-authenticate')], [401, 'Bearer realm="journeygraph"']);
    assert.equal((await operations()).get('none UNAUTHENTICATED'), before + 3);
  });

  test('every answer has a request id, every error the same one, and a sane one of the sender is taken over', async () => {
    const failing = { query: '{ activity(id: "nonsense") { id } }' };
    for (const [path, body] of [
      ['/graphql', failing],
      ['/graphql/', failing],
      ['/v1/track', { event: 'x' }],
      ['/rest/v1/activities/types.json', {}],
      ['/nowhere', {}],
      ['/%zz', {}],
    ] as const) {
      const own = await post(body, bearer(), path);
      const id = own.headers.get('x-request-id') ?? '';
      assert.match(id, /^[0-9a-f-]{36}$/, path);
      const answer = JSON.parse(own.text);
      assert.equal(answer.requestId ?? answer.errors[0].extensions.requestId, id, own.text);
      for (const [sent, taken] of [
        ['trace-1.2:3_4', true],
        ['a b', false],
        ['x'.repeat(129), false],
      ] as const) {
        const { headers } = await post(body, { ...bearer(), 'x-request-id': sent }, path);
        assert.equal(headers.get('x-request-id') === sent, taken, `${path} ${sent}`);
      }
    }
    assert.match((await call('/healthz')).headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  });

  test('what is logged of a request has its id, whichever way it went', async () => {
    const { services } = installation.application;
    const { figures, collector, types } = services;
    const { collect } = collector;
    const { list } = types;
    const broken = () => {
      throw new Error('a secret of the inside');
    };
    Object.assign(services, { figures: { ...figures, metrics: broken } });
    Object.assign(collector, { collect: broken });
    Object.assign(types, { list: broken });
    const query = { query: '{ metrics(query: { measures: [VISITS] }) { totalRows } }' };
    try {
      const answers = [
        await post(query),
        await post(query),
        await get(query),
        await post({ userId: 'a', event: 'x' }, bearer(), '/v1/track'),
        await call('/rest/v1/activities/types.json', { headers: bearer() }),
      ];
      const ids = answers.map(({ headers }) => headers.get('x-request-id'));
      assert.equal(new Set(ids).size, answers.length);
      assert.deepEqual(
        logged.map(({ level, requestId }) => [level, requestId]),
        ids.map((id) => [50, id]),
      );
      for (const line of logged) assert.match(JSON.stringify(line), /a secret of the inside/);
      for (const { headers, text } of answers) {
        assert.ok(text.includes(`"requestId":"${headers.get('x-request-id')}"`), text);
        assert.doesNotMatch(text, /secret/);
      }
    } finally {
      Object.assign(services, { figures });
      Object.assign(types, { list });
      Object.assign(collector, { collect });
    }
  });

  test('a bearer token counts against cross-site requests, as no header of a form does', async () => {
    const query = '{ viewer { tenant { id } } }';
    assert.deepEqual(JSON.parse((await get({ query })).text).data, { viewer: { tenant: { id: 'one' } } });
    const basic = { authorization: `Basic ${Buffer.from('jg_x:').toString('base64')}` };
    for (const headers of [{}, basic] as Record<string, string>[])
      assert.equal((await get({ query }, headers)).status, 400);
    const form = { ...bearer(), 'content-type': 'text/plain' };
    const sent = await call('/graphql', { method: 'POST', headers: form, body: JSON.stringify({ query }) });
    assert.equal(sent.status, 415);

    const hash = 'ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38';
    const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash: hash } });
    const missing = await get({ extensions });
    assert.deepEqual(
      [missing.status, errorOf(missing.text).extensions.code],
      [200, 'PERSISTED_QUERY_NOT_FOUND'],
    );
    await get({ query: '{__typename}', extensions });
    assert.deepEqual(JSON.parse((await get({ extensions })).text).data, { __typename: 'Query' });
    const mutation = await get({
      query: 'mutation { identifyLeads(input: { leads: [] }) { results { accepted } } }',
    });
    assert.deepEqual([mutation.status, mutation.headers.get('allow')], [405, 'POST']);
  });

  test('a method that a path does not take is refused with those that it takes', async () => {
    for (const [method, path, allow] of [
      ['PUT', '/graphql', 'GET, POST'],
      ['DELETE', '/graphql/', 'GET, POST'],
      ['GET', '/v1/track', 'POST'],
      ['PATCH', '/v1/batch', 'POST'],
      ['POST', '/healthz', 'GET, HEAD'],
      ['PUT', '/identity/oauth/token', 'GET, HEAD, POST'],
    ] as const) {
      const { status, headers, text } = await call(path, { method });
      assert.deepEqual([status, headers.get('allow')], [405, allow], `${method} ${path}`);
      assert.equal(errorOf(text).extensions.code, 'BAD_USER_INPUT');
      const options = await call(path, { method: 'OPTIONS' });
      assert.deepEqual([options.status, options.headers.get('allow'), options.text], [204, allow, '']);
    }
    assert.equal((await call('/v1/nothing', { method: 'OPTIONS' })).status, 404);
  });

  test('answers are kept by nobody and taken for nothing else', async () => {
    for (const { headers } of [
      await post({ query: A }),
      await post({ query: A }, {}, '/graphql/'),
      await post({}, {}, '/v1/track'),
      await call('/readyz'),
      await call('/nowhere'),
      await call('/graphql', { method: 'PUT' }),
    ])
      assert.deepEqual(
        ['cache-control', 'x-content-type-options', 'referrer-policy'].map((name) => headers.get(name)),
        ['no-store', 'nosniff', 'no-referrer'],
      );
  });

  test('a large answer is compressed for who takes that, by either way, and a small one is not', async () => {
    const body = { query: '{ activityTypes { id name description attributes { name description } } }' };
    const raw = async (path: string, accept: string | undefined) => {
      const url = `${installation.address}${path}?${new URLSearchParams(body)}`;
      const headers = { ...bearer(), ...(accept !== undefined && { 'accept-encoding': accept }) };
      const [message] = (await once(httpGet(url, { headers }), 'response')) as [IncomingMessage];
      const chunks: Buffer[] = [];
      for await (const chunk of message) chunks.push(chunk);
      return {
        encoding: message.headers['content-encoding'],
        vary: message.headers.vary,
        bytes: Buffer.concat(chunks),
      };
    };
    const plain = await raw('/graphql', undefined);
    assert.equal(plain.encoding, undefined);
    assert.equal(JSON.parse(plain.bytes.toString()).errors, undefined, plain.bytes.toString());
    // What the costs leave of the budget differs from call to call.
    const text = (bytes: Buffer) => JSON.parse(bytes.toString()).data;
    for (const [accept, encoding, unpack] of [
      ['gzip', 'gzip', gunzipSync],
      ['br', 'br', brotliDecompressSync],
      ['gzip, deflate, br', 'br', brotliDecompressSync],
      ['br;q=0.1, gzip;q=0.9', 'gzip', gunzipSync],
      ['*', 'br', brotliDecompressSync],
      ['identity', undefined, (bytes: Buffer) => bytes],
      ['br;q=0, gzip;q=0', undefined, (bytes: Buffer) => bytes],
    ] as const) {
      const packed = await raw('/graphql', accept);
      assert.equal(packed.encoding, encoding, accept);
      assert.deepEqual(text(unpack(packed.bytes)), text(plain.bytes), accept);
      if (encoding) {
        assert.match(packed.vary ?? '', /accept-encoding/);
        assert.ok(packed.bytes.length * 3 < plain.bytes.length);
      }
    }
    for (const path of ['/graphql', '/graphql/', '/graphql']) {
      const { headers, text: unpacked } = await post(body, { ...bearer(), 'accept-encoding': 'gzip' }, path);
      assert.equal(headers.get('content-encoding'), 'gzip');
      assert.deepEqual(JSON.parse(unpacked).data, text(plain.bytes));
    }
    assert.equal((await post({ query: A })).headers.get('content-encoding'), null);
  });

  test('pages of the origins that are named use the API, and pages of any origin send events', async () => {
    const preflight = (path: string, origin: string) =>
      call(path, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,content-type',
        },
      });
    for (const [path, origin, allowed] of [
      ['/graphql', APP, APP],
      ['/graphql', 'https://evil.example.com', null],
      ['/v1/track', 'https://any.example.com', '*'],
      ['/v1/batch', 'null', '*'],
      ['/rest/v1/activities/types.json', APP, null],
    ] as const) {
      const { status, headers } = await preflight(path, origin);
      assert.equal(headers.get('access-control-allow-origin'), allowed, `${path} ${origin}`);
      if (path.startsWith('/rest')) continue;
      assert.equal(status, 204);
      assert.equal(headers.get('access-control-allow-headers'), allowed && 'authorization,content-type');
      assert.equal(headers.get('access-control-allow-methods'), allowed && headers.get('allow'));
      assert.equal(headers.get('access-control-max-age'), allowed && '7200');
      assert.equal(headers.get('access-control-allow-credentials'), null);
    }
    for (const path of ['/graphql', '/graphql/']) {
      const own = await post({ query: A }, { ...bearer(), origin: APP }, path);
      assert.equal(own.headers.get('access-control-allow-origin'), APP);
      assert.match(
        own.headers.get('access-control-expose-headers') ?? '',
        /retry-after.*x-ratelimit.*x-request-id/,
      );
      assert.match(own.headers.get('vary') ?? '', /origin/);
      const other = await post({ query: A }, { ...bearer(), origin: 'https://evil.example.com' }, path);
      assert.equal(other.headers.get('access-control-allow-origin'), null);
    }
    // A page has to be able to read what was wrong.
    const refused = await post({ query: A }, { authorization: 'Bearer x', origin: APP });
    assert.deepEqual([refused.status, refused.headers.get('access-control-allow-origin')], [401, APP]);
  });

  test('a large body is read only of who shows a good credential first', async () => {
    for (const [path, headers] of [
      ['/graphql', ['Content-Length: 900000', 'Content-Type: application/json']],
      [
        '/graphql',
        ['Content-Length: 900000', 'Content-Type: application/json', 'Authorization: Bearer x.y.z'],
      ],
      ['/graphql', ['Transfer-Encoding: chunked', 'Content-Type: application/json']],
      ['/rest/v1/activities/external.json', ['Content-Length: 900000', 'Content-Type: application/json']],
    ] as const) {
      const connection = await openRaw(installation.address);
      const chunk = Buffer.alloc(70_000, 0x20);
      connection.socket.write([`POST ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n'));
      if (headers[0].startsWith('Transfer')) connection.socket.write(`${chunk.length.toString(16)}\r\n`);
      connection.socket.write(chunk);
      // The rest never comes.
      assert.match(await connection.ended(), /^HTTP\/1\.1 401 /, `${path} ${headers}`);
    }
    const query = `{ __typename } #${'x'.repeat(200_000)}`;
    assert.equal((await post({ query })).status, 200);
    assert.equal((await post({ query }, {})).status, 401);
  });
});
