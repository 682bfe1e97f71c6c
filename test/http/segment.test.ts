import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';
import { mmdb } from '../support/mmdb.ts';
import { temporaryDirectory } from '../support/temp.ts';

const now = () => new Date().toISOString();

describe('the Segment protocol', () => {
  let installation: TestInstallation;
  let reader: string;
  let writeKey: string;
  before(async () => {
    installation = await openInstallation();
    reader = await installation.token('one', ALL_SCOPES);
    const { directory } = installation.application;
    writeKey = await directory.createKey({ tenantId: 'one', kind: 'write', scopes: [], name: 'k' });
  });
  after(() => installation.close());

  const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` });
  const post = (path: string, body: unknown, headers: Record<string, string> = basic(writeKey)) =>
    fetch(`${installation.address}/v1/${path}`, {
      method: 'POST',
      headers,
      body: (body instanceof Uint8Array || typeof body === 'string' ? body : JSON.stringify(body)) as string,
    });
  const json = async (response: Response): Promise<GraphqlData> => response.json();
  const ask = async (query: string): Promise<GraphqlData> => {
    const { body } = await installation.graphql(reader, query);
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    return body.data;
  };

  test('each kind of call becomes what it says', async () => {
    const { directory } = installation.application;
    // A public key may not link two ids of people.
    const secretKey = basic(
      await directory.createKey({ tenantId: 'one', kind: 'api', scopes: ['activities:write'], name: 's' }),
    );
    const who = { userId: 'kind', timestamp: now() };
    const calls: readonly (readonly [string, object])[] = [
      [
        'track',
        { ...who, messageId: 'k-1', event: 'Order Completed', properties: { order_id: 'o', revenue: 2.5 } },
      ],
      ['page', { ...who, messageId: 'k-2', name: 'Home', properties: { url: 'https://a.example/' } }],
      ['screen', { ...who, messageId: 'k-3', name: 'Inbox' }],
      ['identify', { ...who, messageId: 'k-4', traits: { email: 'kind@example.com', plan: 'pro' } }],
      ['group', { ...who, messageId: 'k-5', groupId: 'g-1', traits: { name: 'Initech' } }],
      ['alias', { userId: 'kind', previousId: 'kind-before', messageId: 'k-6', timestamp: now() }],
    ];
    for (const [path, body] of calls) {
      const response = await post(path, body, secretKey);
      assert.deepEqual(
        [response.status, await json(response)],
        [200, { success: true, accepted: 1, duplicates: 0 }],
        path,
      );
    }
    const repeated = await post(
      'batch',
      { batch: calls.map(([type, body]) => ({ ...body, type })) },
      secretKey,
    );
    assert.deepEqual(await json(repeated), { success: true, accepted: 3, duplicates: 3 });
    const { lead } = await ask(
      '{ lead(externalId: "kind-before") { externalId email traits aliases activities { nodes { messageId type { name } attributes } } } }',
    );
    assert.deepEqual([lead.externalId, lead.email], ['kind', 'kind@example.com']);
    assert.deepEqual(lead.traits, { plan: 'pro', groupId: 'g-1', 'group.name': 'Initech' });
    assert.deepEqual(lead.activities.nodes.map(({ type }: GraphqlData) => type.name).sort(), [
      'Complete Order',
      'View Screen',
      'Visit Webpage',
    ]);
  });

  test('a write key is taken as Basic, in the body, or beside an access token of its tenant', async () => {
    const { directory } = installation.application;
    const other = await directory.createKey({ tenantId: 'two', kind: 'write', scopes: [], name: 'k' });
    const token = await installation.token('one', ['activities:write']);
    const bearer = { authorization: `Bearer ${token}` };
    const status = async (headers: Record<string, string>, key?: string) =>
      (await post('batch', { batch: [], ...(key && { writeKey: key }) }, headers)).status;
    assert.equal(await status(basic(writeKey)), 200);
    assert.equal(await status({}, writeKey), 200);
    assert.equal(await status(basic(writeKey), writeKey), 200);
    assert.equal(await status(bearer), 200);
    assert.equal(await status(bearer, writeKey), 200);
    assert.equal(await status(bearer, other), 403, 'a token of one tenant and a key of another');
    assert.equal(await status(bearer, 'jgw_nonsense'), 401);
    assert.equal(await status({}), 401);
    const event = { type: 'track', event: 'X', userId: 'body-key', messageId: 'b-1', writeKey };
    assert.equal((await post('track', event, {})).status, 200);
    const { searchActivities } = await ask(
      '{ searchActivities(filter: { messageId: { eq: "b-1" } }) { nodes { attributes context } } }',
    );
    assert.ok(!JSON.stringify(searchActivities).includes(writeKey));
  });

  test('a body over 500 KB is a bad request, in whatever form it comes; one just below is taken', async () => {
    const batch = (bytes: number) => {
      const event = (n: number) => ({
        type: 'track',
        event: 'E',
        userId: 'u',
        messageId: `${bytes}-${n}`,
        properties: { t: 'x'.repeat(25_000) },
      });
      const events = Array.from({ length: Math.floor(bytes / 25_200) }, (_, n) => event(n));
      const text = JSON.stringify({ batch: events });
      return `${text.slice(0, -1)}${' '.repeat(bytes - Buffer.byteLength(text))}}`;
    };
    assert.equal((await post('batch', batch(500 * 1024))).status, 200);
    assert.equal(
      (await post('batch', gzipSync(batch(500 * 1024)), { ...basic(writeKey), 'content-encoding': 'gzip' }))
        .status,
      200,
    );
    for (const body of [
      batch(500 * 1024 + 1),
      gzipSync(batch(500 * 1024 + 1)),
      Buffer.alloc(20 * 1024 * 1024, 0x20),
    ]) {
      const response = await post('batch', body);
      const { errors } = await json(response);
      assert.deepEqual([response.status, errors[0].extensions.code], [400, 'BAD_USER_INPUT']);
      assert.match(errors[0].message, /512000 bytes/);
    }
  });

  test('an event over 32 KB costs nobody but itself; alone it is a bad request', async () => {
    const large = {
      type: 'track',
      event: 'L',
      userId: 'u',
      messageId: 'l-1',
      properties: { t: 'x'.repeat(33_000) },
    };
    const small = { type: 'track', event: 'S', userId: 'u', messageId: 'l-2' };
    const answer = await json(await post('batch', { batch: [large, small, large] }));
    assert.equal(answer.accepted, 1);
    assert.deepEqual(
      answer.rejected.map(({ index, code }: GraphqlData) => [index, code]),
      [
        [0, 'TOO_LARGE'],
        [2, 'TOO_LARGE'],
      ],
    );
    const alone = await post('track', large);
    assert.equal(alone.status, 400);
    assert.match((await json(alone)).rejected[0].message, /32768 bytes/);
  });

  test('of a batch of too many events the first 2,500 are taken, and the others told and kept', async () => {
    const batch = Array.from({ length: 2_503 }, (_, n) => ({
      type: 'track',
      event: 'M',
      userId: 'many',
      messageId: `many-${n}`,
    }));
    const answer = await json(await post('batch', { batch }));
    assert.equal(answer.accepted, 2_500);
    assert.deepEqual(
      answer.rejected.map(({ index, code }: GraphqlData) => [index, code]),
      [2_500, 2_501, 2_502].map((n) => [n, 'TOO_LARGE']),
    );
    const { replayFailedActivities } = await ask(
      'mutation { replayFailedActivities(input: { reason: "beyond" }) { replayed failed } }',
    );
    assert.deepEqual(replayFailedActivities, { replayed: 3, failed: 0 });
  });

  test('no address of a request is stored, and only a direct one is looked up', async () => {
    await post('track', { event: 'Direct', userId: 'd', messageId: 'd-1', context: { direct: true } });
    const { searchActivities } = await ask(
      '{ searchActivities(filter: { messageId: { eq: "d-1" } }) { nodes { context country } } }',
    );
    assert.deepEqual(searchActivities.nodes, [{ context: { direct: true }, country: null }]);
  });
});

describe('a tenant over its budget', () => {
  let installation: TestInstallation;
  before(async () => {
    installation = await openInstallation({
      // Little comes back while a slow machine sends.
      INGEST_EVENTS_PER_SECOND: '1',
      INGEST_BYTES_PER_SECOND: '5000',
      INGEST_BURST_SECONDS: '100',
    });
  });
  after(() => installation.close());

  const send = async (tenant: string, count: number, size = 1) => {
    const token = await installation.token(tenant, ALL_SCOPES);
    const batch = Array.from({ length: count }, (_, n) => ({
      type: 'track',
      event: 'E',
      userId: 'u',
      messageId: `${Math.random()}-${n}`,
      properties: { t: 'x'.repeat(size) },
    }));
    const response = await fetch(`${installation.address}/v1/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({ batch }),
    });
    await response.arrayBuffer();
    return response;
  };
  const header = (response: Response, name: string) => Number(response.headers.get(name) ?? Number.NaN);

  test('is told what is left, then 429 with how long to wait, and nothing of it is recorded; another tenant is served', async () => {
    const first = await send('one', 70);
    assert.equal(header(first, 'x-ratelimit-limit'), 100);
    const remaining = header(first, 'x-ratelimit-remaining');
    assert.ok(remaining >= 30 && remaining < 90, String(remaining));
    assert.ok(Math.abs(header(first, 'x-ratelimit-reset') - (100 - remaining)) <= 1);
    const second = await send('one', 95);
    assert.equal(second.status, 429);
    const wait = header(second, 'retry-after');
    assert.ok(wait >= 1 && wait <= 65, String(wait));
    assert.equal(header(second, 'x-ratelimit-reset'), wait);
    assert.equal(header(second, 'x-ratelimit-limit'), 100);
    assert.equal((await send('two', 90)).status, 200);
    const token = await installation.token('one', ALL_SCOPES);
    const { body, headers } = await installation.graphql(
      token,
      'mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { accepted } }',
      {
        input: {
          activities: Array.from({ length: 99 }, (_, n) => ({
            messageId: `g-${n}`,
            externalId: 'u',
            type: 'Visit Webpage',
            occurredAt: now(),
          })),
        },
      },
    );
    const [error] = body.errors ?? [];
    assert.deepEqual(
      [error?.extensions['code'], error?.extensions['retryable']],
      ['RATE_LIMITED', true],
      'GraphQL has the same budget',
    );
    assert.ok(Number(error?.extensions['retryAfterMs']) > 0);
    assert.ok(headers);
    const found = await installation.graphql(token, '{ searchActivities { total(exact: true) { value } } }');
    assert.equal(found.body.data.searchActivities.total.value, 70);
  });

  test('is refused before its body is read while it is being refused, where the size says enough', async () => {
    const token = await installation.token('one', ALL_SCOPES);
    const events = Array.from({ length: 100 }, (_, n) => ({
      type: 'track',
      event: 'E',
      userId: 'u',
      messageId: `many-${n}`,
    }));
    const post = (body: string) =>
      fetch(`${installation.address}/v1/batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body,
      });
    const flood = JSON.stringify({ batch: events });
    await post(flood);
    assert.equal((await post(flood)).status, 429);
    const unread = await post('['.repeat(flood.length));
    assert.equal(unread.status, 429);
    assert.equal(header(unread, 'x-ratelimit-limit'), 100);
    assert.ok(header(unread, 'retry-after') > 0);
    assert.equal((await post('[')).status, 400, 'what may fit is read');
  });

  test('a flood, and a bad credential, are turned away before their body is there', async () => {
    const token = await installation.token('one', ALL_SCOPES);
    /** The status of a request whose body never comes. */
    const announce = (authorization: string, bytes: number): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const headers = { authorization, 'content-length': bytes };
        const sending = request(`${installation.address}/v1/batch`, { method: 'POST', headers });
        sending.on('error', reject).on('response', ({ statusCode }) => {
          resolve(statusCode);
          sending.destroy();
        });
        sending.flushHeaders();
      });
    for (let status = 200; status === 200; ) status = (await send('one', 9)).status;
    assert.equal(await announce(`Bearer ${token}`, 400_000), 429);
    assert.equal(await announce('Bearer nobody', 400_000), 401);
  });

  test('bytes count as well', async () => {
    assert.equal((await send('two', 1, 30_000)).status, 200);
    const statuses: number[] = [];
    for (let n = 0; n < 40; n += 1) statuses.push((await send('two', 1, 31_000)).status);
    assert.ok(statuses.includes(429));
  });
});

describe('an installation that leaves robots out and knows countries', () => {
  let installation: TestInstallation;
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  before(async () => {
    directory = await temporaryDirectory();
    const file = join(directory.path, 'countries.mmdb');
    await writeFile(file, mmdb({ '127.0.0.0/8': { country: { iso_code: 'AQ' } } }));
    installation = await openInstallation({ RECORD_ROBOTS: 'false', GEOIP_DATABASE: file });
  });
  after(async () => {
    await installation.close();
    await directory.remove();
  });

  test('tells that a robot was not recorded, and where a direct sender is, in every dialect', async () => {
    const token = await installation.token('one', ALL_SCOPES);
    const userAgent = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
    const response = await fetch(`${installation.address}/v1/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({
        batch: [
          { type: 'page', userId: 'crawler', messageId: 'r-1', context: { userAgent } },
          { type: 'page', userId: 'person', messageId: 'r-2', context: { direct: true } },
        ],
      }),
    });
    assert.deepEqual(await response.json(), { success: true, accepted: 1, duplicates: 0, dropped: 1 });
    const { body } = await installation.graphql(
      token,
      `mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { dropped results { status activity { id } error { code } } } }`,
      {
        input: {
          activities: [
            {
              messageId: 'r-3',
              externalId: 'c',
              type: 'Visit Webpage',
              occurredAt: now(),
              context: { userAgent },
            },
          ],
        },
      },
    );
    assert.deepEqual(body.data.recordActivities, {
      dropped: 1,
      results: [{ status: 'DROPPED', activity: null, error: null }],
    });
    const found = await installation.graphql(
      token,
      '{ searchActivities { nodes { messageId country enrichmentVersion context } } failedActivities { nodes { id } } }',
    );
    assert.deepEqual(found.body.data, {
      searchActivities: {
        nodes: [{ messageId: 'r-2', country: 'AQ', enrichmentVersion: 2, context: { direct: true } }],
      },
      failedActivities: { nodes: [] },
    });
  });
});
