import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';
import { temporaryDirectory } from '../support/temp.ts';

type Order = {
  readonly revenue: unknown;
  readonly currency?: string;
  readonly campaign: string;
  readonly at?: string;
};
const AT = '2026-06-10T10:10:00Z';

for (const profile of ['embedded', 'postgres'] as const)
  describe(`revenue on ${profile}`, () => {
    let product: TestInstallation;
    let rates: Awaited<ReturnType<typeof temporaryDirectory>>;
    const tokens = new Map<string, string>();
    let sent = 0;

    const ask = async (tenant: string, query: string, variables: Record<string, unknown> = {}) => {
      const { body } = await product.graphql(tokens.get(tenant), query, variables);
      assert.deepEqual(body.errors, undefined);
      return body.data;
    };
    const record = async (tenant: string, orders: readonly Order[]) => {
      const activities = orders.map(({ revenue, currency, campaign, at }) => ({
        messageId: `order-${sent++}`,
        externalId: `person-${sent % 7}`,
        type: 'Complete Order',
        occurredAt: at ?? AT,
        campaign: { id: campaign },
        attributes: { revenue, ...(currency && { currency }) },
      }));
      const data = await ask(
        tenant,
        `mutation ($activities: [ActivityInput!]!) { recordActivities(input: {activities: $activities}) {
           results { status error { code path } } } }`,
        { activities },
      );
      return data.recordActivities.results as {
        status: string;
        error: { code: string; path: string } | null;
      }[];
    };
    const figures = async (tenant: string, query: Record<string, unknown>) =>
      (
        await ask(
          tenant,
          `query ($query: MetricsInput!) { metrics(query: $query) {
             rows { dimensions { value } values { measure value text currency previous change byCurrency { currency value text } } }
             warnings { code message } } }`,
          {
            query: {
              measures: ['REVENUE'],
              from: '2026-06-10T10:00:00Z',
              to: '2026-06-10T11:00:00Z',
              ...query,
            },
          },
        )
      ).metrics;
    const ofCampaign = (campaign: string) => ({ filter: [{ field: 'CAMPAIGN', in: [campaign] }] });
    /** One hour as a whole is answered from the roll-up, a cut one from the rows. */
    const PERIODS = [{}, { from: '2026-06-10T10:01:00Z' }];

    before(async () => {
      rates = await temporaryDirectory();
      const path = join(rates.path, 'rates.json');
      await writeFile(
        path,
        JSON.stringify({
          reporting: { two: 'EUR' },
          base: 'EUR',
          rates: { '2026-06-01': { USD: '1.25' }, '2026-06-11': { USD: '1.2' } },
        }),
      );
      product = await openInstallation({ CURRENCY_RATES: path }, profile);
      for (const tenant of ['one', 'two']) tokens.set(tenant, await product.token(tenant, ALL_SCOPES));
    });
    after(async () => {
      await product.close();
      await rates.remove();
    });

    test('sums of great amounts are exact, whichever way they are counted', async () => {
      const campaign = 'great';
      await record('one', [
        ...Array.from({ length: 10 }, () => ({ revenue: 1e9, currency: 'KRW', campaign: 'ten' })),
        { revenue: 1e10, currency: 'VND', campaign: 'single' },
        { revenue: -0.000_001, currency: 'IDR', campaign },
      ]);
      for (let call = 0; call < 10; call++)
        await record(
          'one',
          Array.from({ length: 100 }, () => ({ revenue: 999_999_999_999.99, currency: 'IDR', campaign })),
        );
      for (const period of PERIODS)
        for (const [name, text] of [
          ['ten', '10000000000'],
          ['single', '10000000000'],
          [campaign, '999999999999989.999999'],
        ] as const) {
          const { rows, warnings } = await figures('one', { ...period, ...ofCampaign(name) });
          assert.deepEqual(warnings, []);
          assert.equal(rows[0].values[0].text, text, name);
          assert.equal(rows[0].values[0].value, Number(text));
        }
    });

    test('a revenue beyond the bound is rejected at its path, and breaks no figure', async () => {
      const results = await record('one', [
        { revenue: 1e308, campaign: 'poison' },
        { revenue: -1.5e12, campaign: 'poison' },
        { revenue: 1, currency: 'EURO', campaign: 'poison' },
        { revenue: 2, currency: 'eur', campaign: 'poison' },
      ]);
      assert.deepEqual(
        results.map(({ status, error }) => [status, error?.code, error?.path]),
        [
          ['REJECTED', 'INVALID_VALUE', 'attributes.revenue'],
          ['REJECTED', 'INVALID_VALUE', 'attributes.revenue'],
          ['REJECTED', 'INVALID_VALUE', 'attributes.currency'],
          ['ACCEPTED', undefined, undefined],
        ],
      );
      for (const period of PERIODS) {
        const { rows } = await figures('one', { ...period, ...ofCampaign('poison') });
        assert.deepEqual([rows[0].values[0].value, rows[0].values[0].currency], [2, 'EUR']);
      }
    });

    test('several currencies in an answer are not added up: null, a warning, and the sums by currency', async () => {
      await record('one', [
        { revenue: 100, currency: 'USD', campaign: 'mixed' },
        { revenue: 10_000, currency: 'JPY', campaign: 'mixed' },
        { revenue: 0.5, campaign: 'mixed' },
      ]);
      for (const period of PERIODS) {
        const { rows, warnings } = await figures('one', { ...period, ...ofCampaign('mixed') });
        assert.deepEqual(rows[0].values[0], {
          measure: 'REVENUE',
          value: null,
          text: null,
          currency: null,
          previous: null,
          change: null,
          byCurrency: [
            { currency: 'JPY', value: 10_000, text: '10000' },
            { currency: 'USD', value: 100, text: '100' },
            { currency: null, value: 0.5, text: '0.5' },
          ],
        });
        assert.equal(warnings[0].code, 'MIXED_CURRENCIES');
        assert.match(warnings[0].message, /JPY, USD, not said/);
      }
      const byCurrency = await figures('one', {
        ...ofCampaign('mixed'),
        dimensions: [{ field: 'CURRENCY' }],
      });
      assert.deepEqual(byCurrency.warnings, []);
      assert.deepEqual(
        byCurrency.rows.map((row: { dimensions: { value: string }[]; values: { value: number }[] }) => [
          row.dimensions[0]?.value,
          row.values[0]?.value,
        ]),
        [
          ['JPY', 10_000],
          ['USD', 100],
          [null, 0.5],
        ],
      );
      const dollars = await figures('one', {
        filter: [...ofCampaign('mixed').filter, { field: 'CURRENCY', in: ['USD'] }],
      });
      assert.deepEqual([dollars.rows[0].values[0].value, dollars.rows[0].values[0].currency], [100, 'USD']);
    });

    test('rows of different currencies side by side are null too, but each campaign has its own performance', async () => {
      const both = await figures('one', {
        dimensions: [{ field: 'CAMPAIGN' }],
        filter: [{ field: 'CAMPAIGN', in: ['ten', 'single'] }],
      });
      assert.deepEqual(
        both.rows.map((row: { values: { value: number | null }[] }) => row.values[0]?.value),
        [null, null],
      );
      assert.equal(both.warnings[0].code, 'MIXED_CURRENCIES');
      const { campaigns } = await ask(
        'one',
        `{ campaigns(first: 50) { nodes { externalId performance(from: "2026-06-10T00:00:00Z", to: "2026-06-11T00:00:00Z", grain: HOUR) {
             revenue revenueText currency revenueByCurrency { currency text } warnings { code } series { revenue currency } } } } }`,
      );
      const performance = Object.fromEntries(
        campaigns.nodes.map(
          (node: { externalId: string; performance: { series: { revenue: number | null }[] } }) => {
            const { series, ...total } = node.performance;
            return [node.externalId, { ...total, tenth: series[10]?.revenue, first: series[0]?.revenue }];
          },
        ),
      );
      assert.deepEqual(performance.ten, {
        revenue: 1e10,
        revenueText: '10000000000',
        currency: 'KRW',
        revenueByCurrency: [{ currency: 'KRW', text: '10000000000' }],
        warnings: [],
        tenth: 1e10,
        first: 0,
      });
      assert.equal(performance.mixed.revenue, null);
      assert.equal(performance.mixed.tenth, null);
      assert.deepEqual(performance.mixed.warnings, [{ code: 'MIXED_CURRENCIES' }]);
    });

    test('a tenant with a reporting currency is told one sum, converted by the rate of each day', async () => {
      const later = '2026-06-11T10:10:00Z';
      await record('two', [
        { revenue: 100, currency: 'USD', campaign: 'x' },
        { revenue: 120, currency: 'USD', campaign: 'x', at: later },
        { revenue: 1.5, currency: 'EUR', campaign: 'x' },
        { revenue: 2, campaign: 'x' },
        { revenue: 7, currency: 'SEK', campaign: 'unrated' },
      ]);
      for (const from of ['2026-06-10T00:00:00Z', '2026-06-10T00:01:00Z']) {
        const { rows, warnings } = await figures('two', {
          from,
          to: '2026-06-12T00:00:00Z',
          ...ofCampaign('x'),
        });
        assert.deepEqual(warnings, []);
        const [value] = rows[0].values;
        assert.deepEqual([value.value, value.text, value.currency], [80 + 100 + 1.5 + 2, '183.5', 'EUR']);
      }
      const unrated = await figures('two', ofCampaign('unrated'));
      assert.equal(unrated.rows[0].values[0].value, null);
      assert.equal(unrated.warnings[0].code, 'MISSING_RATE');
    });

    test('a bad revenue of a Segment event costs itself', async () => {
      const { directory } = product.application;
      const writeKey = await directory.createKey({ tenantId: 'one', kind: 'write', scopes: [], name: 'k' });
      const event = (messageId: string, revenue: unknown, currency: string) => ({
        type: 'track',
        event: 'Order Completed',
        userId: 'u',
        messageId,
        timestamp: AT,
        properties: { revenue, currency, campaign_id: 'segment' },
      });
      const response = await fetch(`${product.address}/v1/batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${writeKey}:`)}` },
        body: JSON.stringify({
          batch: [event('s1', 1e15, 'USD'), event('s2', 5, 'usd'), event('s3', 4, 'coins')],
        }),
      });
      assert.equal(response.status, 200);
      const { rows } = await figures('one', {
        measures: ['REVENUE', 'CONVERSIONS'],
        ...ofCampaign('segment'),
        dimensions: [{ field: 'CURRENCY' }],
      });
      assert.deepEqual(
        rows.map((row: { dimensions: { value: string }[]; values: { value: number }[] }) => [
          row.dimensions[0]?.value,
          ...row.values.map(({ value }) => value),
        ]),
        [
          ['USD', 5, 2],
          [null, 4, 1],
        ],
      );
    });
  });
