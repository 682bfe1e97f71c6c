import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyIdOf } from '../../src/auth/directory.ts';
import { mintToken } from '../../src/auth/key-set.ts';
import type { Scope } from '../../src/domain/scopes.ts';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';

const HOUR = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR).toISOString();

for (const profile of ['embedded', 'postgres'] as const)
  describe(`Marketo's REST API on ${profile}`, () => {
    let installation: TestInstallation;
    const tokens: Record<string, string> = {};
    let typeId: number;
    before(async () => {
      installation = await openInstallation(
        { SETTLE_MS: '0', INGEST_EVENTS_PER_SECOND: '4', INGEST_BURST_SECONDS: '1000' },
        profile,
      );
      for (const tenantId of ['one', 'two']) tokens[tenantId] = await signIn(tenantId, ALL_SCOPES);
      for (const tenant of ['one', 'two'])
        await ask(
          tenant,
          `mutation { defineActivityType(input: { name: "Attend Conference", description: "Attend the conference", attributes: [
             { name: "conferenceName", dataType: STRING }, { name: "attendees", dataType: INTEGER },
             { name: "site", dataType: URL }, { name: "badge", dataType: STRING, pii: true } ] }) { activityType { number } } }`,
        );
      await ask(
        'one',
        'mutation { identifyLeads(input: { leads: [{ externalId: "1001", email: "ann@example.com" }, { externalId: "1002", email: "bob@example.com" }, { externalId: "carl@example.com" }] }) { results { accepted } } }',
      );
      typeId = (await get('one', 'types')).result.find(
        ({ name }: GraphqlData) => name === 'Attend Conference',
      ).id;
    });
    after(() => installation.close());

    const credentials = async (tenantId: string, scopes: readonly Scope[]) => {
      const secret = await installation.application.directory.createKey({
        tenantId,
        kind: 'api',
        scopes,
        name: 'marketo client',
      });
      return { grant_type: 'client_credentials', client_id: keyIdOf(secret), client_secret: secret };
    };
    const tokenFor = async (parameters: Record<string, string>, method = 'GET') => {
      const text = new URLSearchParams(parameters).toString();
      const url = `${installation.address}/identity/oauth/token`;
      const response =
        method === 'GET'
          ? await fetch(`${url}?${text}`)
          : await fetch(url, {
              method,
              headers: { 'content-type': 'application/x-www-form-urlencoded' },
              body: text,
            });
      return { status: response.status, body: (await response.json()) as GraphqlData };
    };
    const signIn = async (tenantId: string, scopes: readonly Scope[]): Promise<string> =>
      (await tokenFor(await credentials(tenantId, scopes))).body.access_token;
    const call = async (path: string, init: RequestInit & { token?: string } = {}): Promise<GraphqlData> => {
      const { token, ...rest } = init;
      const response = await fetch(`${installation.address}/rest/v1/${path}`, {
        ...rest,
        headers: { ...(token && { authorization: `Bearer ${token}` }), ...(rest.headers as object) },
      });
      assert.equal(response.status, 200, path);
      const body = (await response.json()) as GraphqlData;
      assert.match(body.requestId, /^[0-9a-f-]{36}$/);
      return body;
    };
    const get = (tenant: string, what: string, query: Record<string, string> = {}): Promise<GraphqlData> =>
      call(`activities${what === '' ? '' : `/${what}`}.json?${new URLSearchParams(query)}`, {
        token: tokens[tenant] ?? tenant,
      });
    const add = (tenant: string, input: unknown): Promise<GraphqlData> =>
      call('activities/external.json', {
        method: 'POST',
        token: tokens[tenant] ?? tenant,
        headers: { 'content-type': 'application/json' },
        body: typeof input === 'string' ? input : JSON.stringify({ input }),
      });
    const ask = async (
      tenant: string,
      query: string,
      variables?: Record<string, unknown>,
    ): Promise<GraphqlData> => {
      const { body } = await installation.graphql(
        await installation.token(tenant, ALL_SCOPES),
        query,
        variables,
      );
      assert.equal(body.errors, undefined, JSON.stringify(body.errors));
      return body.data;
    };
    const attended = (leadId: unknown, n: number, more: object = {}) => ({
      leadId,
      activityDate: ago(n),
      activityTypeId: typeId,
      primaryAttributeValue: `Conference ${n}`,
      attributes: [{ apiName: 'attendees', value: String(n) }],
      ...more,
    });
    const startAt = async (tenant: string, time: string): Promise<string> =>
      (await get(tenant, 'pagingtoken', { sinceDatetime: time })).nextPageToken;
    /** Reads to the end of the round; no page is empty while more follow. */
    const follow = async (tenant: string, token: string, query: Record<string, string>, what = '') => {
      // Anything received until now is behind the horizon then.
      await sleep(5);
      const found: GraphqlData[] = [];
      for (let next = token; ; ) {
        const page = await get(tenant, what, { ...query, nextPageToken: next });
        assert.equal(page.success, true, JSON.stringify(page));
        found.push(...page.result);
        next = page.nextPageToken;
        if (!page.moreResult) return { found, next };
        assert.ok(page.result.length > 0, 'an empty page while more follow');
      }
    };

    test('client credentials give a token with the scopes of the key, the same again while it holds', async () => {
      const own = await credentials('one', ['activities:read']);
      const { status, body } = await tokenFor(own);
      assert.deepEqual([status, body.token_type, body.scope], [200, 'bearer', `key:${own.client_id}`]);
      assert.ok(body.expires_in > 3_500 && body.expires_in <= 3_600);
      assert.equal((await tokenFor(own, 'POST')).body.access_token, body.access_token);
      assert.equal((await get(body.access_token, 'types')).success, true);
      assert.deepEqual((await add(body.access_token, [])).errors, [
        { code: '603', message: 'Access denied' },
      ]);
      for (const wrong of [
        { ...own, client_secret: 'nonsense' },
        { ...own, client_id: 'someone-else' },
        { ...own, client_secret: (await credentials('two', [])).client_secret },
      ]) {
        const refused = await tokenFor(wrong);
        assert.deepEqual([refused.status, refused.body.error], [401, 'invalid_client']);
      }
      assert.equal((await tokenFor({ ...own, grant_type: 'password' })).status, 400);
      await installation.application.directory.revokeKey(own.client_id);
      assert.equal((await tokenFor(own)).status, 401);
    });

    test('types are listed with their numbers and their primary attribute', async () => {
      const { result } = await get('one', 'types');
      assert.deepEqual(
        result.find(({ id }: GraphqlData) => id === typeId),
        {
          id: typeId,
          name: 'Attend Conference',
          description: 'Attend the conference',
          primaryAttribute: { name: 'conferenceName', apiName: 'conferenceName', dataType: 'string' },
          attributes: [
            { name: 'attendees', apiName: 'attendees', dataType: 'integer' },
            { name: 'site', apiName: 'site', dataType: 'link' },
            { name: 'badge', apiName: 'badge', dataType: 'string' },
          ],
        },
      );
      assert.equal(result.find(({ id }: GraphqlData) => id === 13).primaryAttribute.name, 'attributeName');
    });

    test('activities are added, each with a verdict of its own and in order; the same call again adds nothing', async () => {
      const input = [
        attended(1001, 50),
        attended('1002', 51, {
          attributes: [
            { name: 'site', value: 'https://a.example/' },
            { name: 'badge', value: 'B-7' },
          ],
        }),
        attended(3000, 52),
        attended(1001, 53, { activityTypeId: 999 }),
        attended(1001, 54, { primaryAttributeValue: undefined }),
        attended(1001, 55, { attributes: [{ name: 'colour', value: 'red' }] }),
        attended(1001, 56, { attributes: [{ name: 'attendees', value: 'many' }] }),
        attended(1001, 57, { activityDate: 'yesterday' }),
        attended(1001, 58, { leadId: 1.5 }),
        'nonsense',
        attended(1001, 59, { attributes: [{ name: 'badge', value: 'x'.repeat(9_000) }] }),
        attended(1001, -48),
      ];
      const first = await add('one', input);
      assert.equal(first.success, true);
      const codes = first.result.map(({ status, reasons, errors }: GraphqlData) => {
        assert.deepEqual(reasons, errors);
        return status === 'added' ? status : reasons[0].code;
      });
      assert.deepEqual(codes, [
        'added',
        'added',
        '1004',
        '1003',
        '1002',
        '1006',
        '1001',
        '1001',
        '1001',
        '1001',
        '1001',
        '1001',
      ]);
      assert.deepEqual(first.result[2], {
        status: 'skipped',
        errors: [{ code: '1004', message: 'Lead not found' }],
        reasons: [{ code: '1004', message: 'Lead not found' }],
      });
      assert.equal(first.result[5].reasons[0].message, "Field 'colour' not found");
      const second = await add('one', input);
      assert.deepEqual(second.result, first.result);
      const { lead } = await ask(
        'one',
        '{ lead(externalId: "1001") { activities { nodes { id source attributes type { name } } } } }',
      );
      assert.deepEqual(
        lead.activities.nodes.map(({ id, ...rest }: GraphqlData) => [
          id.slice(1) === first.result[0].marketoGUID,
          rest,
        ]),
        [
          [
            true,
            {
              source: 'marketo',
              attributes: { conferenceName: 'Conference 50', attendees: 50 },
              type: { name: 'Attend Conference' },
            },
          ],
        ],
      );
    });

    test('activities come back as Marketo writes them, from a time on, by type and lead', async () => {
      const start = await startAt('one', ago(100));
      const { found } = await follow('one', start, { activityTypeIds: String(typeId), batchSize: '1' });
      assert.equal(found.length, 2);
      const [later] = found.filter(({ leadId }) => leadId === 1002);
      assert.match(later.activityDate, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
      assert.ok(Number.isSafeInteger(later.id));
      assert.deepEqual(
        { ...later, id: 0, marketoGUID: '', activityDate: '' },
        {
          id: 0,
          marketoGUID: '',
          leadId: 1002,
          activityDate: '',
          activityTypeId: typeId,
          primaryAttributeValue: 'Conference 51',
          attributes: [
            { name: 'site', value: 'https://a.example/' },
            { name: 'badge', value: 'B-7' },
          ],
        },
      );
      const leads = async (leadIds: string) =>
        (await follow('one', start, { activityTypeIds: String(typeId), leadIds })).found.map(
          ({ leadId }) => leadId,
        );
      assert.deepEqual(await leads('1001'), [1001]);
      assert.deepEqual((await leads('1002,1001,777')).sort(), [1001, 1002]);
      assert.deepEqual(await leads('777'), []);
      assert.deepEqual(
        (await follow('one', await startAt('one', ago(50.5)), { activityTypeIds: String(typeId) })).found.map(
          ({ leadId }) => leadId,
        ),
        [1001],
      );
      assert.deepEqual((await follow('one', start, { activityTypeIds: '1,2,999999' })).found, []);
    });

    test('a lead without a number of its own has one, by which it is written to and read', async () => {
      await ask('one', 'mutation ($a: RecordActivitiesInput!) { recordActivities(input: $a) { accepted } }', {
        a: {
          activities: [
            {
              messageId: 'n-1',
              externalId: 'carl@example.com',
              type: 'Interesting Moment',
              occurredAt: ago(1),
              attributes: { momentType: 'Call' },
            },
            { messageId: 'n-2', anonymousId: 'device-9', type: 'Interesting Moment', occurredAt: ago(1) },
          ],
        },
      });
      const { found } = await follow('one', await startAt('one', ago(2)), { activityTypeIds: '46' });
      assert.equal(found.length, 2);
      for (const { leadId } of found) {
        assert.ok(Number.isSafeInteger(leadId) && leadId >= 2 ** 52);
        const { result } = await add('one', [attended(leadId, 1, { attributes: [] })]);
        assert.equal(result[0].status, 'added');
        const read = await follow('one', await startAt('one', ago(2)), {
          activityTypeIds: `46,${typeId}`,
          leadIds: String(leadId),
        });
        assert.deepEqual(
          read.found.map((activity) => activity.leadId),
          [leadId, leadId],
        );
      }
      const { lead } = await ask(
        'one',
        '{ lead(externalId: "device-9") { externalId activities { nodes { messageId } } } }',
      );
      assert.deepEqual([lead.externalId, lead.activities.nodes.length], [null, 2]);
    });

    test('who follows with the token gets each activity once, also one that is reported late, while more is written', async () => {
      const since = ago(20);
      let { found, next } = await follow('one', await startAt('one', since), { activityTypeIds: '1' });
      assert.deepEqual(found, []);
      const guids = new Map<string, number>();
      const written = new Set<string>();
      const write = async (round: number) => {
        const activities = Array.from({ length: 40 }, (_, n) => ({
          messageId: `follow-${round}-${n}`,
          externalId: '1001',
          type: 'Visit Webpage',
          // Most happened just now; some long before what was read already, some at the very same moment.
          occurredAt: n % 4 === 0 ? ago(19 - round) : n % 4 === 1 ? ago(10) : new Date().toISOString(),
        }));
        const { recordActivities } = await ask(
          'one',
          'mutation ($a: RecordActivitiesInput!) { recordActivities(input: $a) { results { activity { id } } } }',
          { a: { activities } },
        );
        for (const { activity } of recordActivities.results) written.add(activity.id.slice(1));
      };
      const read = async (batchSize: string) => {
        ({ found, next } = await follow('one', next, { activityTypeIds: '1', batchSize }));
        for (const { marketoGUID } of found) guids.set(marketoGUID, (guids.get(marketoGUID) ?? 0) + 1);
        const times = found.map(({ activityDate }) => activityDate);
        assert.deepEqual(times, [...times].sort(), 'a round is in the order of time');
      };
      for (let round = 0; round < 6; round += 1)
        await Promise.all([write(round), read(String(3 + round * 7))]);
      await read('300');
      assert.equal(written.size, 240);
      assert.equal(guids.size, 240, 'none is missing');
      assert.deepEqual([...guids.keys()].sort(), [...written].sort());
      assert.deepEqual([...new Set(guids.values())], [1], 'none came twice');
      await read('300');
      assert.deepEqual(found, []);
    });

    test('changes of leads come by field, new leads with them', async () => {
      const since = await startAt('one', ago(6));
      const change = (n: number, attributeName: string) => ({
        messageId: `change-${n}`,
        externalId: '1001',
        type: 'Change Data Value',
        occurredAt: ago(5 - n / 100),
        attributes: { attributeName, oldValue: `old-${n}`, newValue: `new-${n}`, reason: 'Form' },
      });
      await ask(
        'one',
        'mutation ($a: RecordActivitiesInput!) { recordActivities(input: $a) { accepted results { error { message } } } }',
        {
          a: {
            activities: [
              ...['firstName', 'lastName', 'company', 'firstName'].map((name, n) => change(n, name)),
              {
                messageId: 'new-lead',
                externalId: '1001',
                type: 'New Lead',
                occurredAt: ago(5.01),
                attributes: { sourceType: 'Import' },
              },
            ],
          },
        },
      );
      const { found } = await follow(
        'one',
        since,
        { fields: 'firstName,lastName', batchSize: '2' },
        'leadchanges',
      );
      assert.deepEqual(
        found.map(({ activityTypeId, fields, attributes }) => [
          activityTypeId,
          fields.map(({ id: _id, ...field }: GraphqlData) => field),
          attributes,
        ]),
        [
          [12, [], [{ name: 'sourceType', value: 'Import' }]],
          ...(
            [
              ['firstName', 0],
              ['lastName', 1],
              ['firstName', 3],
            ] as const
          ).map(([name, n]) => [
            13,
            [{ name, newValue: `new-${n}`, oldValue: `old-${n}` }],
            [{ name: 'reason', value: 'Form' }],
          ]),
        ],
      );
      assert.equal(
        (await get('one', 'leadchanges', { nextPageToken: since })).errors[0].code,
        '1002',
        'fields are needed',
      );
    });

    test('without leads:pii values declared personal are masked', async () => {
      const token = await signIn('one', ['activities:read']);
      const start = (await get(token, 'pagingtoken', { sinceDatetime: ago(100) })).nextPageToken;
      await sleep(5);
      const text = JSON.stringify([
        await get(token, '', { nextPageToken: start, activityTypeIds: String(typeId) }),
        await get(token, 'leadchanges', { nextPageToken: start, fields: 'firstName' }),
      ]);
      assert.match(text, /\[masked\]/);
      // With its quotes: a token or an id can have these characters too.
      assert.ok(!/"B-7"|new-0|old-0|@/.test(text), text);
    });

    test("one tenant's tokens, leads and activities are nothing to another", async () => {
      const theirs = await startAt('one', ago(100));
      assert.equal(
        (await get('two', '', { nextPageToken: theirs, activityTypeIds: '1' })).errors[0].code,
        '1003',
      );
      const own = await startAt('two', ago(100));
      const { found } = await follow('two', own, { activityTypeIds: `1,13,46,${typeId}` });
      assert.deepEqual(found, []);
      const derived = (await follow('one', theirs, { activityTypeIds: '46' })).found.map(
        ({ leadId }) => leadId,
      );
      assert.equal(derived.length, 2);
      for (const leadId of [1001, ...derived]) {
        assert.equal((await add('two', [attended(leadId, 1)])).result[0].reasons[0].code, '1004');
        assert.deepEqual(
          (await follow('two', own, { activityTypeIds: '1', leadIds: String(leadId) })).found,
          [],
        );
      }
    });

    test('what was skipped for a lead that is not there gets in when it is', async () => {
      const list = '{ failedActivities(dialect: "marketo", codes: [LEAD_NOT_FOUND]) { nodes { id item } } }';
      const { failedActivities } = await ask('one', list);
      assert.equal(failedActivities.nodes.length, 1);
      assert.equal(failedActivities.nodes[0].item.leadId, 3000);
      await ask(
        'one',
        'mutation { identifyLeads(input: { leads: [{ externalId: "3000" }] }) { results { accepted } } }',
      );
      const { replayFailedActivities } = await ask(
        'one',
        'mutation { replayFailedActivities(input: { dialect: "marketo", codes: [LEAD_NOT_FOUND] }) { results { status activity { source } } } }',
      );
      assert.deepEqual(replayFailedActivities.results, [
        { status: 'REPLAYED', activity: { source: 'marketo' } },
      ]);
      assert.equal((await add('one', [attended(3000, 52)])).result[0].status, 'added');
    });

    test('a call that is wrong as a whole has an error of Marketo and status 200', async () => {
      const code = async (answer: Promise<GraphqlData>) => {
        const { success, errors } = await answer;
        assert.equal(success, false);
        return errors[0].code;
      };
      const { keySet } = installation.application;
      const expired = await mintToken(keySet, {
        tenantId: 'one',
        scopes: ALL_SCOPES,
        subject: 'x',
        issuer: 'journeygraph',
        audience: 'journeygraph',
        ttlSeconds: -3_600,
      });
      const token = await startAt('one', ago(1));
      assert.equal(await code(call('activities/types.json')), '601');
      assert.equal(await code(get('nonsense', 'types')), '601');
      assert.equal(await code(get(expired, 'types')), '602');
      assert.equal(await code(get(await signIn('one', ['activities:write']), 'types')), '603');
      assert.equal(
        await code(call('activities/types.json', { method: 'DELETE', token: tokens['one'] ?? '' })),
        '605',
      );
      assert.equal(await code(call('activities/external.json', { token: tokens['one'] ?? '' })), '605');
      assert.equal(await code(add('one', '{"input": [')), '609');
      assert.equal(await code(call('leads.json', { token: tokens['one'] ?? '' })), '610');
      assert.equal(
        await code(
          call('activities/external.json', {
            method: 'POST',
            token: tokens['one'] ?? '',
            body: '{}',
            headers: { 'content-type': 'text/plain' },
          }),
        ),
        '612',
      );
      assert.equal(await code(add('one', [])), '701');
      assert.equal(await code(add('one', '{}')), '701');
      assert.equal(await code(get('one', 'pagingtoken', { sinceDatetime: 'noon' })), '704');
      assert.equal(await code(get('one', 'pagingtoken')), '1002');
      assert.equal(await code(get('one', '', { activityTypeIds: '1' })), '1002');
      assert.equal(await code(get('one', '', { nextPageToken: token })), '1002');
      assert.equal(await code(get('one', '', { nextPageToken: token, activityTypeIds: 'x' })), '1001');
      assert.equal(
        await code(get('one', '', { nextPageToken: token, activityTypeIds: '1,2,3,4,5,6,7,8,9,10,11' })),
        '1003',
      );
      assert.equal(await code(get('one', '', { nextPageToken: 'x', activityTypeIds: '1' })), '1003');
      assert.equal(
        await code(get('one', '', { nextPageToken: token, activityTypeIds: '1', listId: '1' })),
        '1003',
      );
      assert.equal(
        await code(
          add(
            'one',
            Array.from({ length: 301 }, (_, n) => attended(1001, n)),
          ),
        ),
        '1003',
      );
    });

    test('bodies and addresses that are too large are errors of HTTP; a long query comes as a POST', async () => {
      const headers = { authorization: `Bearer ${tokens['one']}`, 'content-type': 'application/json' };
      const large = await fetch(`${installation.address}/rest/v1/activities/external.json`, {
        method: 'POST',
        headers,
        body: ' '.repeat(1024 * 1024 + 1),
      });
      assert.equal(large.status, 413);
      const leadIds = Array.from({ length: 30 }, (_, n) => 1001 + n).join(',');
      const query = {
        nextPageToken: await startAt('one', ago(100)),
        activityTypeIds: String(typeId),
        leadIds,
      };
      const long = `${new URLSearchParams(query)}&fill=${'x'.repeat(9_000)}`;
      assert.equal(
        (await fetch(`${installation.address}/rest/v1/activities.json?${long}`, { headers })).status,
        414,
      );
      const posted = await call('activities.json?_method=GET', {
        method: 'POST',
        token: tokens['one'] ?? '',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: long,
      });
      assert.ok(posted.result.length > 0);
    });

    test('300 are taken in one call; over the budget of the tenant the code is 606', async () => {
      const batch = (round: number) =>
        Array.from({ length: 300 }, (_, n) => attended(1001, n, { primaryAttributeValue: `r${round}-${n}` }));
      const { result } = await add('one', batch(0));
      assert.ok(result.every(({ status }: GraphqlData) => status === 'added'));
      let code = '';
      for (let round = 1; round < 60 && code === ''; round += 1)
        code = (await add('one', batch(round))).errors?.[0].code ?? '';
      assert.equal(code, '606');
    });
  });
