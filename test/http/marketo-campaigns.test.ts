import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Scope } from '../../src/domain/scopes.ts';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';
import { until } from '../support/until.ts';

const MINUTE = 60_000;
const ahead = (minutes: number) => new Date(Date.now() + minutes * MINUTE).toISOString();
const NO_PII = ALL_SCOPES.filter((scope) => scope !== 'leads:pii');

const SCORE = { otherwise: { changeScore: { score: 'points', by: 1 } } };
const MOMENT = {
  otherwise: { interestingMoment: { type: 'Web', description: 'Says {{ my.word }}' } },
};
const CAMPAIGNS: Readonly<Record<string, object>> = {
  Requested: { isRequestable: true, qualification: { kind: 'EVERY_TIME' }, flow: [SCORE, MOMENT] },
  Visits: {
    triggers: [{ type: 'Visit Webpage' }],
    qualification: { kind: 'ONCE_PER', every: { amount: 7, unit: 'DAYS' } },
    isOperational: true,
    flow: [SCORE],
  },
  Nightly: { schedule: { at: ahead(24 * 60), everyDays: 1 }, flow: [SCORE] },
};

for (const profile of ['embedded', 'postgres'] as const)
  describe(`campaigns and lists of Marketo's REST API on ${profile}`, () => {
    let installation: TestInstallation;
    const tokens: Record<string, string> = {};
    const campaigns: Record<string, number> = {};
    let listId: number;
    before(async () => {
      installation = await openInstallation({ SETTLE_MS: '0' }, profile);
      const scopes: Record<string, readonly Scope[]> = {
        all: ALL_SCOPES,
        masked: NO_PII,
        reader: ['activities:read'],
        writer: ['campaigns:write'],
      };
      for (const [name, of] of Object.entries(scopes)) tokens[name] = await installation.token('one', of);
      tokens['other'] = await installation.token('two', ALL_SCOPES);
      await ask(
        'mutation { identifyLeads(input: { leads: [{ externalId: "1001", email: "ann@example.com", traits: { firstName: "Ann", plan: "free" } }, { externalId: "1002" }, { externalId: "carl@example.com" }] }) { results { accepted } } }',
      );
      for (const [name, definition] of Object.entries(CAMPAIGNS)) {
        const { createSmartCampaign: made } = await ask(
          'mutation ($input: CreateSmartCampaignInput!) { createSmartCampaign(input: $input) { smartCampaign { id } faults { code path message } } }',
          { input: { name, definition } },
        );
        assert.deepEqual(made.faults, []);
      }
      for (const name of ['People', 'Ask dora@example.com'])
        await ask(
          'mutation ($input: CreateLeadListInput!) { createLeadList(input: $input) { leadList { id } } }',
          { input: { name } },
        );
      await ask(
        'mutation { createLeadList(input: { name: "Known", filter: { isKnown: true } }) { leadList { id } } }',
      );
      for (const { id, name } of (await get('asset/v1/smartCampaigns')).result) campaigns[name] = id;
      listId = (await get('v1/lists?name=People')).result[0].id;
    });
    after(() => installation.close());

    const ask = async (query: string, variables?: Record<string, unknown>): Promise<GraphqlData> => {
      const { body } = await installation.graphql(tokens['all'], query, variables);
      assert.equal(body.errors, undefined, JSON.stringify(body.errors));
      return body.data;
    };
    /** @param path without `.json` */
    const call = async (method: string, path: string, body?: unknown, as = 'all', headers: object = {}) => {
      const [address, query] = path.split('?');
      const url = `${installation.address}/rest/${address}.json${query === undefined ? '' : `?${query}`}`;
      const response = await fetch(url, {
        method,
        headers: {
          ...(as !== 'nobody' && { authorization: `Bearer ${tokens[as] ?? as}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      assert.equal(response.status, 200, path);
      return (await response.json()) as GraphqlData;
    };
    const get = (path: string, as?: string) => call('GET', path, undefined, as);
    const codeOf = async (answer: Promise<GraphqlData>): Promise<string> => {
      const { success, errors } = await answer;
      assert.equal(success, false);
      return errors[0].code;
    };
    const names = ({ result = [] }: GraphqlData) => result.map(({ name }: GraphqlData) => name).sort();

    test('assets are listed, filtered and paged, and found by name and number', async () => {
      const path = 'asset/v1/smartCampaigns';
      assert.deepEqual(names(await get(path)), ['Nightly', 'Requested', 'Visits']);
      const pages = [0, 1, 2].map((offset) => get(`${path}?maxReturn=1&offset=${offset}`));
      assert.deepEqual((await Promise.all(pages)).flatMap(names).sort(), ['Nightly', 'Requested', 'Visits']);
      const none = await get(`${path}?offset=3`);
      assert.deepEqual([none.success, none.result, none.warnings.length], [true, undefined, 1]);
      assert.deepEqual(names(await get(`${path}?status=Never%20Run`)), ['Nightly']);
      assert.deepEqual(names(await get(`${path}?isActive=true`)), []);
      assert.deepEqual(names(await get(`${path}?latestUpdatedAt=2020-01-01T00:00:00Z`)), []);
      const [visits] = (await get('asset/v1/smartCampaign/byName?name=Visits')).result;
      const { createdAt, updatedAt, ...rest } = visits;
      assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\+0000$/);
      assert.equal(updatedAt, createdAt);
      assert.deepEqual(rest, {
        id: campaigns['Visits'],
        name: 'Visits',
        description: '',
        status: 'Inactive',
        type: 'trigger',
        isSystem: false,
        isActive: false,
        isRequestable: false,
        isCommunicationLimitEnabled: false,
        recurrence: { weekdayOnly: false },
        qualificationRuleType: 'interval',
        qualificationRuleInterval: 7,
        qualificationRuleUnit: 'day',
        workspace: 'Default',
      });
      assert.ok(Number.isSafeInteger(visits.id));
      assert.deepEqual((await get(`asset/v1/smartCampaign/${visits.id}`)).result, [visits]);
      assert.equal((await get('asset/v1/smartCampaign/7')).result, undefined);
      assert.equal((await get('asset/v1/smartCampaign/byName?name=Nobody')).result, undefined);
    });

    test('campaigns are activated and deactivated, and again without harm', async () => {
      const at = `asset/v1/smartCampaign/${campaigns['Visits']}`;
      for (let time = 0; time < 2; time += 1)
        assert.deepEqual((await call('POST', `${at}/activate`)).result, [{ id: campaigns['Visits'] }]);
      const [active] = (await get(at)).result;
      assert.deepEqual([active.status, active.isActive], ['Active', true]);
      assert.deepEqual(names(await get('asset/v1/smartCampaigns?isActive=1')), ['Visits']);
      for (let time = 0; time < 2; time += 1)
        assert.equal((await call('POST', `${at}/deactivate`)).success, true);
      assert.equal((await get(at)).result[0].status, 'Inactive');
    });

    test('campaigns are listed with paging tokens', async () => {
      const first = await get('v1/campaigns?batchSize=2');
      const second = await get(`v1/campaigns?batchSize=2&nextPageToken=${first.nextPageToken}`);
      assert.deepEqual([first.result.length, second.result.length, second.nextPageToken], [2, 1, undefined]);
      assert.deepEqual(names({ result: [...first.result, ...second.result] }), [
        'Nightly',
        'Requested',
        'Visits',
      ]);
      assert.deepEqual(names(await get('v1/campaigns?isTriggerable=true')), ['Requested']);
      assert.deepEqual(names(await get('v1/campaigns?name=Visits,Nightly')), ['Nightly', 'Visits']);
      const [one] = (await get(`v1/campaigns/${campaigns['Nightly']}`)).result;
      assert.deepEqual([one.type, one.active, one.workspaceName], ['batch', false, 'Default']);
      for (const query of [
        `nextPageToken=${first.nextPageToken}`,
        'nextPageToken=nonsense',
        'programName=Spring',
      ])
        assert.equal(await codeOf(get(`v1/campaigns?${query}`, query.length > 40 ? 'other' : 'all')), '1003');
    });

    test('a retry of a request starts nothing again, with a key and without', async () => {
      const at = `v1/campaigns/${campaigns['Requested']}/trigger`;
      const { result } = await get(`v1/lists/${listId}/leads`);
      assert.deepEqual(result, []);
      await call('POST', `v1/lists/${listId}/leads?id=1001`);
      const points = async () =>
        Number((await get(`v1/lists/${listId}/leads?fields=points`)).result[0].points ?? 0);
      const ask = (word: string, headers?: object) =>
        call(
          'POST',
          at,
          { input: { leads: [{ id: 1001 }], tokens: [{ name: '{{my.word}}', value: word }] } },
          'all',
          headers,
        );
      assert.equal(await codeOf(ask('early')), '1003', 'a campaign that is not active');
      await call('POST', `asset/v1/smartCampaign/${campaigns['Requested']}/activate`);
      await until('the version is in force', async () => (await ask('one')).success);
      for (let time = 0; time < 2; time += 1)
        assert.deepEqual((await ask('one')).result, [{ id: campaigns['Requested'] }]);
      await until('the first run is over', async () => (await points()) >= 1);
      for (const word of ['two', 'three', 'two'])
        assert.equal((await ask(word, { 'idempotency-key': 'a' })).success, true);
      assert.equal((await ask('one', { 'idempotency-key': 'b' })).success, true);
      // Runs of one person go on in order, so that the last one tells that the others are over.
      const said = async () => {
        const { nextPageToken } = await get(`v1/activities/pagingtoken?sinceDatetime=${ahead(-60)}`);
        const page = await get(`v1/activities?activityTypeIds=46&nextPageToken=${nextPageToken}`);
        return page.result.map(({ campaignId, attributes }: GraphqlData) => {
          assert.equal(campaignId, campaigns['Requested']);
          return attributes.find(({ name }: GraphqlData) => name === 'description').value;
        });
      };
      await until('three runs are over', async () => (await said()).length >= 3);
      assert.deepEqual((await said()).sort(), ['Says one', 'Says one', 'Says two']);
      await until('all points are there', async () => (await points()) === 3);
    });

    test('runs of the former name of a request are its own', async () => {
      const { authenticator, services } = installation.application;
      const viewer = await authenticator.authenticate(`Bearer ${tokens['all']}`, '127.0.0.1');
      assert.ok(viewer);
      const { signal } = new AbortController();
      const { items } = await services.automation.campaigns.list(viewer, { first: 10 }, signal);
      const { id } = items.find(({ name }) => name === 'Requested') ?? {};
      assert.ok(id);
      const [ann] = services.people.keysOf(viewer, '1001');
      const [bob] = services.people.keysOf(viewer, '1002');
      const runsOf = async (leads: string[], requestId: string, formerRequestId?: string) =>
        (
          await services.automation.runs.request(
            viewer,
            { campaignId: id, leads, requestId, ...(formerRequestId !== undefined && { formerRequestId }) },
            signal,
          )
        ).map(({ run }) => run?.id);
      const [first] = await runsOf([ann], 'hour 1', 'hour 0');
      const [retried, other] = await runsOf([ann, bob], 'hour 2', 'hour 1');
      assert.ok(first && other);
      assert.equal(retried, first);
      const [later] = await runsOf([ann], 'hour 3', 'hour 2');
      assert.ok(later);
      assert.notEqual(later, first);
    });

    test('requests with bad input start nothing', async () => {
      const at = `v1/campaigns/${campaigns['Requested']}/trigger`;
      const leads = [{ id: 1001 }];
      const token = { name: '{{my.word}}', value: 'x' };
      const bad: readonly (readonly [string, unknown, object?])[] = [
        ['701', {}],
        ['701', { input: [] }],
        ['609', '{'],
        ['1002', { input: {} }],
        ['1002', { input: { leads: [] } }],
        ['1001', { input: { leads: [1001] } }],
        ['1001', { input: { leads: [{ id: 'x' }] } }],
        ['1004', { input: { leads: [{ id: 1001 }, { id: 4711 }] } }],
        ['1003', { input: { leads: Array.from({ length: 101 }, () => ({ id: 1001 })) } }],
        ['1003', { input: { leads, tokens: Array.from({ length: 101 }, () => token) } }],
        ['1003', { input: { leads, tokens: {} } }],
        ['1003', { input: { leads, tokens: [{ ...token, name: 'word' }] } }],
        ['1003', { input: { leads, tokens: [{ ...token, value: 1 }] } }],
        ['1003', { input: { leads, tokens: [{ ...token, value: 'x'.repeat(40_000) }] } }],
        ['1003', { input: { leads } }, { 'idempotency-key': 'x'.repeat(300) }],
      ];
      for (const [code, body, headers] of bad)
        assert.equal(await codeOf(call('POST', at, body, 'all', headers)), code, JSON.stringify(body));
      assert.equal(await codeOf(call('POST', at)), '612');
      assert.equal(await codeOf(call('POST', at, { input: { leads } }, 'other')), '1013');
      const visits = `v1/campaigns/${campaigns['Visits']}/trigger`;
      assert.equal(await codeOf(call('POST', visits, { input: { leads } })), '1003');
    });

    test('batch campaigns are scheduled from five minutes to two years ahead', async () => {
      const at = (name: string) => `v1/campaigns/${campaigns[name]}/schedule`;
      for (const [code, input] of [
        ['1042', { runAt: ahead(4) }],
        ['1042', { runAt: ahead(-10) }],
        ['1042', { runAt: ahead(731 * 24 * 60) }],
        ['704', { runAt: 'tomorrow' }],
        ['704', { runAt: 5 }],
        ['1003', { tokens: [] }],
        ['1003', { cloneToProgramName: 'x' }],
      ] as const)
        assert.equal(await codeOf(call('POST', at('Nightly'), { input })), code, JSON.stringify(input));
      assert.equal(await codeOf(call('POST', at('Visits'), { input: {} })), '709');
      const runAt = ahead(60);
      for (let time = 0; time < 2; time += 1)
        assert.deepEqual((await call('POST', at('Nightly'), { input: { runAt } })).result, [
          { id: campaigns['Nightly'] },
        ]);
      const [nightly] = (await get(`asset/v1/smartCampaign/${campaigns['Nightly']}`)).result;
      assert.equal(nightly.status, 'Single Run');
      assert.equal(nightly.recurrence.startAt, `${runAt.slice(0, 19)}Z+0000`);
    });

    test('static lists have members, with a verdict for each lead', async () => {
      assert.deepEqual(names(await get('v1/lists')), ['Ask dora@example.com', 'People']);
      assert.equal((await get(`v1/lists/${listId}`)).result[0].name, 'People');
      const at = `v1/lists/${listId}/leads`;
      await call('DELETE', `${at}?id=1001`);
      const input = [{ id: 1001 }, { id: '1002' }, { id: 4711 }];
      const added = await call('POST', at, { input });
      assert.deepEqual(added.result, [
        { id: 1001, status: 'added' },
        { id: 1002, status: 'added' },
        { id: 4711, status: 'skipped', reasons: [{ code: '1004', message: 'Lead not found' }] },
      ]);
      assert.deepEqual((await call('POST', at, { input })).result, added.result);
      const first = await get(`${at}?batchSize=1&fields=email,plan,nothing`);
      const second = await get(
        `${at}?batchSize=1&fields=email,plan,nothing&nextPageToken=${first.nextPageToken}`,
      );
      assert.equal(second.nextPageToken, undefined);
      const found = [...first.result, ...second.result].sort((a, b) => a.id - b.id);
      assert.deepEqual(found, [
        { id: 1001, email: 'ann@example.com', plan: 'free', nothing: null },
        { id: 1002, email: null, plan: null, nothing: null },
      ]);
      const [, usual] = (await get(at)).result.sort((a: GraphqlData, b: GraphqlData) => b.id - a.id);
      assert.deepEqual(Object.keys(usual), [
        'id',
        'firstName',
        'lastName',
        'email',
        'updatedAt',
        'createdAt',
      ]);
      const removed = await call('POST', `${at}?_method=DELETE&id=1002,4711`);
      assert.deepEqual(
        removed.result.map(({ status }: GraphqlData) => status),
        ['removed', 'skipped'],
      );
      const [again] = (await call('DELETE', at, { input: [{ id: 1002 }] })).result;
      assert.equal(again.reasons[0].code, '1015');
      for (const [code, path, body] of [
        ['701', at, { input: [] }],
        ['1001', at, { input: [{ id: 'x' }] }],
        ['1003', at, { input: Array.from({ length: 301 }, () => ({ id: 1001 })) }],
        ['1013', 'v1/lists/7/leads', { input }],
        ['1001', 'v1/lists/x/leads', { input }],
      ] as const)
        assert.equal(await codeOf(call('POST', path, body)), code);
      assert.equal(await codeOf(get(`${at}?nextPageToken=nonsense`)), '1003');
    });

    test('without `leads:pii` names and members are masked', async () => {
      const at = `v1/lists/${listId}/leads`;
      await call('POST', `${at}?id=1001`);
      const text = JSON.stringify([
        await get(`${at}?fields=email,firstName,plan`, 'masked'),
        await get('v1/lists', 'masked'),
        await get('asset/v1/smartCampaigns', 'masked'),
      ]);
      for (const secret of ['ann@example.com', 'Ann', 'dora@example.com'])
        assert.ok(!text.includes(secret), secret);
      assert.deepEqual((await get('v1/lists?name=Ask%20dora@example.com', 'masked')).result, []);
    });

    test('another tenant, other scopes and other methods get nothing', async () => {
      const { Requested: id } = campaigns;
      const reads = [`v1/campaigns/${id}`, `v1/lists/${listId}`, `v1/lists/${listId}/leads`];
      const writes = [
        `v1/campaigns/${id}/trigger`,
        `v1/campaigns/${id}/schedule`,
        `v1/lists/${listId}/leads`,
      ];
      const assets = ['activate', 'deactivate'].map((verb) => `asset/v1/smartCampaign/${id}/${verb}`);
      const lists = [
        'asset/v1/smartCampaigns',
        'asset/v1/smartCampaign/byName?name=Requested',
        'v1/campaigns',
        'v1/lists',
      ];
      const body = { input: [{ id: 1001 }] };
      for (const path of reads) assert.equal(await codeOf(get(path, 'other')), '1013', path);
      for (const path of writes) assert.equal(await codeOf(call('POST', path, body, 'other')), '1013', path);
      for (const path of assets)
        assert.equal(await codeOf(call('POST', path, undefined, 'other')), '702', path);
      for (const path of lists) assert.deepEqual((await get(path, 'other')).result ?? [], [], path);
      for (const path of [...reads, ...lists, `asset/v1/smartCampaign/${id}`]) {
        assert.equal(await codeOf(get(path, 'writer')), '603', path);
        assert.equal(await codeOf(get(path, 'nobody')), '601', path);
        assert.equal((await get(path, 'reader')).success, true, path);
      }
      for (const path of [...writes, ...assets])
        assert.equal(await codeOf(call('POST', path, body, 'reader')), '603', path);
      for (const path of [...writes.slice(0, 2), ...assets])
        assert.equal(await codeOf(get(path)), '605', path);
      assert.equal(await codeOf(call('PUT', `v1/lists/${listId}/leads`, body)), '605');
      assert.equal(await codeOf(call('DELETE', `v1/lists/${listId}/leads`, body, 'reader')), '603');
    });
  });
