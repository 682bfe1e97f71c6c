import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GraphqlData } from '../../test/support/application.ts';
import { filesWith } from '../../test/support/bytes.ts';
import { temporaryDirectory } from '../../test/support/temp.ts';
import { type Names, namesOf, writePerson } from './person.ts';
import { openProduct, type Product } from './product.ts';

export type ErasureProfile = {
  readonly name: string;
  /** Starts what the product stands on. @param scratch a directory whose `data` is the product's */
  open(scratch: string): Promise<{
    readonly env: Readonly<Record<string, string>>;
    /** Every directory that the product's data is in. */
    readonly directories: readonly string[];
    /** Writes what the engines have in memory to their files: what an operator does who can't wait for it. */
    flush(): Promise<void>;
    /** Waits until answers and figures have everything; at once where they always do. */
    settle?(product: Product): Promise<void>;
    /** Has engines drop what their files need not have any more, where that takes an operator or days. */
    forget?(): Promise<void>;
    close(): Promise<void>;
  }>;
  /** Whether the store can be rebuilt from the log: removes the store. */
  removeStore?(scratch: string): Promise<void>;
};

const WAIT_MS = 1_800_000;
const mark = (): string => `zq${randomBytes(8).toString('hex')}`;

const LEAD = `fragment person on Lead { id externalId email aliases traits firstSeenAt lastSeenAt
  activities(first: 200) { nodes { id messageId occurredAt attributes context type { name } } } }`;
const FIGURES = `{ days: metrics(query: { measures: [ACTIVITIES, VISITS, CONVERSIONS], dimensions: [{ field: TYPE }, { field: CHANNEL }, { field: SOURCE }], grain: DAY,
    from: "2020-01-01T00:00:00Z", includeBots: true }) { rows { time dimensions { value } values { value } } }
  emailPerformance(from: "2020-01-01T00:00:00Z") { campaigns { campaign { name } performance { sent opened clicked unsubscribed } } } }`;

/** Erases a person of many names and looks for a trace of them in every byte and every answer. */
export function erasureSuite({ name, open, removeStore }: ErasureProfile): void {
  describe(`a person who was erased is nowhere (${name})`, () => {
    const erased = namesOf(mark());
    const others = [
      { tenant: 'one', names: namesOf(mark()) },
      { tenant: 'two', names: namesOf(mark()) },
    ];
    let scratch: Awaited<ReturnType<typeof temporaryDirectory>>;
    let ground: Awaited<ReturnType<typeof open>>;
    let product: Product;
    before(async () => {
      scratch = await temporaryDirectory();
      ground = await open(scratch.path);
      product = await openProduct(ground.env, scratch.path);
    });
    after(async () => {
      await product?.close();
      await ground?.close();
      await scratch?.remove();
    });

    /** Every kind of answer in which the person could be; texts that were asked for are none. */
    const answersOf = async (
      tenant: string,
      { mark: word, known, device, email }: Names,
    ): Promise<string> => {
      const key = product.leadId(tenant, known);
      const searched = async (query: string) =>
        await product.ask(
          tenant,
          `query ($q: String!) { searchActivities(query: $q, first: 200) { nodes { id attributes context } total { value } }
               searchLeads(query: $q, first: 200) { nodes { id externalId email traits aliases } total { value } } }`,
          { q: query },
        );
      const lead = await product.ask(
        tenant,
        `query ($id: ID!, $known: String!, $device: String!) { byId: lead(id: $id) { ...person } byName: lead(externalId: $known) { ...person }
           byDevice: lead(externalId: $device) { ...person } node(id: $id) { id ... on Lead { ...person } }
           exportLead(id: $id, first: 500) { records { kind data } } } ${LEAD}`,
        { id: key, known, device },
      );
      const failed = await product.ask(
        tenant,
        '{ failedActivities(first: 200) { nodes { message item path } } again: failedActivities(first: 200, replayed: true) { nodes { item } } }',
      );
      const facets = await product.ask(
        tenant,
        `{ searchActivities(first: 200, facets: [{ field: TYPE }, { field: CHANNEL }]) { nodes { id messageId attributes context lead { id externalId } } } }`,
      );
      const entities = await product.get(
        tenant,
        `/rest/v1/activities/pagingtoken.json?sinceDatetime=2020-01-01T00:00:00Z`,
      );
      const followed = await product.get(
        tenant,
        `/rest/v1/activities.json?nextPageToken=${entities.nextPageToken}&activityTypeIds=1,2,3,6,10,11`,
      );
      const found = await Promise.all([word, known, device, email].map(searched));
      return JSON.stringify([lead, failed, facets, followed, found]);
    };
    /** What is known of somebody else. */
    const answersOfOther = async ({ tenant, names }: (typeof others)[number]): Promise<GraphqlData> => {
      const id = product.leadId(tenant, names.known);
      return product.ask(
        tenant,
        `query ($id: ID!, $q: String!) { lead(id: $id) { ...person } exportLead(id: $id, first: 500) { records { store kind data } }
           searchActivities(query: $q, first: 200) { nodes { id attributes context } total { value } }
           searchLeads(query: $q) { nodes { id } } } ${LEAD}`,
        { id, q: names.mark },
      );
    };
    const figuresOf = (tenant: string): Promise<GraphqlData> => product.ask(tenant, FIGURES);
    const everythingElse = async () => {
      await ground.settle?.(product);
      return [
        ...(await Promise.all(others.map(answersOfOther))),
        ...(await Promise.all(['one', 'two'].map(figuresOf))),
      ];
    };

    let untouched: GraphqlData[];
    test('before: the mark is in files and answers, so that the search for it can fail', async () => {
      for (const { tenant, names } of others) await writePerson(product, tenant, names);
      await writePerson(product, 'one', erased);
      await ground.settle?.(product);
      await product.close();
      await ground.flush();
      product = await openProduct(ground.env, scratch.path);
      untouched = await everythingElse();
      const found = await filesWith(ground.directories, erased.mark);
      console.log(`${name}: before, the mark is in ${found.length} files`);
      assert.ok(found.length > 0);
      const answers = await answersOf('one', erased);
      for (const { tenant, names } of others)
        assert.ok(JSON.stringify(await answersOfOther({ tenant, names })).includes(names.mark));
      assert.ok(answers.split(erased.mark).length > 200, 'the mark is in many answers');
    });

    let receipt: GraphqlData;
    test('the receipt says when each store was done', async () => {
      const started = performance.now();
      const { eraseLead } = await product.ask(
        'one',
        'mutation ($id: ID!) { eraseLead(id: $id) { id requestedAt stores { store doneAt } } }',
        { id: product.leadId('one', erased.known) },
      );
      console.log(`${name}: the call took ${Math.round(performance.now() - started)} ms`);
      const until = async (what: string, isSo: () => boolean): Promise<void> => {
        const deadline = Date.now() + WAIT_MS;
        do {
          await sleep(500);
          const answer = await product.ask(
            'one',
            'query ($id: ID!) { erasure(id: $id) { isDone forgottenBy stores { store doneAt forgottenBy } } }',
            { id: eraseLead.id },
          );
          receipt = answer.erasure;
          assert.ok(Date.now() < deadline, `${what}: ${JSON.stringify(receipt)}`);
        } while (!isSo());
        console.log(`${name}: ${what} after ${Math.round(performance.now() - started)} ms`);
      };
      await until('all stores were done', () => receipt.isDone);
      const doneAt = receipt.stores.map(({ store, doneAt: at }: GraphqlData) => [
        store,
        Date.parse(at) - Date.parse(eraseLead.requestedAt),
      ]);
      console.log(`${name}: ${JSON.stringify(doneAt)}`);
      await Promise.all([
        until('the promise was due', () => Date.parse(receipt.forgottenBy) <= Date.now()),
        ground.forget?.(),
      ]);
      for (const { doneAt } of receipt.stores)
        assert.ok(Date.parse(doneAt) >= Date.parse(eraseLead.requestedAt));
      await ground.flush();
    });

    test('after: no byte of any file and no answer has the mark', async () => {
      assert.deepEqual(await filesWith(ground.directories, erased.mark), []);
      assert.ok(!(await answersOf('one', erased)).includes(erased.mark));
    });

    test('answers about others and all counts that name nobody are as before', async () => {
      assert.deepEqual(await everythingElse(), untouched);
    });

    test('a restart brings nothing back', async () => {
      await product.close();
      product = await openProduct(ground.env, scratch.path);
      assert.ok(!(await answersOf('one', erased)).includes(erased.mark));
      assert.deepEqual(await everythingElse(), untouched);
      assert.deepEqual(await filesWith(ground.directories, erased.mark), []);
    });

    if (removeStore)
      test('a store that is rebuilt from the log has everybody else', async () => {
        await product.close();
        await removeStore(scratch.path);
        product = await openProduct(ground.env, scratch.path);
        assert.ok(!(await answersOf('one', erased)).includes(erased.mark));
        const [first] = await Promise.all(others.map(answersOfOther));
        assert.ok(JSON.stringify(first).includes(others[0]?.names.mark ?? ''));
        assert.deepEqual(await filesWith(ground.directories, erased.mark), []);
      });

    test('a later activity is kept, as a new person', async () => {
      const activity = {
        messageId: 'later',
        externalId: erased.known,
        type: 'Visit Webpage',
        occurredAt: new Date().toISOString(),
      };
      await product.ask(
        'one',
        'mutation ($input: RecordActivitiesInput!) { recordActivities(input: $input) { accepted } }',
        { input: { activities: [activity] } },
      );
      const { lead } = await product.ask('one', `query ($id: ID!) { lead(id: $id) { ...person } } ${LEAD}`, {
        id: product.leadId('one', erased.known),
      });
      assert.deepEqual(
        lead.activities.nodes.map((node: GraphqlData) => node.messageId),
        ['later'],
      );
      assert.equal(lead.email, null);
    });
  });
}
