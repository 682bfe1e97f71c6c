import type { GraphqlData } from '../application.ts';
import { until } from '../until.ts';
import type { Words } from './plant.ts';

type Ask = (query: string, variables: object) => Promise<GraphqlData>;

const RUNS = `query ($id: ID!) { campaignRuns(campaignId: $id) { nodes { status activity { id } steps { nodes { path } } } } }`;

/** Lists with members, and a campaign that an activity and a request have started. */
export async function plantCampaigns(ask: Ask, { personal, open, mail }: Words): Promise<void> {
  const externalId = open();
  await ask('mutation ($i: IdentifyLeadsInput!) { identifyLeads(input: $i) { results { accepted } } }', {
    i: {
      leads: [
        {
          externalId,
          email: mail(),
          traits: { name: personal(), plan: personal(), points: Number.MAX_SAFE_INTEGER },
        },
      ],
    },
  });
  let leadId = '';
  await until('the person is known', async () => {
    const { lead } = await ask('query ($id: String) { lead(externalId: $id) { id } }', { id: externalId });
    leadId = lead?.id ?? '';
    return leadId !== '';
  });
  const listOf = async (input: object): Promise<string> => {
    const { createLeadList: made } = await ask(
      'mutation ($i: CreateLeadListInput!) { createLeadList(input: $i) { leadList { id } faults { path message } } }',
      { i: input },
    );
    if (!made.leadList) throw new Error(JSON.stringify(made.faults));
    return made.leadList.id;
  };
  const listId = await listOf({ name: open() });
  await listOf({ name: open(), filter: { trait: { name: 'plan', eq: personal() } } });
  await ask('mutation ($i: LeadListMembersInput!) { addToLeadList(input: $i) { results { status } } }', {
    i: { listId, leadIds: [leadId] },
  });
  const campaignId = await activeCampaign(ask, { personal, open, mail });
  await ask('mutation ($i: RecordActivitiesInput!) { recordActivities(input: $i) { accepted } }', {
    i: {
      activities: [
        {
          messageId: 'starts-a-campaign',
          externalId,
          type: 'Attend Talk',
          occurredAt: new Date().toISOString(),
          attributes: { room: open(), badge: personal() },
        },
      ],
    },
  });
  await ask(
    'mutation ($i: RequestCampaignInput!) { requestCampaign(input: $i) { results { run { id } } } }',
    { i: { campaignId, leadIds: [leadId], requestId: 'planted' } },
  );
  await until('both runs have come to the step that fails', async () => {
    const { campaignRuns } = await ask(RUNS, { id: campaignId });
    return (
      campaignRuns.nodes.length === 2 &&
      campaignRuns.nodes.every(({ status }: GraphqlData) => status === 'FAILED')
    );
  });
}

/** A campaign that changes what it knows of a person, and writes to the person; in force when it is answered. */
async function activeCampaign(ask: Ask, { personal, open, mail }: Words): Promise<string> {
  const email = {
    fromAddress: `${open()}@shop.example`,
    subject: `To {{ lead.email }} ${open()}`,
    text: 'Dear {{ lead.name }}',
  };
  const definition = {
    triggers: [{ type: 'Attend Talk' }],
    isRequestable: true,
    qualification: { kind: 'EVERY_TIME' },
    filter: { or: [{ isKnown: true }, { trait: { name: 'plan', eq: personal() } }] },
    flow: [
      { otherwise: { changeDataValue: { trait: 'note', value: personal() } } },
      { otherwise: { sendEmail: email } },
      { otherwise: { sendAlert: { to: [mail()], email } } },
      // Fails, for the score is as high as can be.
      { otherwise: { changeScore: { score: 'points', by: 1 } } },
    ],
  };
  const { createSmartCampaign: made } = await ask(
    'mutation ($i: CreateSmartCampaignInput!) { createSmartCampaign(input: $i) { smartCampaign { id } faults { path message } } }',
    { i: { name: open(), description: open(), definition } },
  );
  if (!made.smartCampaign) throw new Error(JSON.stringify(made.faults));
  const { id } = made.smartCampaign;
  const { activateSmartCampaign: active } = await ask(
    'mutation ($id: ID!) { activateSmartCampaign(id: $id) { smartCampaign { versions { validFrom } } faults { path message } } }',
    { id },
  );
  if (!active.smartCampaign) throw new Error(JSON.stringify(active.faults));
  const from = Date.parse(active.smartCampaign.versions.at(-1).validFrom);
  await until('the campaign is in force', () => Date.now() > from + 1_000);
  return id;
}
