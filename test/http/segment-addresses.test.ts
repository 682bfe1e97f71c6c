import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';

describe("The addresses of Segment's and RudderStack's SDKs", () => {
  let installation: TestInstallation;
  let key: string;
  let token: string;
  before(async () => {
    installation = await openInstallation({ PUBLIC_URL: 'https://data.example.com/' });
    const { directory } = installation.application;
    key = await directory.createKey({ tenantId: 'one', kind: 'write', scopes: [], name: 'sdk' });
    token = await installation.token('one', ALL_SCOPES);
  });
  after(() => installation.close());

  const send = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`${installation.address}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const basic = () => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` });

  test('each short address is its long one', async () => {
    for (const [short, long] of Object.entries({
      t: 'track',
      i: 'identify',
      p: 'page',
      s: 'screen',
      g: 'group',
      a: 'alias',
    })) {
      const event = {
        userId: `short-${short}`,
        previousId: `former-${short}`,
        groupId: 'g',
        event: 'Signed Up',
        messageId: `id-${short}`,
        timestamp: '2026-06-01T00:00:00Z',
      };
      // Linking two people needs more than a public key.
      const credential = short === 'a' ? { authorization: `Bearer ${token}` } : basic();
      const first = await (await send(`/v1/${short}`, event, credential)).json();
      assert.equal(first.success, true, JSON.stringify(first));
      const second = await (await send(`/v1/${long}`, event, credential)).json();
      assert.deepEqual([second.success, second.rejected], [true, undefined]);
      if ('tps'.includes(short)) assert.deepEqual([first.accepted, second.duplicates], [1, 1], long);
    }
    assert.equal((await send('/v1/m', { series: [] })).status, 200);
  });

  test('batches come to four addresses, with the key in the header, the body or the address', async () => {
    let number = 0;
    for (const path of ['/v1/batch', '/v1/b', '/v1/import', '/v1/import/', '/beacon/v1/batch'])
      for (const way of ['header', 'body', 'address']) {
        number += 1;
        const batch = [{ type: 'track', userId: 'u', event: 'x', messageId: `batch-${number}` }];
        const response = await send(
          way === 'address' ? `${path}?writeKey=${key}` : path,
          { batch, ...(way === 'body' && { writeKey: key }) },
          way === 'header' ? basic() : {},
        );
        assert.equal((await response.json()).accepted, 1, `${path} ${way}`);
      }
    const wrong = await send('/v1/b?writeKey=jgw_wrong', { batch: [] });
    assert.equal(wrong.status, 401);
    const large = { writeKey: key, batch: [], pad: 'x'.repeat(300_000) };
    assert.equal((await send('/v1/b', large)).status, 200, 'the key is in the body');
  });

  test('a pixel takes an event from a page that runs no script', async () => {
    const event = { writeKey: key, userId: 'pixel', event: 'Seen', messageId: 'pixel-1' };
    const data = encodeURIComponent(Buffer.from(JSON.stringify(event)).toString('base64'));
    const response = await fetch(`${installation.address}/v1/pixel/track?data=${data}`);
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'image/gif']);
    const { body } = await installation.graphql(
      token,
      '{ lead(externalId: "pixel") { activities { nodes { messageId } } } }',
    );
    assert.deepEqual(body.data.lead.activities.nodes, [{ messageId: 'pixel-1' }]);
  });

  test('settings name the public address, and a wrong key is told', async () => {
    for (const path of [`/v1/projects/${key}/settings`, `/projects/${key}/settings`]) {
      const { integrations } = await (await fetch(`${installation.address}${path}`)).json();
      const { apiKey, apiHost, protocol } = integrations['Segment.io'];
      assert.deepEqual(
        { apiKey, apiHost, protocol },
        { apiKey: key, apiHost: 'data.example.com/v1', protocol: 'https' },
      );
    }
    const { source } = await (await fetch(`${installation.address}/sourceConfig/?writeKey=${key}`)).json();
    assert.deepEqual([source.writeKey, source.enabled, source.destinations], [key, true, []]);
    for (const path of ['/v1/projects/jgw_x/settings', '/sourceConfig?writeKey=jgw_x'])
      assert.equal((await fetch(installation.address + path)).status, 404);
    assert.equal((await fetch(`${installation.address}/sourceConfig`)).status, 400);
  });

  test('what every dialect brings is counted, by its verdict', async () => {
    const counts = async (): Promise<Record<string, number>> => {
      const text = await (await fetch(`${installation.address}/metrics`)).text();
      return Object.fromEntries(
        [
          ...text.matchAll(/^journeygraph_ingested_items_total\{dialect="(\w+)",status="(\w+)"\} (\d+)/gm),
        ].map(([, dialect, status, count]) => [`${dialect} ${status}`, Number(count)]),
      );
    };
    const before = await counts();
    const input = (activity: string) =>
      `mutation { recordActivities(input: { activities: [${activity}] }) { accepted } }`;
    const said = 'externalId: "c", occurredAt: "2026-06-10T10:00:00Z"';
    await installation.graphql(token, input(`{ messageId: "c-1", type: "Visit Webpage", ${said} }`));
    await installation.graphql(token, input(`{ messageId: "c-1", type: "Visit Webpage", ${said} }`));
    await installation.graphql(token, input(`{ messageId: "c-2", type: "Not Yet", ${said} }`));
    await installation.graphql(
      token,
      'mutation { identifyLeads(input: { leads: [{ externalId: "c" }] }) { results { accepted } } }',
    );
    await installation.graphql(
      token,
      'mutation { defineActivityType(input: { name: "Not Yet", description: "x" }) { activityType { name } } }',
    );
    const replayed = await installation.graphql(
      token,
      'mutation { replayFailedActivities(input: { dialect: "graphql" }) { replayed } }',
    );
    assert.equal(replayed.body.data.replayFailedActivities.replayed, 1, JSON.stringify(replayed.body));
    await send('/v1/t', { userId: 'c', event: 'x', messageId: 'c-3' }, basic());
    const after = await counts();
    const grown = Object.entries(after).flatMap(([name, count]) =>
      count > (before[name] ?? 0) ? [[name, count - (before[name] ?? 0)] as const] : [],
    );
    // Two of GraphQL's are the person and what was replayed.
    assert.deepEqual(Object.fromEntries(grown), {
      'graphql accepted': 3,
      'graphql duplicate': 1,
      'graphql rejected': 1,
      'segment accepted': 1,
    });
  });
});
