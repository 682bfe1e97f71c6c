import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';
import { brokenProxy } from '../support/broken-proxy.ts';
import { pythonSkip, pythonWith, RegistryUnreachable, runPython } from '../support/python.ts';

const EVENTS = 600;
const PEOPLE = 20;
const BATCH = 15;

const SHARED = [
  'backoff==2.2.1',
  'python-dateutil==2.9.0.post0',
  'requests==2.32.5',
  'six==1.17.0',
  'urllib3==2.5.0',
  'idna==3.11',
  'certifi',
  'charset-normalizer==3.4.4',
];
/** SDKs for Python: the module of the client, and what to install. */
const PYTHON = [
  {
    name: 'segment-analytics-python',
    module: 'segment.analytics.client',
    version: '2.4.0',
    gzip: false,
    needs: ['PyJWT==2.10.1'],
  },
  {
    name: 'rudder-sdk-python',
    module: 'rudderstack.analytics.client',
    version: '2.1.9',
    gzip: true,
    needs: ['deprecation==2.1.0', 'packaging==25.0', 'python-dotenv==1.2.1'],
  },
] as const;

/**
 * SDKs that nobody here wrote, unmodified, each through requests that break: some are refused unseen, of some the answer
 * is lost after they were delivered.
 */
describe('unmodified SDKs send mixed events through broken requests, and each is there once', () => {
  let installation: TestInstallation;
  before(async () => {
    installation = await openInstallation({ COST_BUDGET: '10000000' });
  });
  after(() => installation.close());

  /** Lets an SDK send as a tenant of its own, then counts everywhere. */
  async function proves(
    tenantId: string,
    send: (target: { url: string; writeKey: string }) => Promise<void>,
  ): Promise<void> {
    const { directory } = installation.application;
    await directory.createTenant(tenantId, tenantId);
    const writeKey = await directory.createKey({
      tenantId,
      kind: 'api',
      scopes: ['activities:write'],
      name: 'sdk',
    });
    const proxy = await brokenProxy(installation.address);
    try {
      await send({ url: proxy.url, writeKey });
    } finally {
      proxy.close();
    }
    assert.ok(proxy.faults.unseen > 3 && proxy.faults.delivered > 2, JSON.stringify(proxy.faults));

    const token = await installation.token(tenantId, ALL_SCOPES);
    const ask = async (query: string): Promise<GraphqlData> => {
      const { body } = await installation.graphql(token, query);
      assert.equal(body.errors, undefined, JSON.stringify(body.errors));
      return body.data;
    };
    const numbers: number[] = [];
    const aliases: string[] = [];
    for (let person = 0; person < PEOPLE; person += 1) {
      const { lead } = await ask(
        `{ lead(externalId: "person-${person}") { email traits aliases activities(first: 1000) { nodes { attributes } } } }`,
      );
      for (const { attributes } of lead.activities.nodes) numbers.push(attributes.number);
      aliases.push(...lead.aliases);
      assert.ok(lead.email === null || lead.email === `person-${person}@example.com`);
    }
    const expected = Array.from({ length: EVENTS }, (_, n) => n).filter((n) => n % 6 < 4);
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      expected,
      'in the timelines, each once',
    );
    assert.equal(new Set(aliases).size, EVENTS / 12);

    const data = await ask(
      `{ all: searchActivities { total(exact: true) { value } }
         some: searchActivities(query: "sdk event") { total(exact: true) { value } }
         pro: searchLeads(filter: { trait: { name: "plan", eq: "pro" } }) { total(exact: true) { value } }
         grouped: searchLeads(filter: { trait: { name: "group.name", eq: "Initech" } }) { total(exact: true) { value } }
         failedActivities { nodes { message } }
         metrics(query: {measures: [ACTIVITIES, VISITS, CONVERSIONS, REVENUE, UNIQUE_LEADS]}) { rows { values { value } } } }`,
    );
    assert.equal(data.all.total.value, expected.length, 'in the search, each once');
    assert.equal(data.some.total.value, EVENTS / 6);
    assert.ok(data.pro.total.value > 0 && data.grouped.total.value > 0);
    assert.deepEqual(data.failedActivities.nodes, []);
    assert.deepEqual(
      data.metrics.rows[0].values.map(({ value }: { value: number }) => value),
      [expected.length, EVENTS / 6, EVENTS / 6, (EVENTS / 6) * 1.25, PEOPLE],
      'in the figures, each once',
    );
  }

  test('@rudderstack/rudder-sdk-node 3.0.13', () =>
    proves('rudder-node', async ({ url, writeKey }) => {
      const sdk = new RudderAnalytics(writeKey, {
        dataPlaneUrl: url,
        flushAt: BATCH,
        flushInterval: 100,
        retryCount: 10,
        axiosRetryConfig: { retryDelay: () => 50 },
        logLevel: 'silly',
      });
      // Called when the batch of the event was answered, or given up.
      const sent: Promise<void>[] = [];
      const done = () => {
        let callback: (error?: Error) => void = () => {};
        sent.push(
          new Promise((resolve, reject) => {
            callback = (error) => (error ? reject(error) : resolve());
          }),
        );
        return callback;
      };
      for (let n = 0; n < EVENTS; n += 1) {
        const userId = `person-${n % PEOPLE}`;
        const page = { url: 'https://www.example.com/', number: n };
        const order = { order_id: `o-${n}`, revenue: 1.25, number: n };
        const traits = { plan: 'pro', email: `${userId}@example.com` };
        if (n % 6 === 0) sdk.page({ userId, name: 'Home', properties: page }, done());
        else if (n % 6 === 1) sdk.track({ userId, event: 'Order Completed', properties: order }, done());
        else if (n % 6 === 2) sdk.track({ userId, event: 'Sdk Event', properties: { number: n } }, done());
        else if (n % 6 === 3) sdk.screen({ userId, name: 'Inbox', properties: { number: n } }, done());
        else if (n % 6 === 4) sdk.identify({ userId, traits }, done());
        else if (n % 12 === 5) sdk.group({ userId, groupId: 'g-1', traits: { name: 'Initech' } }, done());
        else sdk.alias({ previousId: `old-${n}`, userId }, done());
      }
      await Promise.all(sent);
    }));

  for (const { name, module, version, gzip, needs } of PYTHON)
    test(`${name} ${version}`, { skip: pythonSkip() }, async (t) => {
      let python: string;
      try {
        python = await pythonWith(`${name}-${version}`, [`${name}==${version}`, ...needs, ...SHARED]);
      } catch (error) {
        if (error instanceof RegistryUnreachable) return t.skip(`needs ${name}: ${error.message}`);
        throw error;
      }
      await proves(name, async ({ url, writeKey }) => {
        const script = join(import.meta.dirname, 'sdk_events.py');
        await runPython(python, script, {
          module,
          host: url,
          writeKey,
          gzip,
          count: EVENTS,
          people: PEOPLE,
          batch: BATCH,
        });
      });
    });
});
