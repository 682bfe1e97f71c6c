import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ALL_SCOPES,
  type GraphqlData,
  openInstallation,
  type TestInstallation,
} from '../support/application.ts';
import { until } from '../support/until.ts';

const ERASE =
  'mutation ($id: ID!) { eraseLead(id: $id) { id requestedAt isDone forgottenBy stores { store doneAt } } }';
const RECEIPT = 'query ($id: ID!) { erasure(id: $id) { id isDone forgottenBy stores { store doneAt } } }';
const EXPORT = `query ($id: ID!, $first: Int, $after: String) { exportLead(id: $id, first: $first, after: $after) {
  records { store kind data } hasNextPage endCursor } }`;
const RECORD =
  'mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { results { status } } }';
const IDENTIFY =
  'mutation ($input: IdentifyLeadsInput!) { identifyLeads(input: $input) { results { lead { id } } } }';
const TIMELINE =
  'query ($externalId: String!) { lead(externalId: $externalId) { id email aliases activities(first: 100) { nodes { messageId } } } }';

for (const profile of ['embedded', 'postgres'] as const)
  describe(`erasure and export of a person on ${profile}`, () => {
    let installation: TestInstallation;
    let one: string;
    before(async () => {
      installation = await openInstallation({}, profile);
      one = await installation.token('one', ALL_SCOPES);
    });
    after(() => installation.close());

    const ask = async (query: string, variables: object, token = one): Promise<GraphqlData> => {
      const { body } = await installation.graphql(token, query, { ...variables });
      assert.equal(body.errors, undefined, JSON.stringify(body.errors));
      return body.data;
    };
    const refusal = async (query: string, variables: object, token: string | undefined) => {
      const { body } = await installation.graphql(token, query, { ...variables });
      return body.errors?.[0]?.extensions['code'];
    };
    const visit = (externalId: string, messageId: string, more: object = {}) => ({
      messageId,
      externalId,
      type: 'Visit Webpage',
      occurredAt: '2026-06-01T12:00:00Z',
      attributes: { title: messageId },
      ...more,
    });
    const record = async (...activities: object[]) =>
      (await ask(RECORD, { input: { activities } })).recordActivities.results.map(
        ({ status }: GraphqlData) => status,
      );
    const identify = async (lead: object): Promise<string> =>
      (await ask(IDENTIFY, { input: { leads: [lead] } })).identifyLeads.results[0].lead.id;
    const messages = async (externalId: string) =>
      (await ask(TIMELINE, { externalId })).lead?.activities.nodes.map(
        ({ messageId }: GraphqlData) => messageId,
      );

    test('an erasure by any identity takes all that are linked; the receipt is kept until the end', async () => {
      const id = await identify({ externalId: 'ann', anonymousId: 'phone', email: 'ann@example.com' });
      await identify({ externalId: 'ann', aliases: ['ann-before'] });
      const device = await identify({ anonymousId: 'phone', traits: { plan: 'pro' } });
      assert.deepEqual(
        await record(
          visit('ann', 'a-1'),
          visit('ann-before', 'a-2'),
          { ...visit('x', 'a-3'), externalId: null, anonymousId: 'phone' },
          visit('ann', 'a-1', { attributes: { title: 'another' } }),
          visit('bob', 'b-1'),
        ),
        ['ACCEPTED', 'ACCEPTED', 'ACCEPTED', 'REJECTED', 'ACCEPTED'],
      );
      const { eraseLead } = await ask(ERASE, { id: device });
      const gone = new Set(
        eraseLead.stores.flatMap(({ store, doneAt }: GraphqlData) => (doneAt ? store : [])),
      );
      assert.ok(gone.has('ACTIVITY_STORE') && gone.has('FAILED_ACTIVITIES'));
      assert.equal((await ask(TIMELINE, { externalId: 'ann' })).lead, null);
      assert.equal((await ask(TIMELINE, { externalId: 'ann-before' })).lead, null);
      assert.deepEqual(await messages('bob'), ['b-1']);
      const { failedActivities } = await ask('{ failedActivities { nodes { message } } }', {});
      assert.deepEqual(failedActivities.nodes, []);
      await until('every store is done', async () => {
        const { erasure } = await ask(RECEIPT, { id: eraseLead.id });
        return erasure.isDone && Date.parse(erasure.forgottenBy) <= Date.now();
      });
      assert.deepEqual((await ask(EXPORT, { id })).exportLead.records, []);
    });

    test('a later activity is of a new person, whose device is linked again', async () => {
      const id = await identify({ externalId: 'carl', anonymousId: 'tablet', email: 'carl@example.com' });
      const both = (messageId: string) => visit('carl', messageId, { anonymousId: 'tablet' });
      await record(both('c-1'));
      await ask(ERASE, { id });
      // The same message again is new as well.
      assert.deepEqual(await record(both('c-1'), both('c-2')), ['ACCEPTED', 'ACCEPTED']);
      const { lead } = await ask(TIMELINE, { externalId: 'carl' });
      assert.equal(lead.email, null);
      assert.deepEqual(lead.aliases, ['tablet']);
      assert.deepEqual((await messages('carl')).sort(), ['c-1', 'c-2']);
    });

    test('each activity that is accepted after the answer is kept, and each before it is gone, under writes', async () => {
      let isOver = false;
      const before: string[] = [];
      const late: string[] = [];
      let isErased = false;
      const id = await identify({ externalId: 'dora' });
      const writers = Promise.all(
        Array.from({ length: 4 }, async (_, writer) => {
          for (let n = 0; !isOver; n += 1) {
            const messageId = `d-${writer}-${n}`;
            const isLate = isErased;
            assert.deepEqual(await record(visit('dora', messageId), visit('eve', `e-${writer}-${n}`)), [
              'ACCEPTED',
              'ACCEPTED',
            ]);
            if (isLate) late.push(messageId);
            else if (!isErased && !isErasing) before.push(messageId);
          }
        }),
      );
      let isErasing = false;
      await until('something is written', () => before.length > 10);
      isErasing = true;
      await ask(ERASE, { id });
      isErased = true;
      await until('something is written later', () => late.length > 10);
      isOver = true;
      await writers;
      const kept = new Set(
        (await ask(EXPORT, { id, first: 1_000 })).exportLead.records.flatMap(({ kind, data }: GraphqlData) =>
          kind === 'activity' ? data.messageId : [],
        ),
      );
      assert.deepEqual(
        before.filter((messageId) => kept.has(messageId)),
        [],
      );
      assert.deepEqual(
        late.filter((messageId) => !kept.has(messageId)),
        [],
      );
    });

    test('an export gives everything in pages', async () => {
      const id = await identify({ externalId: 'fay', email: 'fay@example.com', traits: { plan: 'pro' } });
      await record(
        ...Array.from({ length: 7 }, (_, n) => visit('fay', `f-${n}`)),
        { ...visit('fay', 'f-mail'), type: 'Open Email', assetId: 'letter', attributes: {} },
        { ...visit('fay', 'f-bad'), type: 'No Such Type' },
      );
      const records: GraphqlData[] = [];
      for (let after: string | null = null; ; ) {
        const { exportLead } = await ask(EXPORT, { id, first: 4, after });
        records.push(...exportLead.records);
        if (!exportLead.hasNextPage) break;
        assert.equal(exportLead.records.length, 4);
        after = exportLead.endCursor;
      }
      const count = (kind: string) => records.filter((each) => each.kind === kind).length;
      assert.deepEqual(
        [count('identity'), count('activity'), count('send'), count('failedActivity'), count('logRecord')],
        [1, 8, 1, 1, 9],
      );
      assert.ok(JSON.stringify(records).includes('fay@example.com'));
      assert.deepEqual(records, (await ask(EXPORT, { id, first: 1_000 })).exportLead.records);
    });

    test('only an administrator may erase; an export needs leads:pii too; a tenant reaches nobody else', async () => {
      const id = await identify({ externalId: 'gus' });
      await record(visit('gus', 'g-1'));
      const [writer, admin, two] = await Promise.all([
        installation.token('one', ['activities:read', 'activities:write', 'leads:pii']),
        installation.token('one', ['admin']),
        installation.token('two', ALL_SCOPES),
      ]);
      assert.equal(await refusal(ERASE, { id }, writer), 'FORBIDDEN');
      assert.equal(await refusal(EXPORT, { id }, writer), 'FORBIDDEN');
      assert.equal(await refusal(EXPORT, { id }, admin), 'FORBIDDEN');
      assert.equal(await refusal(ERASE, { id }, undefined), 'UNAUTHENTICATED');
      assert.equal(await refusal(ERASE, { id: 'Axxx' }, one), 'BAD_USER_INPUT');
      const { eraseLead } = await ask(ERASE, { id }, two);
      assert.deepEqual(await messages('gus'), ['g-1']);
      assert.equal((await ask(RECEIPT, { id: eraseLead.id })).erasure, null);
      assert.deepEqual((await ask(EXPORT, { id }, two)).exportLead.records, []);
    });
  });
