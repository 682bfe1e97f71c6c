import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';

/** Stands in every value that tenant one writes; what tenant two gets must never hold it. */
const MARK = 'onlyofone';

for (const profile of ['embedded', 'postgres'] as const)
  describe(`two tenants on ${profile}`, () => {
    let installation: TestInstallation;
    let one: string;
    let two: string;
    /** Ids and cursors that tenant one can read of its own. */
    let theirs: Record<string, string>;

    const record = (token: string, mark: string) =>
      installation.graphql(
        token,
        'mutation ($a: RecordActivitiesInput!, $l: IdentifyLeadsInput!) { recordActivities(input: $a) { accepted results { error { message } } } identifyLeads(input: $l) { results { accepted } } }',
        {
          a: {
            activities: Array.from({ length: 30 }, (_, n) => ({
              messageId: `same-${n}`,
              externalId: 'same-person',
              type: n % 3 === 0 ? 'Send Email' : n % 3 === 1 ? 'Open Email' : 'Complete Order',
              occurredAt: new Date(Date.now() - n * 3_600_000).toISOString(),
              campaign: { id: 'same-campaign', name: `Campaign ${mark}` },
              assetId: `asset-${mark}`,
              channel: mark,
              attributes: n % 3 === 2 ? { orderId: mark, revenue: 10 } : { subject: `Subject ${mark}` },
              context: { page: `https://${mark}.example/`, country: mark === MARK ? 'DE' : 'US' },
            })),
          },
          l: {
            leads: [
              {
                externalId: 'same-person',
                email: `${mark}@example.com`,
                traits: { mark },
                aliases: [`alias-${mark}`],
              },
            ],
          },
        },
      );

    before(async () => {
      installation = await openInstallation({}, profile);
      one = await installation.token('one', ALL_SCOPES);
      two = await installation.token('two', ALL_SCOPES);
      for (const [token, mark] of [
        [one, MARK],
        [two, 'oftwo'],
      ] as const) {
        const { body } = await record(token, mark);
        assert.equal(body.data?.recordActivities.accepted, 30, JSON.stringify(body));
        await installation.graphql(
          token,
          'mutation ($input: DefineActivityTypeInput!) { defineActivityType(input: $input) { activityType { id } } }',
          { input: { name: `Type ${mark}`, description: mark } },
        );
      }
      const { body } = await installation.graphql(
        one,
        `{ lead(externalId: "same-person") { id activities(first: 2) { nodes { id campaign { id } } pageInfo { endCursor } } }
           searchActivities(first: 2) { pageInfo { endCursor } } searchLeads(first: 1) { edges { cursor } }
           activityType(name: "Type ${MARK}") { id } }`,
      );
      assert.equal(body.errors, undefined, JSON.stringify(body.errors));
      const { lead, searchActivities, searchLeads, activityType } = body.data;
      theirs = {
        lead: lead.id,
        activity: lead.activities.nodes[0].id,
        campaign: lead.activities.nodes[0].campaign.id,
        type: activityType.id,
        timelineCursor: lead.activities.pageInfo.endCursor,
        searchCursor: searchActivities.pageInfo.endCursor,
        leadCursor: searchLeads.edges[0].cursor,
      };
    });
    after(() => installation.close());

    const asTwo = async (query: string, variables?: Record<string, unknown>): Promise<GraphqlData> => {
      const { body } = await installation.graphql(two, query, variables);
      assert.ok(
        !JSON.stringify(body).includes(MARK),
        `${query} shows what is the other tenant's: ${JSON.stringify(body)}`,
      );
      return body;
    };

    test("no id of the other tenant's leads to anything", async () => {
      const body = await asTwo(
        `query ($lead: ID!, $activity: ID!, $type: ID!) {
          lead(id: $lead) { email } leads(ids: [$lead]) { email } activity(id: $activity) { attributes } activities(ids: [$activity]) { attributes }
          a: node(id: $lead) { id } b: node(id: $activity) { id } c: node(id: $type) { id } nodes(ids: [$lead, $activity, $type]) { id } }`,
        theirs,
      );
      assert.deepEqual(body.data, {
        lead: null,
        leads: [null],
        activity: null,
        activities: [null],
        a: null,
        b: null,
        c: null,
        nodes: [null, null, null],
      });
    });

    test('the same ids mean its own things to each', async () => {
      const body = await asTwo(
        '{ lead(externalId: "same-person") { email traits aliases activities(first: 100) { nodes { messageId channel assetId attributes context campaign { name } type { name } } } } campaign(externalId: "same-campaign") { name } activityTypes { name } }',
      );
      assert.equal(body.data.lead.activities.nodes.length, 30);
      assert.equal(body.data.campaign.name, 'Campaign oftwo');
    });

    test('no search, filter or facet finds what is not its own', async () => {
      for (const query of [
        `{ searchActivities(query: "${MARK}") { total(exact: true) { value } edges { node { id } } } }`,
        `{ searchLeads(query: "${MARK}") { total(exact: true) { value } edges { node { id } } } }`,
        `{ searchActivities(filter: { attribute: { name: "orderId", eq: "${MARK}" } }) { total(exact: true) { value } edges { node { id } } } }`,
        `{ searchActivities(filter: { leadId: { eq: "${theirs['lead']}" } }) { total(exact: true) { value } edges { node { id } } } }`,
      ]) {
        const { body } = await installation.graphql(two, query);
        assert.equal(body.errors, undefined, JSON.stringify(body.errors));
        const [connection] = Object.values(body.data) as GraphqlData[];
        assert.deepEqual([connection.total.value, connection.edges], [0, []], query);
      }
      const facets = await asTwo(
        '{ searchActivities(first: 1, facets: [{ name: "c", field: CHANNEL }, { name: "o", attribute: "orderId" }, { name: "k", field: COUNTRY }, { name: "a", field: ASSET }]) { total(exact: true) { value } facets { name values { value count } } } }',
      );
      assert.equal(facets.data.searchActivities.total.value, 30);
      assert.deepEqual(
        facets.data.searchActivities.facets.map((facet: GraphqlData) => facet.values.length),
        [1, 1, 1, 1],
      );
    });

    test("no figure counts what is not its own, not even under the other's campaign", async () => {
      const body = await asTwo(
        `query ($campaign: ID!) { emailPerformance(campaignIds: [$campaign]) { total { sent } campaigns { campaign { name } performance { sent } } }
          metrics(query: { measures: [ACTIVITIES, REVENUE, UNIQUE_LEADS, SENT], dimensions: [{ field: CAMPAIGN }] }) { rows { dimensions { value campaign { name } } values { value } } }
          byChannel: metrics(query: { measures: [ACTIVITIES], dimensions: [{ field: CHANNEL }, { attribute: "orderId" }] }) { rows { dimensions { value } } } }`,
        theirs,
      );
      assert.deepEqual(
        body.data.metrics.rows[0].values.map((value: GraphqlData) => value.value),
        [30, 100, 1, 1],
      );
      assert.equal(body.data.emailPerformance.total.sent, 1);
    });

    test("no cursor of the other tenant's is taken", async () => {
      for (const [query, cursor] of [
        [
          'query ($after: String) { lead(externalId: "same-person") { activities(first: 2, after: $after) { nodes { id } } } }',
          theirs['timelineCursor'],
        ],
        [
          'query ($after: String) { searchActivities(first: 2, after: $after) { edges { cursor } } }',
          theirs['searchCursor'],
        ],
        [
          'query ($after: String) { searchLeads(first: 1, after: $after) { edges { cursor } } }',
          theirs['leadCursor'],
        ],
      ] as const) {
        const body = await asTwo(query, { after: cursor });
        assert.equal(body.errors?.[0]?.extensions.code, 'BAD_USER_INPUT', query);
      }
    });

    test('sending what the other tenant sent is new, and changes nothing of it', async () => {
      const mutation =
        'mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { results { status } } }';
      const activity = {
        messageId: 'fresh',
        externalId: 'same-person',
        type: 'Visit Webpage',
        occurredAt: new Date().toISOString(),
      };
      for (const token of [one, two]) {
        const { body } = await installation.graphql(token, mutation, { input: { activities: [activity] } });
        assert.equal(body.data.recordActivities.results[0].status, 'ACCEPTED');
      }
    });

    test('a caller without leads:pii sees no e-mail address anywhere, and finds none', async () => {
      const reader = await installation.token('two', ['activities:read', 'analytics:read']);
      const { body } = await installation.graphql(
        reader,
        '{ lead(externalId: "same-person") { email traits aliases externalId activities { nodes { attributes context messageId } } } searchLeads(query: "oftwo@example.com") { edges { highlights { fragments } node { email traits } } } }',
      );
      assert.ok(!JSON.stringify(body).includes('@example.com'), JSON.stringify(body));
      assert.deepEqual(body.data.searchLeads.edges, []);
    });
  });
