import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';

const STEP = { otherwise: { changeScore: { score: 'points', by: 1 } } };
const TRIGGER = { type: 'Visit Webpage' };
const BASE = { triggers: [TRIGGER], flow: [STEP] };
const waits = (wait: object) => ({ ...BASE, flow: [{ otherwise: { wait } }] });
const FAULTS = 'faults { code path message }';
const CREATE = `mutation ($input: CreateSmartCampaignInput!) { createSmartCampaign(input: $input) {
  smartCampaign { id revision status versions { version } } ${FAULTS} } }`;
const CHANGED = `{ smartCampaign { id name status draft } ${FAULTS} }`;

/** Each definition with the code and path of the fault for which it is not saved. */
const FAULTY: readonly (readonly [name: string, definition: object, code: string, path: string])[] = [
  ['an unknown type', { ...BASE, triggers: [{ type: 'No Such' }] }, 'UNKNOWN_TYPE', 'triggers[0].type'],
  ['an empty filter', { ...BASE, filter: {} }, 'EMPTY', 'filter'],
  [
    'a wait below 0',
    waits({ duration: { amount: -1, unit: 'HOURS' } }),
    'OUT_OF_RANGE',
    'flow[0].otherwise.wait.duration.amount',
  ],
  [
    'a wait above 2 years',
    waits({ duration: { amount: 731, unit: 'DAYS' } }),
    'OUT_OF_RANGE',
    'flow[0].otherwise.wait.duration.amount',
  ],
  ['an unknown zone', { ...BASE, timeZone: 'Europe/Atlantis' }, 'UNKNOWN_TIME_ZONE', 'timeZone'],
  [
    '10,000 conditions',
    { ...BASE, filter: { and: Array.from({ length: 10_000 }, () => ({ isKnown: true })) } },
    'TOO_LARGE',
    'filter.and[999].isKnown',
  ],
  [
    'a private webhook',
    { ...BASE, flow: [{ otherwise: { callWebhook: { url: 'https://127.0.0.1/hook' } } }] },
    'PRIVATE_ADDRESS',
    'flow[0].otherwise.callWebhook.url',
  ],
  ['nothing that starts it', { flow: [STEP] }, 'NO_START', 'triggers'],
];

/** Each definition that the schema itself refuses. */
const UNREADABLE: readonly (readonly [name: string, definition: object, place: RegExp])[] = [
  ['an unknown field', { ...BASE, filter: { shoeSize: 5 } }, /definition\.filter.*shoeSize/s],
  [
    'an unknown operator',
    { ...BASE, filter: { trait: { name: 'plan', like: 'x' } } },
    /definition\.filter\.trait.*like/s,
  ],
  ['the unit "4 hrs"', waits({ duration: { amount: 4, unit: '4 hrs' } }), /wait\.duration\.unit/],
  ['the duration "4 hrs"', waits({ duration: '4 hrs' }), /wait\.duration/],
];

describe('campaigns over GraphQL', () => {
  let installation: TestInstallation;
  let token: string;
  let other: string;
  before(async () => {
    installation = await openInstallation({ SETTLE_MS: '0', MAX_COST: '1000000' });
    [token, other] = await Promise.all([
      installation.token('one', ALL_SCOPES),
      installation.token('two', ALL_SCOPES),
    ]);
  });
  after(() => installation.close());

  const send = async (query: string, variables?: Record<string, unknown>, as = token) =>
    (await installation.graphql(as, query, variables)).body;
  const ask = async (
    query: string,
    variables?: Record<string, unknown>,
    as = token,
  ): Promise<GraphqlData> => {
    const body = await send(query, variables, as);
    assert.equal(body.errors, undefined, JSON.stringify(body.errors));
    return body.data;
  };
  const create = async (definition: object, name = 'A campaign') =>
    (await ask(CREATE, { input: { name, definition } })).createSmartCampaign;
  const codeOf = async (query: string, variables: Record<string, unknown>, as = token) =>
    (await send(query, variables, as)).errors?.[0]?.extensions['code'];

  for (const [name, definition, code, path] of FAULTY)
    test(`${name} is refused when saved: ${code}`, async () => {
      const { smartCampaign, faults } = await create(definition);
      assert.equal(smartCampaign, null);
      const at = `definition.${path}`;
      assert.ok(
        faults.some((fault: GraphqlData) => fault.code === code && fault.path === at),
        JSON.stringify(faults).slice(0, 500),
      );
    });

  for (const [name, definition, place] of UNREADABLE)
    test(`${name} is refused when saved, by the schema`, async () => {
      const { data, errors } = await send(CREATE, { input: { name: 'Unreadable', definition } });
      assert.equal(data?.createSmartCampaign, undefined);
      assert.equal(errors?.[0]?.extensions['code'], 'BAD_USER_INPUT');
      assert.match(errors?.[0]?.message ?? '', place);
    });

  test('a campaign that requests itself is not saved', async () => {
    const { smartCampaign } = await create({ ...BASE, isRequestable: true }, 'Itself');
    const { updateSmartCampaign: changed } = await ask(
      `mutation ($input: UpdateSmartCampaignInput!) { updateSmartCampaign(input: $input) ${CHANGED} }`,
      {
        input: {
          id: smartCampaign.id,
          revision: smartCampaign.revision,
          definition: {
            isRequestable: true,
            flow: [{ otherwise: { requestCampaign: { campaignId: smartCampaign.id } } }],
          },
        },
      },
    );
    assert.deepEqual(
      changed.faults.map(({ code }: GraphqlData) => code),
      ['CYCLE'],
    );
    assert.match(changed.faults[0].path, /definition\.flow\[0\]/);
  });

  test('a campaign is made, activated, deactivated, cloned and deleted', async () => {
    const { smartCampaign, faults } = await create(BASE, 'Life');
    assert.deepEqual(faults, []);
    assert.deepEqual(smartCampaign.versions, []);
    const { id } = smartCampaign;
    const act = (field: string, more = '') =>
      ask(`mutation ($id: ID!) { ${field}(id: $id${more}) ${CHANGED} }`, { id });
    const { activateSmartCampaign: active } = await act('activateSmartCampaign');
    assert.deepEqual([active.faults, active.smartCampaign.status], [[], 'ACTIVE']);
    const { deactivateSmartCampaign: ended } = await act('deactivateSmartCampaign');
    assert.equal(ended.smartCampaign.status, 'INACTIVE');
    const { cloneSmartCampaign: clone } = await act('cloneSmartCampaign', ', name: "Life again"');
    assert.deepEqual(clone.smartCampaign.draft, ended.smartCampaign.draft);
    assert.notEqual(clone.smartCampaign.id, id);
    const remove = 'mutation ($id: ID!) { deleteSmartCampaign(id: $id) }';
    assert.equal(
      (await ask(remove, { id: clone.smartCampaign.id })).deleteSmartCampaign,
      clone.smartCampaign.id,
    );
    const gone = await ask('query ($id: ID!) { smartCampaign(id: $id) { id } }', {
      id: clone.smartCampaign.id,
    });
    assert.equal(gone.smartCampaign, null);
  });

  test('another tenant neither sees nor changes a campaign or a list', async () => {
    const { smartCampaign } = await create(BASE, 'Mine');
    const { createLeadList: made } = await ask(
      `mutation { createLeadList(input: { name: "Mine" }) { leadList { id } ${FAULTS} } }`,
    );
    const seen = await ask(
      `query ($c: ID!, $l: ID!) { smartCampaign(id: $c) { id } leadList(id: $l) { id }
        smartCampaigns { edges { cursor } } leadLists { edges { cursor } } campaignRuns(campaignId: $c) { edges { cursor } } }`,
      { c: smartCampaign.id, l: made.leadList.id },
      other,
    );
    assert.deepEqual(seen, {
      smartCampaign: null,
      leadList: null,
      smartCampaigns: { edges: [] },
      leadLists: { edges: [] },
      campaignRuns: { edges: [] },
    });
    const activate = `mutation ($id: ID!) { activateSmartCampaign(id: $id) ${CHANGED} }`;
    assert.equal(await codeOf(activate, { id: smartCampaign.id }, other), 'NOT_FOUND');
    assert.equal(
      await codeOf('mutation ($id: ID!) { deleteLeadList(id: $id) }', { id: made.leadList.id }, other),
      'NOT_FOUND',
    );
  });

  test('pages follow one another, and a cursor of another tenant is refused', async () => {
    for (const name of ['Page one', 'Page two', 'Page three']) await create(BASE, name);
    const page = `query ($after: String) { smartCampaigns(first: 2, after: $after) {
      nodes { id } pageInfo { hasNextPage endCursor } } }`;
    const found: string[] = [];
    let after: string | null = null;
    do {
      const { smartCampaigns: one }: GraphqlData = await ask(page, { after });
      found.push(...one.nodes.map(({ id }: { id: string }) => id));
      after = one.pageInfo.hasNextPage ? one.pageInfo.endCursor : null;
      if (after) assert.equal(await codeOf(page, { after }, other), 'BAD_USER_INPUT');
    } while (after);
    assert.equal(new Set(found).size, found.length);
    assert.ok(found.length >= 3);
  });
});
