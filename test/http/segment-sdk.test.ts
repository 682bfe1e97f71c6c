import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Analytics } from '@segment/analytics-node';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';
import { brokenProxy } from '../support/broken-proxy.ts';

const EVENTS = 10_000;
const PEOPLE = 100;

describe('the unmodified Segment SDK for Node', () => {
  let installation: TestInstallation;
  before(async () => {
    installation = await openInstallation({ COST_BUDGET: '10000000' });
  });
  after(() => installation.close());

  test('sends 10,000 events through broken requests, and each is in the timeline, the search and the KPIs once', async () => {
    const { directory } = installation.application;
    const writeKey = await directory.createKey({ tenantId: 'one', kind: 'write', scopes: [], name: 'sdk' });
    const proxy = await brokenProxy(installation.address);
    const lost: unknown[] = [];
    const sdk = new Analytics({ writeKey, host: proxy.url, path: '/v1/batch', flushAt: 100, maxRetries: 10 });
    sdk.on('error', (error) => lost.push(error));
    for (let n = 0; n < EVENTS; n += 1) {
      const userId = `person-${n % PEOPLE}`;
      if (n % 4 === 0)
        sdk.page({
          userId,
          name: 'Home',
          properties: { url: 'https://www.example.com/', title: `Page ${n}` },
        });
      else
        sdk.track({
          userId,
          event: n % 4 === 1 ? 'Order Completed' : 'Sdk Event',
          properties: { order_id: `o-${n}`, revenue: 1.25, number: n },
        });
    }
    // By default it gives up waiting after some seconds, sent or not; on a busy machine that is too soon.
    await sdk.closeAndFlush({ timeout: 5 * 60_000 });
    proxy.close();
    assert.deepEqual(lost, []);
    assert.ok(proxy.faults.unseen > 5 && proxy.faults.delivered > 5, JSON.stringify(proxy.faults));

    const token = await installation.token('one', ALL_SCOPES);
    const messageIds = new Set<string>();
    let inTimelines = 0;
    for (let person = 0; person < PEOPLE; person += 1) {
      const { body } = await installation.graphql(
        token,
        `{ lead(externalId: "person-${person}") { activities(first: 1000) { nodes { messageId } pageInfo { hasNextPage } } } }`,
      );
      const { nodes, pageInfo } = body.data.lead.activities;
      assert.equal(pageInfo.hasNextPage, false);
      inTimelines += nodes.length;
      for (const node of nodes) messageIds.add(node.messageId);
    }
    assert.deepEqual([inTimelines, messageIds.size], [EVENTS, EVENTS]);

    const { body } = await installation.graphql(
      token,
      `{ all: searchActivities { total(exact: true) { value } }
         some: searchActivities(query: "sdk event") { total(exact: true) { value } }
         metrics(query: {measures: [ACTIVITIES, VISITS, CONVERSIONS, REVENUE, UNIQUE_LEADS]}) { rows { values { value } } } }`,
    );
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    assert.equal(body.data.all.total.value, EVENTS);
    assert.equal(body.data.some.total.value, EVENTS / 2);
    assert.deepEqual(
      body.data.metrics.rows[0].values.map((value: { value: number }) => value.value),
      [EVENTS, EVENTS / 4, EVENTS / 4, (EVENTS / 4) * 1.25, PEOPLE],
    );
  });
});
