import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ALL_SCOPES, type GraphqlData, type TestInstallation } from '../support/application.ts';
import { until } from '../support/until.ts';

const LARGE = ['9007199254740993', '9007199254740992', '-9007199254740995', '123456789012345678901234567890'];
/** In any case, and with spaces around. */
const PLACEHOLDERS = [
  'undefined',
  'UNDEFINED',
  'null',
  'NULL',
  ' null ',
  'NaN',
  'None',
  'nil',
  '[object Object]',
  '0',
  'true',
  'False',
  'guest',
  'Anonymous',
  'not_authenticated',
  'distinct_id',
  'distinctid',
  'id',
  'email',
  '\\N',
  '00000000-0000-0000-0000-000000000000',
  '{{user.id}}',
  `\${userId}`,
  '<%= id %>',
  '%%ID%%',
  '*|UNIQID|*',
  '"null"',
  "'undefined'",
  'N/A',
  '(not set)',
];
const IMPOSSIBLE = [
  '2026-02-30T00:00:00Z',
  '2025-02-29T10:00:00Z',
  '2026-04-31T00:00:00+02:00',
  '2026-01-01T25:00:00Z',
];
/** Names that every JavaScript object answers to. */
const INHERITED = ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf'];
const DEEP = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
const TIME = '2026-06-10T10:00:00.000Z';

const RECORD = `mutation Record($input: RecordActivitiesInput!) { recordActivities(input: $input) {
  accepted duplicates rejected
  results { status activity { lead { externalId aliases } } error { code path } warnings { code path } } } }`;
const IDENTIFY = `mutation Identify($input: IdentifyLeadsInput!) { identifyLeads(input: $input) {
  results { accepted error { code path } warnings { code path } } } }`;

/**
 * What the product makes of what senders say, the same in every dialect and on every profile. Bodies are texts, because
 * what matters here is often lost when JavaScript writes them.
 * @param options `hasCampaigns`: whether campaigns are there without workers (default: true)
 */
export function sendersContract(
  name: string,
  options: { readonly skip?: string | false; readonly hasCampaigns?: boolean },
  open: () => Promise<TestInstallation>,
): void {
  describe(`what senders say: ${name}`, { skip: options.skip ?? false }, () => {
    let installation: TestInstallation;
    let token: string;
    let writeKey: string;
    let typeNumber: number;
    before(async () => {
      installation = await open();
      token = await installation.token('one', ALL_SCOPES);
      writeKey = await installation.application.directory.createKey({
        tenantId: 'one',
        // Not a public one: some of these merge users.
        kind: 'api',
        scopes: ['activities:write'],
        name: 'k',
      });
      const { defineActivityType } = await ask(
        `mutation { defineActivityType(input: { name: "Exact", description: "d", attributes: [
           { name: "label", dataType: STRING }, { name: "amount", dataType: NUMBER }, { name: "count", dataType: INTEGER },
           { name: "when", dataType: DATETIME }, { name: "constructor", dataType: STRING }
         ] }) { activityType { number } } }`,
      );
      typeNumber = defineActivityType.activityType.number;
    });
    after(() => installation.close());

    const post = async (path: string, body: string, headers: Record<string, string>) => {
      const response = await fetch(`${installation.address}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      });
      return { status: response.status, body: (await response.json()) as GraphqlData };
    };
    const segment = async (events: string): Promise<GraphqlData> => {
      const key = Buffer.from(`${writeKey}:`).toString('base64');
      const { status, body } = await post('/v1/batch', `{"batch":${events}}`, {
        authorization: `Basic ${key}`,
      });
      assert.equal(status, 200, JSON.stringify(body));
      return body;
    };
    /** @param variables as JSON text */
    const graphql = async (query: string, variables: string): Promise<GraphqlData> => {
      const body = `{"query":${JSON.stringify(query)},"variables":${variables}}`;
      return (await post('/graphql', body, { authorization: `Bearer ${token}` })).body;
    };
    const record = async (activities: string): Promise<GraphqlData> => {
      const { data, errors } = await graphql(RECORD, `{"input":{"activities":${activities}}}`);
      assert.equal(errors, undefined, JSON.stringify(errors));
      return data.recordActivities;
    };
    const identify = async (leads: string): Promise<GraphqlData> => {
      const { data, errors } = await graphql(IDENTIFY, `{"input":{"leads":${leads}}}`);
      assert.equal(errors, undefined, JSON.stringify(errors));
      return data.identifyLeads.results;
    };
    const marketo = async (input: string): Promise<GraphqlData> => {
      const path = '/rest/v1/activities/external.json';
      return (await post(path, `{"input":${input}}`, { authorization: `Bearer ${token}` })).body;
    };
    async function ask(query: string, variables: object = {}): Promise<GraphqlData> {
      const { body } = await installation.graphql(token, query, { ...variables });
      assert.equal(body.errors, undefined, JSON.stringify(body.errors));
      return body.data;
    }
    const lead = async (id: string): Promise<GraphqlData> =>
      (
        await ask(
          `query Lead($id: String!) { lead(externalId: $id) { externalId email traits aliases
             activities(first: 50) { nodes { messageId occurredAt type { name } attributes campaign { externalId } } } } }`,
          { id },
        )
      ).lead;
    /** Senders without verdicts are answered when the log has it; the store follows in a moment. */
    const leadWhere = async (id: string, isSo: (found: GraphqlData) => boolean): Promise<GraphqlData> => {
      let found: GraphqlData;
      await until(`lead ${id} is as it should be`, async () => {
        found = await lead(id);
        return found !== null && isSo(found);
      });
      return found;
    };
    const activitiesOf = (id: string, count: number): Promise<GraphqlData> =>
      leadWhere(id, ({ activities }) => activities.nodes.length >= count).then(
        ({ activities }) => activities.nodes,
      );
    const attributesOf = async (id: string): Promise<GraphqlData> =>
      (await activitiesOf(id, 1))[0].attributes;

    describe('integers beyond 2^53', () => {
      test('as ids of people and messages are the ids they were, with Segment', async () => {
        const events = LARGE.map(
          (id) => `{"type":"track","event":"E","userId":${id},"messageId":${id}1,"timestamp":"${TIME}"}`,
        );
        const answer = await segment(`[${events}]`);
        assert.deepEqual([answer.accepted, answer.duplicates], [LARGE.length, 0]);
        for (const id of LARGE)
          assert.deepEqual(
            (await activitiesOf(id, 1)).map(({ messageId }: GraphqlData) => messageId),
            [`${id}1`],
          );
      });

      test('as ids of devices, groups and former selves too', async () => {
        await segment(
          `[{"type":"identify","userId":"large-who","anonymousId":9007199254740997,"messageId":"large-1","timestamp":"${TIME}"},
            {"type":"group","userId":"large-who","groupId":9007199254740999,"messageId":"large-2","timestamp":"${TIME}"},
            {"type":"alias","userId":"large-who","previousId":9007199254741001,"messageId":"large-3","timestamp":"${TIME}"}]`,
        );
        const found = await leadWhere('large-who', ({ aliases }) => aliases.length === 2);
        assert.deepEqual(found.aliases, ['9007199254740997', '9007199254741001']);
        assert.equal(found.traits.groupId, '9007199254740999');
      });

      test('as attributes, campaigns and traits are kept as text, nested ones too, with Segment', async () => {
        await segment(
          `[{"type":"track","event":"Order Completed","userId":"large-attributes","messageId":"large-4","timestamp":"${TIME}",
             "properties":{"order_id":9007199254740993,"campaign_id":90071992547409931,"other":9007199254740995,"deep":{"list":[9007199254740997]}}},
            {"type":"identify","userId":"large-attributes","messageId":"large-5","timestamp":"${TIME}","traits":{"account":9007199254740999}}]`,
        );
        const found = await leadWhere('large-attributes', ({ traits }) => traits.account !== undefined);
        const [activity] = found.activities.nodes;
        if (options.hasCampaigns ?? true) assert.equal(activity.campaign.externalId, '90071992547409931');
        assert.deepEqual(activity.attributes, {
          orderId: '9007199254740993',
          campaign_id: '90071992547409931',
          other: '9007199254740995',
          deep: { list: ['9007199254740997'] },
        });
        assert.equal(found.traits.account, '9007199254740999');
      });

      test('in variables and in literals of GraphQL are kept as text where text is wanted, and refused with their path where a number is', async () => {
        const activity = (id: string, attributes: string) =>
          `{"messageId":"${id}","externalId":"large-graphql","type":"Exact","occurredAt":"${TIME}","attributes":${attributes}}`;
        const answer = await record(
          `[${activity('lg-1', '{"label":9007199254740993}')},${activity('lg-2', '{"amount":9007199254740993}')},
            ${activity('lg-3', '{"count":9007199254740992}')},${activity('lg-4', '{"amount":1e400}')},
            ${activity('lg-5', '{"amount":9007199254740991}')}]`,
        );
        assert.deepEqual(
          answer.results.map(({ status, error }: GraphqlData) => [status, error?.code, error?.path]),
          [
            ['ACCEPTED', undefined, undefined],
            ['REJECTED', 'INVALID_VALUE', 'attributes.amount'],
            ['REJECTED', 'INVALID_VALUE', 'attributes.count'],
            ['REJECTED', 'INVALID_VALUE', 'attributes.amount'],
            ['ACCEPTED', undefined, undefined],
          ],
        );
        const literal = await graphql(
          `mutation { recordActivities(input: { activities: [{ messageId: "lg-6", externalId: "large-literal", type: "Exact", occurredAt: "${TIME}",
             attributes: { label: 9007199254740993 }, context: { deep: [{ id: 12345678901234567890 }] } }] }) { accepted } }`,
          '{}',
        );
        assert.equal(literal.data?.recordActivities.accepted, 1, JSON.stringify(literal));
        assert.deepEqual(await attributesOf('large-literal'), { label: '9007199254740993' });
        await identify('[{"externalId":"9007199254740995"},{"externalId":"9007199254740996"}]');
        const query = new URLSearchParams({
          query: 'query Q($id: String!) { lead(externalId: $id) { externalId } }',
          variables: '{"id":9007199254740995}',
        });
        const byAddress = await fetch(`${installation.address}/graphql?${query}`, {
          headers: { authorization: `Bearer ${token}`, 'apollo-require-preflight': 'yes' },
        });
        assert.equal(((await byAddress.json()) as GraphqlData).data.lead.externalId, '9007199254740995');
        await identify(`[{"externalId":"large-traits","traits":{"account":9007199254740993}}]`);
        assert.equal((await lead('large-traits')).traits.account, '9007199254740993');
      });

      test('are kept as text or refused with Marketo, and no lead of a rounded number is found', async () => {
        await identify(`[{"externalId":"1001"}]`);
        const activity = (leadId: string, attributes: string) =>
          `{"leadId":${leadId},"activityTypeId":${typeNumber},"activityDate":"${TIME}","primaryAttributeValue":9007199254740993,"attributes":[${attributes}]}`;
        const { result } = await marketo(
          `[${activity('1001', '')},${activity('1001', '{"name":"count","value":9007199254740993}')},${activity('9007199254740993', '')}]`,
        );
        assert.deepEqual(
          result.map(({ status, errors }: GraphqlData) => [status, errors?.[0].code]),
          [
            ['added', undefined],
            ['skipped', '1001'],
            ['skipped', '1001'],
          ],
        );
        assert.deepEqual(await attributesOf('1001'), { label: '9007199254740993' });
      });
    });

    describe('placeholders for an id', () => {
      test('link nobody, and what a device did stays with the device', async () => {
        const events = PLACEHOLDERS.flatMap((id, index) => {
          const who = { userId: id, anonymousId: `placeholder-device-${index}`, timestamp: TIME };
          return [
            { type: 'identify', ...who, messageId: `ph-i-${index}` },
            { type: 'track', event: 'E', ...who, messageId: `ph-t-${index}` },
          ];
        });
        const answer = await segment(JSON.stringify(events));
        assert.equal(answer.accepted, events.length);
        assert.equal(answer.warnings.length, events.length);
        for (const warning of answer.warnings)
          assert.deepEqual([warning.code, warning.path], ['INVALID_VALUE', 'externalId']);
        for (const id of PLACEHOLDERS) assert.equal(await lead(id), null, id);
      });

      test('alone are refused, in every dialect', async () => {
        for (const id of PLACEHOLDERS) {
          const said = JSON.stringify(id);
          const { rejected } = await segment(
            `[{"type":"track","event":"E","userId":${said},"messageId":"ph-a","timestamp":"${TIME}"},
              {"type":"track","event":"E","anonymousId":${said},"messageId":"ph-b","timestamp":"${TIME}"},
              {"type":"alias","userId":"ph-alias","previousId":${said},"messageId":"ph-c"},
              {"type":"group","userId":"ph-alias","groupId":${said},"messageId":"ph-d"}]`,
          );
          assert.deepEqual(
            rejected.map(({ path }: GraphqlData) => path),
            ['externalId', 'anonymousId', 'previousId', 'groupId'],
            id,
          );
          const { results } = await record(
            `[{"messageId":"ph-e","externalId":${said},"type":"Visit Webpage","occurredAt":"${TIME}"}]`,
          );
          assert.deepEqual(results[0].error, { code: 'INVALID_VALUE', path: 'externalId' });
        }
      });

      test('are told by GraphQL beside what it accepts', async () => {
        const { results } = await record(
          `[{"messageId":"ph-f","externalId":"undefined","anonymousId":"ph-device","type":"Visit Webpage","occurredAt":"${TIME}",
             "campaign":{"id":"{{campaign.id}}"}}]`,
        );
        assert.equal(results[0].status, 'ACCEPTED');
        assert.deepEqual(results[0].activity.lead, { externalId: null, aliases: ['ph-device'] });
        assert.deepEqual(results[0].warnings.map(({ path }: GraphqlData) => path).sort(), [
          'campaign.id',
          'externalId',
        ]);
        const [one] = await identify(
          `[{"externalId":"ph-person","anonymousId":"null","aliases":["NaN","ph-old"]}]`,
        );
        assert.deepEqual(one.warnings.map(({ path }: GraphqlData) => path).sort(), [
          'aliases[0]',
          'anonymousId',
        ]);
        assert.deepEqual((await lead('ph-person')).aliases, ['ph-old']);
      });

      test('for the id of a message make no two messages one', async () => {
        const event = (title: string) => ({
          type: 'page',
          userId: 'ph-messages',
          messageId: 'undefined',
          timestamp: TIME,
          name: title,
        });
        assert.equal((await segment(JSON.stringify([event('a'), event('b')]))).accepted, 2);
        assert.equal((await activitiesOf('ph-messages', 2)).length, 2);
        const { results } = await record(
          `[{"messageId":"undefined","externalId":"ph-messages","type":"Visit Webpage","occurredAt":"${TIME}"}]`,
        );
        assert.deepEqual(results[0].error, { code: 'INVALID_VALUE', path: 'messageId' });
      });
    });

    test('a time that no calendar has is refused, in every dialect', async () => {
      await identify(`[{"externalId":"1002"}]`);
      for (const [index, time] of IMPOSSIBLE.entries()) {
        const { rejected } = await segment(
          `[{"type":"track","event":"E","userId":"t","messageId":"time-${index}","timestamp":"${time}"},
            {"type":"identify","userId":"t","messageId":"time-i-${index}","originalTimestamp":"${time}"}]`,
        );
        assert.deepEqual(
          rejected.map(({ code, path }: GraphqlData) => [code, path]),
          [
            ['INVALID_TIME', 'timestamp'],
            ['INVALID_TIME', 'originalTimestamp'],
          ],
        );
        const { results } = await record(
          `[{"messageId":"time-g-${index}","externalId":"t","type":"Exact","occurredAt":"${time}"},
            {"messageId":"time-h-${index}","externalId":"t","type":"Exact","occurredAt":"${TIME}","attributes":{"when":"${time}"}}]`,
        );
        assert.deepEqual(
          results.map(({ error }: GraphqlData) => error),
          [
            { code: 'INVALID_TIME', path: 'occurredAt' },
            { code: 'INVALID_VALUE', path: 'attributes.when' },
          ],
        );
        for (const at of [time, '']) {
          const [one] = await identify(`[{"externalId":"t","at":${JSON.stringify(at)}}]`);
          assert.deepEqual(one.error, { code: 'INVALID_TIME', path: 'at' });
        }
        const { result } = await marketo(
          `[{"leadId":1002,"activityTypeId":46,"activityDate":"${time}","primaryAttributeValue":"Web"}]`,
        );
        assert.equal(result[0].errors[0].code, '1001');
        const since = await fetch(
          `${installation.address}/rest/v1/activities/pagingtoken.json?sinceDatetime=${encodeURIComponent(time)}`,
          { headers: { authorization: `Bearer ${token}` } },
        );
        assert.equal(((await since.json()) as GraphqlData).errors[0].code, '704');
      }
      assert.equal(await lead('t'), null);
    });

    test('history keeps the dates it was given: the timestamp of its sender, and what another collector received', async () => {
      const then = '2025-03-01T12:00:00.000Z';
      await segment(
        `[{"type":"track","event":"E","userId":"history","messageId":"hi-1","originalTimestamp":"${TIME}","timestamp":"${then}"},
          {"type":"track","event":"E","userId":"history","messageId":"hi-2","originalTimestamp":"${then}","sentAt":"${then}","receivedAt":"${then}"},
          {"type":"identify","userId":"history","messageId":"hi-3","timestamp":"2026-06-01T00:00:00Z","traits":{"plan":"new"}},
          {"type":"identify","userId":"history","messageId":"hi-4","originalTimestamp":"${then}","sentAt":"${then}","receivedAt":"${then}","traits":{"plan":"old"}}]`,
      );
      const found = await leadWhere(
        'history',
        ({ traits, activities }) => traits.plan && activities.nodes.length === 2,
      );
      assert.deepEqual(
        found.activities.nodes.map(({ occurredAt }: GraphqlData) => occurredAt),
        [then, then],
      );
      assert.equal(found.traits.plan, 'new');
    });

    describe('within one call the last said holds', () => {
      const steps: readonly (readonly [unknown, unknown])[] = [
        ['pro', 'free'],
        [9, 10],
        [true, false],
        [null, 'x'],
        ['x', null],
      ];
      test('of traits and e-mail addresses, in every dialect, with a time and without', async () => {
        for (const [index, [first, last]] of steps.entries())
          for (const time of [undefined, TIME]) {
            const id = `last-${index}-${time === undefined ? 'now' : 'then'}`;
            const of = (value: unknown, email: string) => ({ trait: value, email, marker: id });
            await segment(
              JSON.stringify(
                [of(first, 'z@x.example'), of(last, 'a@x.example')].map((traits, n) => ({
                  type: 'identify',
                  userId: `${id}-s`,
                  messageId: `${id}-${n}`,
                  ...(time !== undefined && { timestamp: time }),
                  traits,
                })),
              ),
            );
            await identify(
              JSON.stringify(
                [first, 'between', last].map((value, n) => ({
                  externalId: `${id}-g`,
                  ...(time !== undefined && { at: time }),
                  email: `${'zca'[n]}@x.example`,
                  traits: { trait: value },
                })),
              ),
            );
            for (const found of [
              await leadWhere(`${id}-s`, ({ traits }) => traits.marker === id),
              await lead(`${id}-g`),
            ]) {
              assert.equal(found.traits.trait ?? null, last, id);
              assert.equal(found.email, 'a@x.example');
            }
          }
      });

      test('also where a device becomes a person in it', async () => {
        const [before, later] = [
          {
            type: 'identify',
            anonymousId: 'last-device',
            messageId: 'ld-1',
            timestamp: TIME,
            traits: { plan: 'pro' },
          },
          {
            type: 'identify',
            userId: 'last-person',
            anonymousId: 'last-device',
            messageId: 'ld-2',
            timestamp: TIME,
            traits: { plan: 'free' },
          },
        ];
        await segment(JSON.stringify([before, later]));
        const found = await leadWhere('last-person', ({ aliases }) => aliases.includes('last-device'));
        assert.equal(found.traits.plan, 'free');
      });

      test('but what is said to be older stays older', async () => {
        await identify(
          `[{"externalId":"last-older","at":"${TIME}","traits":{"plan":"new"}},{"externalId":"last-older","at":"2025-01-01T00:00:00Z","traits":{"plan":"old"}}]`,
        );
        assert.equal((await lead('last-older')).traits.plan, 'new');
      });
    });

    test('a person who changes groups has the traits of the new one only, also within one call', async () => {
      const group = (userId: string, groupId: string, day: number | undefined, traits: object) => ({
        type: 'group',
        userId,
        groupId,
        messageId: `${userId}-${groupId}`,
        ...(day !== undefined && { timestamp: `2026-06-0${day}T00:00:00Z` }),
        traits,
      });
      for (const [id, days] of [
        ['group-then', [1, 2]],
        ['group-same', [1, 1]],
        ['group-now', [undefined, undefined]],
      ] as const) {
        await segment(
          JSON.stringify([
            group(id, 'g1', days[0], { name: 'A', plan: 'enterprise' }),
            group(id, 'g2', days[1], { name: 'B' }),
          ]),
        );
        const found = await leadWhere(id, ({ traits }) => traits.groupId === 'g2');
        assert.deepEqual(found.traits, { groupId: 'g2', 'group.name': 'B' }, id);
      }
      const { rejected } = await segment(
        '[{"type":"group","userId":"group-none","messageId":"gn","traits":{"plan":"x"}}]',
      );
      assert.deepEqual([rejected[0].code, rejected[0].path], ['MISSING_VALUE', 'groupId']);
    });

    test('an event without id and time is a new one each time; with a time, the same one again', async () => {
      const event = '{"type":"track","userId":"again","event":"Song Played","properties":{"song":"x"}}';
      assert.equal((await segment(`[${event},${event}]`)).accepted, 2);
      assert.equal((await segment(`[${event}]`)).accepted, 1);
      const dated = event.replace('"event"', `"timestamp":"${TIME}","event"`);
      await segment(`[${dated}]`);
      await segment(`[${dated}]`);
      await segment('[{"type":"track","userId":"again","event":"End","messageId":"again-end"}]');
      const found = await activitiesOf('again', 5);
      assert.equal(found.length, 5);
    });

    test('an e-mail address can be taken away, in every dialect, and is not when nothing is said of it', async () => {
      await segment(
        `[{"type":"identify","userId":"no-mail","messageId":"nm-1","timestamp":"2026-06-01T00:00:00Z","traits":{"email":"a@example.com","plan":"x"}},
          {"type":"identify","userId":"no-mail","messageId":"nm-2","timestamp":"2026-06-02T00:00:00Z","traits":{"email":null,"plan":null,"end":1}}]`,
      );
      const found = await leadWhere('no-mail', ({ traits }) => traits.end === 1);
      assert.deepEqual([found.email, found.traits], [null, { end: 1 }]);
      await identify(`[{"externalId":"no-mail-g","email":"b@example.com","at":"2026-06-01T00:00:00Z"}]`);
      await identify(`[{"externalId":"no-mail-g","at":"2026-06-02T00:00:00Z"}]`);
      assert.equal((await lead('no-mail-g')).email, 'b@example.com');
      await identify(`[{"externalId":"no-mail-g","email":null,"at":"2026-06-03T00:00:00Z"}]`);
      assert.equal((await lead('no-mail-g')).email, null);
      await identify(`[{"externalId":"no-mail-g","email":"old@example.com","at":"2026-06-02T12:00:00Z"}]`);
      assert.equal((await lead('no-mail-g')).email, null);
    });

    describe('a schemaless sender', () => {
      const order = (n: number, revenue: string) =>
        `{"type":"track","event":"Order Completed","userId":"schemaless","messageId":"sl-${n}","timestamp":"2026-06-10T10:00:0${n}Z","properties":{"revenue":${revenue},"order_id":"o-${n}"}}`;
      test('loses a bad attribute, not its event, and is told; an empty one says nothing', async () => {
        const values = ['"$12.50"', '"1,234.56"', '""', '" "', '["1"]', '"12.50"', '"9007199254740993"'];
        const answer = await segment(`[${values.map((value, index) => order(index, value))}]`);
        assert.deepEqual([answer.accepted, answer.rejected], [values.length, undefined]);
        assert.deepEqual(
          answer.warnings.map(({ index, code, path }: GraphqlData) => [index, code, path]),
          [0, 1, 4, 6].map((index) => [index, 'INVALID_VALUE', 'attributes.revenue']),
        );
        const found = (await activitiesOf('schemaless', values.length)).reverse();
        assert.deepEqual(
          found.map(({ attributes }: GraphqlData) => attributes.revenue),
          ['$12.50', '1,234.56', undefined, undefined, ['1'], 12.5, '9007199254740993'],
        );
      });

      test('has its total counted as revenue where an order says no revenue', async () => {
        const properties = [
          '"total":30',
          '"total":30,"revenue":25',
          '"total":"30","revenue":""',
          '"total":30,"revenue":0',
        ];
        await segment(
          `[${properties.map(
            (one, n) =>
              `{"type":"track","event":"Order Completed","userId":"total","messageId":"to-${n}","timestamp":"2026-06-10T10:00:0${n}Z","properties":{${one}}}`,
          )}]`,
        );
        const found = (await activitiesOf('total', properties.length)).reverse();
        assert.deepEqual(
          found.map(({ attributes }: GraphqlData) => attributes.revenue),
          [30, 25, 30, 0],
        );
      });

      test('may send what the type declares otherwise, and names that are none', async () => {
        const answer = await segment(
          `[{"type":"page","userId":"schemaless-2","messageId":"sl-a","properties":{"title":["a"],"url":"/pricing"}},
            {"type":"track","event":"E","userId":"schemaless-3","messageId":"sl-b","properties":{"":1,"plan":"x","huge":1e400}},
            {"type":"track","event":"E","userId":"schemaless-4","messageId":"sl-c","properties":"{\\"plan\\":\\"x\\",\\"id\\":9007199254740993}"},
            {"type":"identify","userId":"schemaless-5","messageId":"sl-d","traits":"{\\"plan\\":\\"x\\"}"},
            {"type":"track","event":"E","userId":"schemaless-6","messageId":"sl-e","properties":[]},
            {"type":"identify","userId":"schemaless-7","messageId":"sl-f","traits":{"email":"n/a","plan":"x"}},
            {"type":"track","event":"E","userId":"schemaless-8","messageId":"sl-g","context":"browser"}]`,
        );
        assert.equal(answer.accepted, 7);
        assert.deepEqual(
          answer.warnings.map(({ index, path }: GraphqlData) => [index, path]),
          [
            [0, 'attributes.title'],
            [0, 'attributes.url'],
            [1, 'attributes'],
            [1, 'attributes.huge'],
            [5, 'email'],
            [6, 'context'],
          ],
        );
        assert.deepEqual(await attributesOf('schemaless-2'), { title: ['a'], url: '/pricing' });
        assert.deepEqual(await attributesOf('schemaless-3'), { event: 'E', plan: 'x' });
        assert.deepEqual(await attributesOf('schemaless-4'), {
          event: 'E',
          plan: 'x',
          id: '9007199254740993',
        });
        assert.equal((await leadWhere('schemaless-5', ({ traits }) => traits.plan)).traits.plan, 'x');
        assert.deepEqual(await attributesOf('schemaless-6'), { event: 'E' });
        assert.equal((await leadWhere('schemaless-7', ({ traits }) => traits.plan)).email, null);
      });

      test('is refused what can be read as no object', async () => {
        const bad = ['"text"', '5', 'true', '[{"plan":"x"}]', '"[1]"', '"{broken"'];
        const events = bad.flatMap((value) => [
          `{"type":"track","event":"E","userId":"no-object","properties":${value}}`,
          `{"type":"identify","userId":"no-object","traits":${value}}`,
          `{"type":"group","userId":"no-object","groupId":"g","traits":${value}}`,
        ]);
        const { rejected } = await segment(`[${events}]`);
        assert.deepEqual(
          rejected.map(({ code, path }: GraphqlData) => [code, path]),
          bad.flatMap(() => [
            ['INVALID_VALUE', 'properties'],
            ['INVALID_VALUE', 'traits'],
            ['INVALID_VALUE', 'traits'],
          ]),
        );
      });
    });

    describe('what holds many small values', () => {
      const list = (count: number, one = '[]'): string => `[${Array.from({ length: count }, () => one)}]`;

      test('costs nothing but itself with Segment', async () => {
        const event = (more: string): string => `{"type":"track","event":"E","userId":"many",${more}}`;
        const bad = [
          `"properties":{"a":${list(4_000)}}`,
          `"properties":{"a":${list(2_001, '[1]')}}`,
          `"context":{"a":${list(4_000, '1')}}`,
          `"properties":{"a":${list(2_000)}},"context":{"a":${list(2_000)}}`,
        ];
        const { accepted, rejected } = await segment(
          `[${[...bad, `"properties":{"a":${list(3_800)}}`].map(event)}]`,
        );
        assert.equal(accepted, 1);
        assert.deepEqual(
          rejected.map(({ index, code, path }: GraphqlData) => [
            index,
            code,
            path.replace(/(?:\[\d+\])+/, '[N]'),
          ]),
          ['attributes.a[N]', 'attributes.a[N]', 'context.a[N]', 'context.a[N]'].map((path, index) => [
            index,
            'TOO_LARGE',
            path,
          ]),
        );
        const identify = await segment(`[{"type":"identify","userId":"many","traits":{"a":${list(4_000)}}}]`);
        assert.equal(identify.rejected[0].code, 'TOO_LARGE');
      });

      test('costs nothing but itself with GraphQL', async () => {
        const { results } = await record(
          `[{"messageId":"many-g-1","externalId":"many-g","type":"Exact","occurredAt":"${TIME}","context":{"a":${list(4_000)}}},
            {"messageId":"many-g-2","externalId":"many-g","type":"Exact","occurredAt":"${TIME}","context":{"a":${list(3_900)}}}]`,
        );
        assert.deepEqual(
          results.map(({ status, error }: GraphqlData) => [status, error?.code]),
          [
            ['REJECTED', 'TOO_LARGE'],
            ['ACCEPTED', undefined],
          ],
        );
        const [bad] = await identify(`[{"externalId":"many-h","traits":{"a":${list(4_000)}}}]`);
        assert.equal(bad.error.code, 'TOO_LARGE');
      });
    });

    describe('what nests without end', () => {
      test('costs nothing but itself with Segment, with an id or without, wherever it is', async () => {
        const bad = [
          `"properties":{"a":${DEEP}}`,
          `"messageId":"deep-1","properties":{"a":${DEEP}}`,
          `"context":{"a":${DEEP}}`,
          `"traits":{"a":${DEEP}}`,
          `"activity":${'{"activity":'.repeat(10_000)}1${'}'.repeat(10_000)}`,
          `"properties":"{\\"a\\":${DEEP.slice(25_000, 35_000)}}"`,
        ];
        for (const one of bad) {
          const answer = await segment(
            `[{"type":"track","event":"E","userId":"deep",${one}},{"type":"track","event":"E","userId":"deep-good"}]`,
          );
          assert.equal(answer.accepted, 1, one.slice(0, 30));
          assert.ok(['TOO_LARGE', 'INVALID_VALUE'].includes(answer.rejected[0].code));
        }
        assert.equal((await activitiesOf('deep-good', bad.length)).length, bad.length);
      });

      test('costs nothing but itself with GraphQL and Marketo', async () => {
        const { results } = await record(
          `[{"messageId":"deep-g-1","externalId":"deep-g","type":"Exact","occurredAt":"${TIME}","attributes":{"label":${DEEP}}},
            {"messageId":"deep-g-2","externalId":"deep-g","type":"Exact","occurredAt":"${TIME}","context":${DEEP}},
            {"messageId":"deep-g-3","externalId":"deep-g","type":"Exact","occurredAt":"${TIME}"}]`,
        );
        assert.deepEqual(
          results.map(({ status, error }: GraphqlData) => [status, error?.code]),
          [
            ['REJECTED', 'TOO_LARGE'],
            ['REJECTED', 'INVALID_VALUE'],
            ['ACCEPTED', undefined],
          ],
        );
        const [bad, good] = await identify(
          `[{"externalId":"deep-h","traits":{"a":${DEEP}}},{"externalId":"deep-h"}]`,
        );
        assert.deepEqual([bad.error.code, good.accepted], ['TOO_LARGE', true]);
        const { result } = await marketo(
          `[{"leadId":1,"activityTypeId":46,"activityDate":"${TIME}","primaryAttributeValue":${DEEP}}]`,
        );
        assert.equal(result[0].errors[0].code, '1049');
      });

      test('costs its item, or is a bad request, as a literal', async () => {
        for (const depth of [17, 101, 1_000, 4_900]) {
          const literal = `${'['.repeat(depth)}${']'.repeat(depth)}`;
          const { data, errors } = await graphql(
            `mutation { recordActivities(input: { activities: [{ messageId: "deep-l", externalId: "deep-l", type: "Exact",
               occurredAt: "${TIME}", context: { a: ${literal} } }] }) { results { error { code } } } }`,
            '{}',
          );
          const code = errors?.[0].extensions.code ?? data.recordActivities.results[0].error.code;
          assert.equal(
            code,
            errors ? 'BAD_USER_INPUT' : depth > 100 ? 'TOO_LARGE' : 'INVALID_VALUE',
            String(depth),
          );
        }
      });

      test('is a bad request as a variable of anything else', async () => {
        const { errors } = await graphql(
          'query Q($id: String!) { lead(externalId: $id) { externalId } }',
          `{"id":${DEEP}}`,
        );
        assert.equal(errors[0].extensions.code, 'BAD_USER_INPUT');
        const unused = await graphql('query Q { viewer { tenant { id } } }', `{"unused":${DEEP}}`);
        assert.equal(unused.errors, undefined, JSON.stringify(unused.errors));
      });
    });

    test('names that every object inherits are names like any other', async () => {
      const events = INHERITED.map((event, index) => ({
        type: 'track',
        event,
        userId: 'inherited',
        messageId: `in-${index}`,
        timestamp: TIME,
      }));
      assert.equal((await segment(JSON.stringify(events))).accepted, INHERITED.length);
      const found = await activitiesOf('inherited', INHERITED.length);
      assert.deepEqual(
        found.map(({ attributes }: GraphqlData) => attributes.event).sort(),
        [...INHERITED].sort(),
      );
      const properties = `{${INHERITED.map((property) => `"${property}":"v"`)}}`;
      await segment(
        `[{"type":"track","event":"Email Opened","userId":"inherited-2","messageId":"in-p","timestamp":"${TIME}","properties":${properties},"context":${properties}},
          {"type":"identify","userId":"inherited-2","messageId":"in-t","timestamp":"${TIME}","traits":${properties}}]`,
      );
      const person = await leadWhere('inherited-2', ({ traits }) => Object.hasOwn(traits, 'valueOf'));
      for (const shown of [person.traits, person.activities.nodes[0].attributes])
        assert.deepEqual(Object.entries(shown).sort(), INHERITED.map((property) => [property, 'v']).sort());
      const { results } = await record(
        `[{"messageId":"in-g","externalId":"inherited-3","type":"constructor","occurredAt":"${TIME}"},
          {"messageId":"in-h","externalId":"inherited-3","type":"Exact","occurredAt":"${TIME}","attributes":{"constructor":"c"}},
          {"messageId":"in-i","externalId":"inherited-3","type":"Exact","occurredAt":"${TIME}","attributes":{"__proto__":"p"}}]`,
      );
      assert.deepEqual(
        results.map(({ status, error }: GraphqlData) => [status, error?.code]),
        [
          ['REJECTED', 'UNKNOWN_TYPE'],
          ['ACCEPTED', undefined],
          ['REJECTED', 'UNKNOWN_ATTRIBUTE'],
        ],
      );
    });

    test('a variable that was not given leaves out the field of a JSON literal that wants it', async () => {
      const { data, errors } = await graphql(
        `mutation Record($label: JSON) { recordActivities(input: { activities: [{ messageId: "literal", externalId: "literal", type: "Exact",
           occurredAt: "${TIME}", attributes: { label: $label, amount: 1.5 } }] }) { accepted } }`,
        '{}',
      );
      assert.equal(errors, undefined, JSON.stringify(errors));
      assert.equal(data.recordActivities.accepted, 1);
      assert.deepEqual(await attributesOf('literal'), { amount: 1.5 });
    });
  });
}
