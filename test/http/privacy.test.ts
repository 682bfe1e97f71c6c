import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { keyIdOf } from '../../src/auth/directory.ts';
import { MASK } from '../../src/domain/email/text.ts';
import { leadKey } from '../../src/domain/lead.ts';
import type { Scope } from '../../src/domain/scopes.ts';
import { ALL_SCOPES, openInstallation, type TestInstallation } from '../support/application.ts';
import { unkeyed } from '../support/id-space.ts';

const WITHOUT_PII: readonly Scope[] = ['activities:read', 'activities:write', 'analytics:read', 'admin'];

for (const profile of ['embedded', 'postgres'] as const)
  describe(`personal data on ${profile}`, () => {
    let installation: TestInstallation;
    let all: string;
    let open: string;
    before(async () => {
      installation = await openInstallation({ SETTLE_MS: '0' }, profile);
      all = await installation.token('one', ALL_SCOPES);
      open = await installation.token('one', WITHOUT_PII);
      await ok(
        all,
        `mutation { defineActivityType(input: { name: "Attend Talk", description: "A talk.", attributes: [
           { name: "room", dataType: STRING }, { name: "ssn", dataType: STRING, pii: true } ] }) { activityType { id } } }`,
      );
      const activities = ['ann@x.example', 'bob@y.example'].map((email, n) => ({
        messageId: `m-${n}`,
        externalId: email,
        type: 'Attend Talk',
        occurredAt: new Date(Date.now() - n * 1_000).toISOString(),
        campaign: { id: `for ${email}`, name: `Call ${email}` },
        assetId: `seat-of-${email}`,
        attributes: { room: 'aula', ssn: `123-45-000${n}` },
      }));
      await ok(
        all,
        'mutation ($a: [ActivityInput!]!) { recordActivities(input: { activities: $a }) { accepted } }',
        { a: activities },
      );
      const key = await installation.application.directory.createKey({
        tenantId: 'one',
        kind: 'write',
        scopes: [],
        name: 'web',
      });
      const sent = await fetch(`${installation.address}/v1/track`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
        },
        body: JSON.stringify({
          userId: 'u-1',
          messageId: 'track-1',
          event: 'Signed Up',
          properties: {
            firstName: 'Zebediah',
            room: 'Zattic',
            note: 'ann&#64;z.example',
            plan: 'gold',
            seats: 3,
          },
          context: { device: { token: 'Zpushtoken', type: 'ios' }, user: { name: 'Zed' } },
        }),
      });
      assert.equal(sent.status, 200);
    });
    after(() => installation.close());

    const ok = async (token: string, query: string, variables?: Record<string, unknown>) => {
      const { body } = await installation.graphql(token, query, variables);
      assert.deepEqual(body.errors ?? [], [], query);
      return body.data;
    };
    const refused = async (token: string, query: string, path?: string) => {
      const { body } = await installation.graphql(token, query);
      assert.equal(body.errors?.[0]?.extensions['code'], 'FORBIDDEN', query);
      if (path !== undefined) assert.equal(body.errors?.[0]?.extensions['argument'], path, query);
    };
    const rows = (query: string) => `{ metrics(query: { measures: [ACTIVITIES], ${query} }) { totalRows
      rows { dimensions { name value } values { value } } } }`;

    test('figures are not told, filtered or guessed by personal or undeclared attributes without leads:pii', async () => {
      for (const attribute of ['ssn', 'email', 'firstName', 'note'])
        for (const query of [
          rows(`dimensions: [{ attribute: "${attribute}" }]`),
          rows(`filter: [{ attribute: "${attribute}", in: ["x"] }]`),
          rows(`filter: [{ attribute: "${attribute}", notIn: ["x"] }]`),
        ])
          await refused(open, query);
      await refused(
        open,
        rows('filter: [{ field: ASSET, in: ["seat-of-ann@x.example"] }]'),
        'query.filter[0]',
      );
      const seen = await ok(all, rows('dimensions: [{ attribute: "ssn" }]'));
      assert.ok(JSON.stringify(seen).includes('123-45-0001'));
    });

    test('keys that are equal once they are masked are one row, and its figures are added up', async () => {
      for (const field of ['ASSET', 'CAMPAIGN']) {
        const { metrics } = await ok(open, rows(`dimensions: [{ field: ${field} }]`));
        const masked = metrics.rows.filter((row: { dimensions: { value: string }[] }) =>
          row.dimensions[0]?.value?.includes(MASK),
        );
        assert.deepEqual(masked.length, 1, field);
        assert.equal(masked[0].values[0].value, 2);
      }
    });

    test('an attribute that one type declares open is asked of activities of that type alone', async () => {
      const { metrics } = await ok(open, rows('dimensions: [{ attribute: "room" }]'));
      assert.deepEqual(metrics.rows, [
        { dimensions: [{ name: 'room', value: 'aula' }], values: [{ value: 2 }] },
      ]);
      const facets =
        '{ searchActivities(facets: [{ attribute: "room" }]) { facets { values { value count } } } }';
      const shown = await ok(open, facets);
      assert.deepEqual(shown.searchActivities.facets[0].values, [{ value: 'aula', count: 2 }]);
      const whole = await ok(all, facets);
      assert.equal(whole.searchActivities.facets[0].values.length, 2);
      const found = await ok(
        open,
        '{ searchActivities(filter: { attribute: { name: "room", startsWith: "Zat" } }) { total { value } } }',
      );
      assert.equal(found.searchActivities.total.value, 0);
    });

    test('what no type declares is neither shown nor found nor counted', async () => {
      const { searchActivities } = await ok(
        open,
        '{ searchActivities(filter: { messageId: { eq: "track-1" } }) { nodes { attributes context } } }',
      );
      assert.deepEqual(searchActivities.nodes, [
        {
          attributes: { event: 'Signed Up', firstName: MASK, room: MASK, note: MASK, plan: 'gold', seats: 3 },
          context: { device: { token: MASK, type: 'ios' }, user: MASK },
        },
      ]);
      for (const word of ['Zebediah', 'Zattic', 'Zpushtoken', 'Zed', 'Zeb*']) {
        const query = `{ searchActivities(query: "${word}") { total { value } edges { highlights { field } } } }`;
        assert.equal((await ok(open, query)).searchActivities.total.value, 0, word);
        assert.equal((await ok(all, query)).searchActivities.total.value, 1, word);
      }
      assert.equal(
        (await ok(open, '{ searchActivities(query: "gold") { total { value } } }')).searchActivities.total
          .value,
        1,
      );
      for (const attribute of ['firstName', 'note', 'ssn']) {
        await refused(
          open,
          `{ searchActivities(facets: [{ attribute: "${attribute}" }]) { total { value } } }`,
        );
        await refused(
          open,
          `{ searchActivities(filter: { attribute: { name: "${attribute}", exists: true } }) { total { value } } }`,
        );
      }
    });

    test('nobody is looked up by an e-mail address without leads:pii', async () => {
      await refused(open, '{ lead(externalId: "ann@x.example") { id } }', 'externalId');
      await refused(open, '{ lead(externalId: "nobody&#64;x.example") { id } }', 'externalId');
      await refused(open, '{ campaign(externalId: "for ann@x.example") { id } }', 'externalId');
      await refused(open, '{ failedActivities(reason: "ann@x.example") { nodes { id } } }', 'reason');
      await refused(
        open,
        '{ searchLeads(filter: { externalId: { eq: "ann@x.example" } }) { total { value } } }',
      );
      const { lead } = await ok(all, '{ lead(externalId: "ann@x.example") { externalId } }');
      assert.equal(lead.externalId, 'ann@x.example');
      const { campaigns } = await ok(open, '{ campaigns { nodes { name externalId } } }');
      assert.deepEqual(
        new Set(campaigns.nodes.map(({ name }: { name: string }) => name)),
        new Set([`Call ${MASK}`]),
      );
    });

    test("Marketo's reads mask and refuse the same", async () => {
      const secret = await installation.application.directory.createKey({
        tenantId: 'one',
        kind: 'api',
        scopes: ['activities:read'],
        name: 'reader',
      });
      const signedIn = await fetch(
        `${installation.address}/identity/oauth/token?${new URLSearchParams({ grant_type: 'client_credentials', client_id: keyIdOf(secret), client_secret: secret })}`,
      );
      const { access_token: token } = (await signedIn.json()) as { access_token: string };
      const get = async (path: string) => {
        const answer = await fetch(`${installation.address}/rest/v1/activities${path}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        return answer.json() as Promise<{
          errors?: { code: string }[];
          nextPageToken: string;
          result: object[];
        }>;
      };
      const { nextPageToken } = await get('/pagingtoken.json?sinceDatetime=2020-01-01T00:00:00Z');
      const { result: types } = await get('/types.json');
      const numbers = (types as { id: number; name: string }[])
        .filter(({ name }) => name === 'Attend Talk' || name === 'Track Event')
        .map(({ id }) => id);
      const query = `nextPageToken=${nextPageToken}&activityTypeIds=${numbers.join(',')}`;
      const page = await get(`.json?${query}`);
      assert.equal(page.result.length, 3);
      const text = JSON.stringify(page);
      for (const secretText of ['123-45', 'Zebediah', 'Zattic', 'z.example', '@'])
        assert.ok(!text.includes(secretText), secretText);
      const asked = await get(`.json?${query}&assetIds=seat-of-ann@x.example`);
      assert.equal(asked.errors?.[0]?.code, '603');
    });

    test('what parameters of an address say of a person is masked, and neither searched, counted nor guessed', async () => {
      const url = 'https://shop.example/thanks?name=Zoraida&phone=5550199&utm_source=letter';
      await ok(
        all,
        'mutation ($a: [ActivityInput!]!) { recordActivities(input: { activities: $a }) { accepted } }',
        {
          a: [
            { messageId: 'p-1', externalId: 'u-2', type: 'Visit Webpage', attributes: { url } },
            {
              messageId: 'p-2',
              externalId: 'u-2',
              type: 'Visit Webpage',
              attributes: { url: 'https://shop.example/?utm_source=letter' },
            },
          ].map((activity) => ({ ...activity, occurredAt: new Date().toISOString() })),
        },
      );
      const asked = (use: string) => `{ searchActivities(${use}) { total { value } } }`;
      const seen = async (token: string) => {
        const data = await ok(
          token,
          `{ searchActivities(filter: { type: { eq: "Visit Webpage" } }, facets: [{ attribute: "url" }])
             { nodes { messageId attributes } facets { values { value } } } }`,
        );
        const { nodes, facets } = data.searchActivities;
        return {
          url: nodes.find((node: { messageId: string }) => node.messageId === 'p-1').attributes.url,
          counted: facets[0].values.map(({ value }: { value: string }) => value).sort(),
        };
      };
      const plain = 'https://shop.example/?utm_source=letter';
      assert.deepEqual(await seen(all), { url, counted: [plain, url].sort() });
      assert.deepEqual(await seen(open), {
        url: `https://shop.example/thanks?name=${MASK}&phone=${MASK}&utm_source=letter`,
        counted: [plain],
      });
      for (const [use, found] of [
        ['query: "zoraida"', 1],
        ['filter: { attribute: { name: "url", startsWith: "https://shop.example/thanks" } }', 1],
      ] as const) {
        assert.equal((await ok(all, asked(use))).searchActivities.total.value, found, use);
        assert.equal((await ok(open, asked(use))).searchActivities.total.value, 0, use);
      }
      assert.equal(
        (await ok(open, asked('filter: { attribute: { name: "url", startsWith: "https://shop.example/" } }')))
          .searchActivities.total.value,
        1,
      );
      await refused(open, asked(`filter: { attribute: { name: "url", eq: "${url}" } }`));
    });

    test("nobody without the installation's secret can compute the id of a person", async () => {
      const { lead } = await ok(all, '{ lead(externalId: "ann@x.example") { id } }');
      const identity = { kind: 'known', externalId: 'ann@x.example' } as const;
      assert.notEqual(lead.id, `L${leadKey(unkeyed('one'), identity)}`);
      const { tenantOf } = installation.application;
      assert.equal(lead.id, `L${leadKey(tenantOf('one').idSpace, identity)}`);
      assert.ok(!JSON.stringify(tenantOf('one')).includes(tenantOf('one').idSpace));
    });
  });
