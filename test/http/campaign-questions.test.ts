import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';
import { until } from '../support/until.ts';

const HOUR_MS = 3_600_000;
const DEFINITION = {
  triggers: [{ type: 'Visit Webpage', filter: { attribute: { name: 'path', eq: '/pricing' } } }],
  filter: { trait: { name: 'plan', eq: 'pro' } },
  isRequestable: true,
  qualification: { kind: 'EVERY_TIME' },
  flow: [
    {
      otherwise: {
        sendEmail: { fromAddress: 'news@shop.example', subject: 'Hello {{ lead.name }}', text: 'Prices' },
      },
    },
  ],
};
const PREVIEW = `query ($definition: CampaignDefinitionInput!, $from: DateTime!, $to: DateTime!) {
  previewCampaign(definition: $definition, from: $from, to: $to) { faults { path } fired entered filtered
    entries { lead { id } } mails { to subject fault } isComplete } }`;
const EXPLAIN = `query ($campaign: ID!, $lead: ID!) { explainQualification(campaignId: $campaign, leadId: $lead) {
  wouldEnter triggers { type fired } conditions { path holds actual } qualifies runs { status } } }`;
const RUNS = `query ($campaign: ID!, $first: Int, $after: String) {
  campaignRuns(campaignId: $campaign, first: $first, after: $after) { pageInfo { hasNextPage endCursor }
    nodes { id status lead { id } steps { nodes { path action status } } } } }`;

describe('what campaigns would do, did and why', () => {
  let installation: TestInstallation;
  let [token, reader, listId, campaign] = ['', '', '', ''];
  const leads: Record<string, string> = {};

  const ask = async (
    query: string,
    variables?: Record<string, unknown>,
    as = token,
  ): Promise<GraphqlData> => {
    const { body } = await installation.graphql(as, query, variables);
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    return body.data;
  };
  const visit = (externalId: string, path: string, messageId = `${externalId}${path}`) =>
    ask('mutation ($i: RecordActivitiesInput!) { recordActivities(input: $i) { accepted } }', {
      i: {
        activities: [
          {
            messageId,
            externalId,
            type: 'Visit Webpage',
            occurredAt: new Date().toISOString(),
            attributes: { path },
          },
        ],
      },
    });

  before(async () => {
    installation = await openInstallation({ SETTLE_MS: '0', MAX_COST: '1000000' });
    const withoutPii = ALL_SCOPES.filter((scope) => scope !== 'leads:pii');
    token = await installation.token('one', ALL_SCOPES);
    reader = await installation.token('one', withoutPii);
    for (const [externalId, plan] of Object.entries({ ann: 'pro', bob: 'free' })) {
      await ask('mutation ($i: IdentifyLeadsInput!) { identifyLeads(input: $i) { results { accepted } } }', {
        i: {
          leads: [
            { externalId, email: `${externalId}@example.com`, traits: { plan, name: `N${externalId}` } },
          ],
        },
      });
      const { lead } = await ask('query ($e: String) { lead(externalId: $e) { id } }', { e: externalId });
      leads[externalId] = lead.id;
      await visit(externalId, '/pricing');
      await visit(externalId, '/home');
    }
  });
  after(() => installation.close());

  test('a preview names who would have entered and the mails, and acts on nobody', async () => {
    const period = {
      from: new Date(Date.now() - HOUR_MS).toISOString(),
      to: new Date(Date.now() + HOUR_MS).toISOString(),
    };
    const { previewCampaign } = await ask(PREVIEW, { definition: DEFINITION, ...period });
    assert.deepEqual(previewCampaign, {
      faults: [],
      fired: 2,
      entered: 1,
      filtered: 1,
      entries: [{ lead: { id: leads['ann'] } }],
      mails: [{ to: 'ann@example.com', subject: 'Hello Nann', fault: null }],
      isComplete: true,
    });
    // A filter on traits would tell what a mask hides.
    const { body } = await installation.graphql(reader, PREVIEW, { definition: DEFINITION, ...period });
    const refused = body.errors?.[0]?.extensions;
    assert.deepEqual([refused?.['code'], refused?.['argument']], ['FORBIDDEN', 'definition.filter.trait']);
    const definition = { ...DEFINITION, filter: { isKnown: true } };
    const { previewCampaign: masked } = await ask(PREVIEW, { definition, ...period }, reader);
    assert.equal(masked.entered, 2);
    assert.doesNotMatch(JSON.stringify(masked), /ann@|Nann/);
    const { lead } = await ask(
      'query ($e: String) { lead(externalId: $e) { activities(types: ["Send Email"]) { nodes { id } } } }',
      { e: 'ann' },
    );
    assert.deepEqual(lead.activities.nodes, []);
  });

  test('an activity starts a run whose steps are told, and a page of runs goes on in the next', async () => {
    const made = await ask(
      'mutation ($i: CreateSmartCampaignInput!) { createSmartCampaign(input: $i) { smartCampaign { id } faults { path } } }',
      { i: { name: 'Prices', definition: DEFINITION } },
    );
    campaign = made.createSmartCampaign.smartCampaign.id;
    const { activateSmartCampaign } = await ask(
      'mutation ($id: ID!) { activateSmartCampaign(id: $id) { smartCampaign { versions { validFrom } } } }',
      { id: campaign },
    );
    const from = Date.parse(activateSmartCampaign.smartCampaign.versions[0].validFrom);
    await until('the campaign is in force', () => Date.now() > from);
    await visit('ann', '/pricing', 'starts');
    const statuses = async () => {
      const { campaignRuns } = await ask(RUNS, { campaign });
      return campaignRuns.nodes;
    };
    await until('the run is done', async () => (await statuses())[0]?.status === 'DONE');
    const [run] = await statuses();
    assert.deepEqual(run.lead, { id: leads['ann'] });
    assert.deepEqual(run.steps.nodes, [{ path: '0', action: 'sendEmail', status: 'DONE' }]);

    const request = { campaignId: campaign, leadIds: [leads['ann'], leads['bob']], requestId: 'once' };
    for (let time = 0; time < 2; time++)
      await ask(
        'mutation ($i: RequestCampaignInput!) { requestCampaign(input: $i) { results { run { id } } } }',
        {
          i: request,
        },
      );
    await until('the requested runs are done', async () =>
      (await statuses()).every(({ status }: GraphqlData) => ['DONE', 'FILTERED'].includes(status)),
    );
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { campaignRuns }: GraphqlData = await ask(RUNS, { campaign, first: 2, after });
      seen.push(...campaignRuns.nodes.map(({ status }: GraphqlData) => status));
      after = campaignRuns.pageInfo.hasNextPage ? campaignRuns.pageInfo.endCursor : null;
    } while (after !== null);
    assert.deepEqual(seen.sort(), ['DONE', 'DONE', 'FILTERED'], 'the same request again starts nothing');
  });

  test('an explanation says for triggers and filter why somebody did or did not enter', async () => {
    const { explainQualification: why } = await ask(EXPLAIN, { campaign, lead: leads['bob'] });
    assert.equal(why.wouldEnter, false);
    assert.deepEqual(why.triggers, [{ type: 'Visit Webpage', fired: true }]);
    assert.deepEqual(
      why.conditions.map(({ holds, actual }: GraphqlData) => [holds, actual]),
      [[false, '"free"']],
    );
    assert.deepEqual(why.runs, [{ status: 'FILTERED' }]);
    const { explainQualification: masked } = await ask(EXPLAIN, { campaign, lead: leads['bob'] }, reader);
    assert.doesNotMatch(JSON.stringify(masked), /free/);
  });

  test('a static list keeps its members once, and a smart list filters a preview', async () => {
    const create = async (input: object) =>
      (
        await ask(
          'mutation ($i: CreateLeadListInput!) { createLeadList(input: $i) { leadList { id isSmart } faults { path } } }',
          { i: input },
        )
      ).createLeadList.leadList;
    listId = (await create({ name: 'Asked' })).id;
    const add = async () =>
      (
        await ask(
          'mutation ($i: LeadListMembersInput!) { addToLeadList(input: $i) { results { status } } }',
          { i: { listId, leadIds: [leads['ann']] } },
        )
      ).addToLeadList.results;
    assert.deepEqual([await add(), await add()], [[{ status: 'ADDED' }], [{ status: 'UNCHANGED' }]]);
    const { leadList } = await ask(
      'query ($id: ID!) { leadList(id: $id) { size { value } members { nodes { id } } } }',
      { id: listId },
    );
    assert.deepEqual(leadList, { size: { value: 1 }, members: { nodes: [{ id: leads['ann'] }] } });
    const smart = await create({ name: 'Free', filter: { not: { inList: listId } } });
    assert.equal(smart.isSmart, true);
    const { previewCampaign } = await ask(PREVIEW, {
      definition: { ...DEFINITION, filter: { inList: smart.id } },
      from: new Date(Date.now() - HOUR_MS).toISOString(),
      to: new Date(Date.now() + HOUR_MS).toISOString(),
    });
    assert.deepEqual(previewCampaign.entries, [{ lead: { id: leads['bob'] } }]);
  });
});
